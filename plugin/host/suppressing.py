"""The host's suppression list: who may not be written to, and who is put there for leaving."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from plugin.domain.enrollment import normal_address
from plugin.host.columns import HostTable
from plugin.host.lists import ListRules
from plugin.host.rolls import spellings
from plugin.host.rows import Stamp, check_complete, fitting

TABLE = "suppression_list"
COLUMNS = ("RelListID", "RelOwnerUserID", "EmailAddress")

#: (list, owner); 0 is any
Scope = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Suppression:
    """`table` None: the host has none, nobody is suppressed."""

    connection: sa.Connection
    table: HostTable | None

    def known(self, list_id: int, user_id: int, addresses: Iterable[str]) -> set[str]:
        """The normal form of those who are suppressed on this list, in the account or everywhere.

        One statement.
        """
        scopes = [(list_id, user_id), (0, user_id), (0, 0)]
        return {address for _, address in self.found(scopes, addresses)}

    def add(self, rules: ListRules, addresses: Sequence[str], stamp: Stamp) -> None:
        """As the list's settings have it: for this list, for the account. Two statements."""
        scopes = [(rules.list_id, rules.user_id)] if rules.suppress else []
        scopes += [(0, rules.user_id)] if rules.suppress_account else []
        if self.table is None or not scopes or not addresses:
            return
        there = self.found(scopes, addresses)
        column = self.table.columns["EmailAddress"]
        rows: dict[tuple[Scope, str], dict[str, Any]] = {}
        for email in addresses:
            for scope in scopes:
                key = (scope, normal_address(email))
                if key not in there and column.can_hold(email):
                    rows[key] = self._row(self.table, scope, email, stamp)
        if rows:
            new = list(rows.values())
            check_complete(self.table, new[0])
            self.connection.execute(sa.insert(self.table.clause), new)

    def _row(self, table: HostTable, scope: Scope, email: str, stamp: Stamp) -> dict[str, Any]:
        list_id, user_id = scope
        known = {"RelListID": list_id, "RelOwnerUserID": user_id, "EmailAddress": email}
        return fitting(table, known | {"SuppressionSource": "Unsubscribe", "Reason": ""}, stamp, {})

    def found(self, scopes: Sequence[Scope], addresses: Iterable[str]) -> set[tuple[Scope, str]]:
        """Who is suppressed in which of these, each by the normal form of the address."""
        if self.table is None:
            return set()
        wanted = spellings(addresses, self.table.columns["EmailAddress"])
        if not wanted:
            return set()
        c = self.table.clause.c
        inside = sa.or_(
            *(sa.and_(c["RelListID"] == li, c["RelOwnerUserID"] == user) for li, user in scopes)
        )
        query = sa.select(c["RelListID"], c["RelOwnerUserID"], c["EmailAddress"])
        found = self.connection.execute(query.where(c["EmailAddress"].in_(wanted), inside))
        return {((row[0], row[1]), normal_address(row[2])) for row in found}
