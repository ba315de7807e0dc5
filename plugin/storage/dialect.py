"""The few places where MySQL/MariaDB and SQLite differ, for our own tables. No others exist.

Statements with many rows are built as text with bound values: an expression tree of a thousand
rows costs more than the statement itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import sqlalchemy as sa

from plugin.storage.types import JsonText

Row = Sequence[Any]

#: A statement's length that every server takes (max_allowed_packet), escapes left aside.
STATEMENT_BYTES = 2 * 1024 * 1024
#: What a row takes beside its long texts, roughly.
ROW_BYTES = 250


def is_sqlite(connection: sa.Connection) -> bool:
    return connection.dialect.name == "sqlite"


def skip_locked(connection: sa.Connection, query: sa.Select[Any]) -> sa.Select[Any]:
    """Lock the rows found, passing over those that others hold. SQLite has one writer anyway."""
    return query if is_sqlite(connection) else query.with_for_update(skip_locked=True)


def database_now(connection: sa.Connection) -> datetime:
    """The database's clock, aware UTC. SQLite has none of its own: the process's it is."""
    if is_sqlite(connection):
        return datetime.now(UTC)
    naive: datetime = connection.exec_driver_sql("SELECT UTC_TIMESTAMP(6)").scalar_one()
    return naive.replace(tzinfo=UTC)


def insert_ignore(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
) -> int:
    """Insert those rows that break no unique key, in one statement; answers how many."""
    if not rows:
        return 0
    word = "OR IGNORE" if is_sqlite(connection) else "IGNORE"
    return insert_many(connection, table, rows, word)


def insert_many(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], word: str = ""
) -> int:
    """Insert all rows, which name the same columns; answers how many.

    One statement, or several where one would be longer than the database takes.
    """
    if not rows:
        return 0
    names = list(rows[0])
    bind = _binder(connection, table, names)
    values = [bind(row[name] for name in names) for row in rows]
    one = "(" + ",".join([_mark(connection)] * len(names)) + ")"
    columns = ",".join(_quoted(connection, names))
    target = _quoted(connection, [table.name])[0]
    inserted = 0
    for part in _parts(connection, table, names, values):
        text = f"INSERT {word} INTO {target} ({columns}) VALUES " + ",".join([one] * len(part))  # noqa: S608
        flat = tuple(chain.from_iterable(part))
        inserted += connection.exec_driver_sql(text, flat).rowcount
    return inserted


def _parts(
    connection: sa.Connection, table: sa.Table, names: Sequence[str], rows: Sequence[list[Any]]
) -> Iterator[list[list[Any]]]:
    """The rows in as few parts as the database's limits allow."""
    kinds = [table.c[name].type for name in names]
    long = [
        i for i, kind in enumerate(kinds) if isinstance(kind, (JsonText, sa.Text, sa.LargeBinary))
    ]
    most_rows = max(1, _most_values(connection) // len(names))
    part: list[list[Any]] = []
    size = 0
    for row in rows:
        grows = ROW_BYTES + sum(len(row[i] or "") for i in long)
        if part and (len(part) == most_rows or size + grows > STATEMENT_BYTES):
            yield part
            part, size = [], 0
        part.append(row)
        size += grows
    yield part


def _most_values(connection: sa.Connection) -> int:
    """Bound values of one statement."""
    if not is_sqlite(connection):
        return 1_000_000
    raw: Any = connection.connection.dbapi_connection
    limit: int = raw.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
    return limit


def update_joined(
    connection: sa.Connection,
    table: sa.Table,
    keys: Sequence[str],
    changes: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
) -> int:
    """One UPDATE that gives each row its own values; answers how many rows were met.

    `rows` name the key columns and the columns to set, all alike; a row is met when all its keys
    are equal. `changes` are further settings as SQL, with {t} for the table's name, such as
    {"epoch": "{t}.epoch + 1"}. What is the same in all rows is written once, which makes the
    usual case, a thousand people who all go the same way, a short statement.
    """
    if not rows:
        return 0
    first = rows[0]
    same = [n for n in first if n != keys[0] and all(row[n] == first[n] for row in rows)]
    own = [n for n in first if n not in same]
    bind_own, bind_same = _binder(connection, table, own), _binder(connection, table, same)
    parts = _JoinedUpdate(connection, table.name, keys, same, own, changes)
    flat_own = [value for row in rows for value in bind_own(row[n] for n in own)]
    flat_same = dict(zip(same, bind_same(first[n] for n in same), strict=True))
    text, values = parts.statement(len(rows), flat_own, flat_same)
    return connection.exec_driver_sql(text, values).rowcount


class _JoinedUpdate:
    """The text of an UPDATE joined with a derived table of rows, on either database."""

    def __init__(
        self,
        connection: sa.Connection,
        table: str,
        keys: Sequence[str],
        same: Sequence[str],
        own: Sequence[str],
        changes: Mapping[str, str],
    ) -> None:
        self._sqlite, self._mark = is_sqlite(connection), _mark(connection)
        self._table = _quoted(connection, [table])[0]
        names = [*same, *own]
        self._quoted = dict(zip(names, _quoted(connection, names), strict=True))
        self._keys, self._same, self._own, self._changes = keys, same, own, changes

    def statement(
        self, how_many: int, own: list[Any], same: Mapping[str, Any]
    ) -> tuple[str, tuple[Any, ...]]:
        """The text and its values, in the order in which the marks stand."""
        fixed_sets = [n for n in self._same if n not in self._keys]
        fixed_keys = [n for n in self._same if n in self._keys]
        sets, met = ", ".join(self._sets(fixed_sets)), " AND ".join(self._met(fixed_keys))
        set_values, key_values = [same[n] for n in fixed_sets], [same[n] for n in fixed_keys]
        if self._sqlite:
            text = f"UPDATE {self._table} SET {sets} FROM {self._rows(how_many)} WHERE {met}"  # noqa: S608
            return text, (*set_values, *own, *key_values)
        text = f"UPDATE {self._table} JOIN {self._rows(how_many)} ON {met} SET {sets}"  # noqa: S608
        return text, (*own, *key_values, *set_values)

    def _rows(self, how_many: int) -> str:
        if self._sqlite:
            one = "(" + ",".join([self._mark] * len(self._own)) + ")"
            names = ",".join(
                f"column{place} AS {self._quoted[n]}" for place, n in enumerate(self._own, 1)
            )
            values = ",".join([one] * how_many)
            return f"(SELECT {names} FROM (VALUES {values})) AS fresh"  # noqa: S608
        first = "SELECT " + ",".join(f"{self._mark} AS {self._quoted[n]}" for n in self._own)
        other = " UNION ALL SELECT " + ",".join([self._mark] * len(self._own))
        return f"({first}{other * (how_many - 1)}) AS fresh"

    def _sets(self, fixed: Sequence[str]) -> list[str]:
        left = "" if self._sqlite else f"{self._table}."
        sets = [f"{left}{self._quoted[n]} = {self._mark}" for n in fixed]
        own = [n for n in self._own if n not in self._keys]
        sets += [f"{left}{self._quoted[n]} = fresh.{self._quoted[n]}" for n in own]
        return sets + [f"{left}{n} = {q.format(t=self._table)}" for n, q in self._changes.items()]

    def _met(self, fixed: Sequence[str]) -> list[str]:
        own = [n for n in self._keys if n in self._own]
        met = [f"{self._table}.{self._quoted[n]} = fresh.{self._quoted[n]}" for n in own]
        return met + [f"{self._table}.{self._quoted[n]} = {self._mark}" for n in fixed]


def _binder(connection: sa.Connection, table: sa.Table, names: Sequence[str]) -> Any:
    """A function that turns a row's values into what the driver takes, by column type."""
    processors = [table.c[n].type.bind_processor(connection.dialect) for n in names]

    def bind(values: Iterable[Any]) -> list[Any]:
        return [p(v) if p else v for p, v in zip(processors, values, strict=True)]

    return bind


def _mark(connection: sa.Connection) -> str:
    return "?" if is_sqlite(connection) else "%s"


def _quoted(connection: sa.Connection, names: Sequence[str]) -> list[str]:
    quote = connection.dialect.identifier_preparer.quote
    return [quote(name) for name in names]
