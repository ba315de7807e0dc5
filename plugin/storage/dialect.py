"""The few places where MySQL/MariaDB and SQLite differ, for our own tables. No others exist.

Statements with many rows are built as text: an expression tree of a thousand rows costs more than
the statement itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from plugin.sql.among import among
from plugin.sql.fragments import Fragment
from plugin.storage.literals import in_parts, rows_as_text


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
    columns = ",".join(_quoted(connection, names))
    into = f"INSERT {word} INTO {_quoted(connection, [table.name])[0]} ({columns}) VALUES "  # noqa: S608
    if not is_sqlite(connection):
        texts = rows_as_text(connection, table, names, rows)
        return sum(_send(connection, into, ",".join(f"({t})" for t in p)) for p in in_parts(texts))
    one = "(" + ",".join("?" * len(names)) + ")"
    bind, inserted = _binder(connection, table, names), 0
    size = max(1, _most_values(connection) // len(names))
    for part in (rows[first : first + size] for first in range(0, len(rows), size)):
        flat = tuple(value for row in part for value in bind(row[name] for name in names))
        text = into + ",".join([one] * len(part))
        inserted += connection.exec_driver_sql(text, flat).rowcount
    return inserted


def _send(connection: sa.Connection, text: str, fragment: str) -> int:
    """Run `text` with the fragment after it. Logs show the text alone."""
    return connection.exec_driver_sql(text + "%s", (Fragment(fragment),)).rowcount


def _most_values(connection: sa.Connection) -> int:
    """Bound values that one statement of SQLite may have."""
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

    `rows` name the key columns, the first of which is a whole number, and the columns to set, all
    alike; a row is met when all its keys are equal. `changes` are further settings as SQL, with
    {t} for the table's name, such as {"epoch": "{t}.epoch + 1"}. What is the same in all rows is
    written once, and where only the first key differs, a thousand people who all go the same way,
    no rows are joined at all.
    """
    if not rows:
        return 0
    first = rows[0]
    same = [n for n in first if n != keys[0] and all(row[n] == first[n] for row in rows)]
    own = [n for n in first if n not in same]
    if own == [keys[0]]:
        return _update_alike(connection, table, keys, changes, rows)
    return _JoinedUpdate(connection, table, keys, same, own, changes).run(rows)


def _update_alike(
    connection: sa.Connection,
    table: sa.Table,
    keys: Sequence[str],
    changes: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
) -> int:
    """All rows alike but for their first key."""
    first, target = rows[0], _quoted(connection, [table.name])[0]
    values: dict[str, Any] = {n: v for n, v in first.items() if n not in keys}
    values |= {n: sa.text(text.format(t=target)) for n, text in changes.items()}
    met = [table.c[n] == first[n] for n in keys[1:]]
    chosen = among(table.c[keys[0]], [row[keys[0]] for row in rows])
    updated = connection.execute(sa.update(table).where(chosen, *met).values(values))
    return updated.rowcount


class _JoinedUpdate:
    """An UPDATE joined with a derived table of rows, on either database."""

    def __init__(
        self,
        connection: sa.Connection,
        table: sa.Table,
        keys: Sequence[str],
        same: Sequence[str],
        own: Sequence[str],
        changes: Mapping[str, str],
    ) -> None:
        self._connection, self._table = connection, table
        self._mark = "?" if is_sqlite(connection) else "%s"
        self._target = _quoted(connection, [table.name])[0]
        names = [*same, *own]
        self._quoted = dict(zip(names, _quoted(connection, names), strict=True))
        self._keys, self._same, self._own, self._changes = keys, same, own, changes

    def run(self, rows: Sequence[Mapping[str, Any]]) -> int:
        bound = _binder(self._connection, self._table, self._same)(rows[0][n] for n in self._same)
        same = dict(zip(self._same, bound, strict=True))
        fixed_sets = [n for n in self._same if n not in self._keys]
        fixed_keys = [n for n in self._same if n in self._keys]
        sets, met = ", ".join(self._sets(fixed_sets)), " AND ".join(self._met(fixed_keys))
        set_values, key_values = [same[n] for n in fixed_sets], [same[n] for n in fixed_keys]
        if is_sqlite(self._connection):
            derived, own = self._marked(rows)
            text = f"UPDATE {self._target} SET {sets} FROM ({derived}) AS fresh WHERE {met}"  # noqa: S608
            values = (*set_values, *own, *key_values)
        else:
            text = f"UPDATE {self._target} JOIN (%s) AS fresh ON {met} SET {sets}"  # noqa: S608
            values = (self._written(rows), *key_values, *set_values)
        return self._connection.exec_driver_sql(text, values).rowcount

    def _marked(self, rows: Sequence[Mapping[str, Any]]) -> tuple[str, list[Any]]:
        """The rows for SQLite, and their values."""
        one = "(" + ",".join("?" * len(self._own)) + ")"
        names = ",".join(f"column{at} AS {self._quoted[n]}" for at, n in enumerate(self._own, 1))
        bind = _binder(self._connection, self._table, self._own)
        flat = [value for row in rows for value in bind(row[n] for n in self._own)]
        return f"SELECT {names} FROM (VALUES {','.join([one] * len(rows))})", flat  # noqa: S608

    def _written(self, rows: Sequence[Mapping[str, Any]]) -> Fragment:
        """The rows for MySQL. The first of them names the columns."""
        texts = rows_as_text(self._connection, self._table, self._own, rows)
        names = ",".join(f"NULL AS {self._quoted[n]}" for n in self._own)
        nothing = f"SELECT {names} FROM DUAL WHERE FALSE"  # noqa: S608
        return Fragment(" UNION ALL SELECT ".join([nothing, *texts]))

    def _sets(self, fixed: Sequence[str]) -> list[str]:
        left = "" if is_sqlite(self._connection) else f"{self._target}."
        sets = [f"{left}{self._quoted[n]} = {self._mark}" for n in fixed]
        own = [n for n in self._own if n not in self._keys]
        sets += [f"{left}{self._quoted[n]} = fresh.{self._quoted[n]}" for n in own]
        return sets + [f"{left}{n} = {q.format(t=self._target)}" for n, q in self._changes.items()]

    def _met(self, fixed: Sequence[str]) -> list[str]:
        own = [n for n in self._keys if n in self._own]
        met = [f"{self._target}.{self._quoted[n]} = fresh.{self._quoted[n]}" for n in own]
        return met + [f"{self._target}.{self._quoted[n]} = {self._mark}" for n in fixed]


def _binder(connection: sa.Connection, table: sa.Table, names: Sequence[str]) -> Any:
    """A function that turns a row's values into what the driver takes, by column type."""
    processors = [_processor(connection, table.c[n].type) for n in names]

    def bind(values: Iterable[Any]) -> list[Any]:
        return [p(v) if p else v for p, v in zip(processors, values, strict=True)]

    return bind


def _processor(connection: sa.Connection, kind: sa.types.TypeEngine[Any]) -> Any:
    """What SQLAlchemy's own statements do with a value: the dialect's form of the type does it."""
    return kind.dialect_impl(connection.dialect).bind_processor(connection.dialect)


def _quoted(connection: sa.Connection, names: Sequence[str]) -> list[str]:
    quote = connection.dialect.identifier_preparer.quote
    return [quote(name) for name in names]
