"""The tenant rule, held by a recorder: what a request asks of our tables names the user.

Every SELECT, UPDATE and DELETE that touches a table of ours with a `user_id` must compare that
column with a bound value or with the `user_id` of a table beside it; every INSERT must write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from plugin.storage.tables import Tables

#: Statements that serve a request and belong to no one user, each with its reason.
ACROSS_TENANTS = {
    "sessions": "found by the hash of the cookie, before anybody is known",
    "inbox": "the hook is the host's own; the owner follows from the list when it is routed",
}


class TenantRule:
    """Remembers what broke the rule while it listens."""

    def __init__(self, tables: Tables) -> None:
        self._owned = {
            table.name
            for table in tables.metadata.tables.values()
            if "user_id" in table.c and table.name.removeprefix(tables.prefix) not in ACROSS_TENANTS
        }
        self.seen = 0
        self.broken: list[str] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        def note(_c: object, _k: object, text: str, *_: object) -> None:
            self.check(text)

        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            yield
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", note)

    def check(self, statement: str) -> None:
        text = re.sub(r"[`\"\s]+", " ", statement)
        touched = {name for name in self._owned if re.search(rf"\b{name}\b", text)}
        if not touched:
            return
        self.seen += 1
        if re.match(r"\s*INSERT\b", text, re.I):
            held = re.search(r"\([^)]*\buser_id\b[^)]*\)", text) is not None
        else:
            held = all(self._compared(name, text) for name in touched)
        if not held:
            self.broken.append(statement)

    def _compared(self, table: str, text: str) -> bool:
        """Is the table's own user_id, by its name or an alias, compared with something?"""
        aliases = set(re.findall(rf"\b{table} (?:AS )?(\w+)\b", text)) - _WORDS
        names = "|".join(map(re.escape, {table, *aliases}))
        column = rf"(?:\b(?:{names}) ?\. ?)?\buser_id\b"
        value = r"(?:\?|%\(\w+\)s|%s|:\w+|\w+ ?\. ?user_id\b)"
        return re.search(rf"{column} ?= ?{value}|\w+ ?\. ?user_id ?= ?{column}", text) is not None


_WORDS = {"WHERE", "SET", "ON", "JOIN", "LEFT", "INNER", "ORDER", "GROUP", "LIMIT", "FROM", "UNION"}
