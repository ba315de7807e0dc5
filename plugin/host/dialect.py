"""The few places where MySQL/MariaDB and SQLite differ, for the host's tables. No others exist.

Statements with many rows are built as text with bound values: an expression tree of a thousand
rows costs more than the statement itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from plugin.host.columns import HostColumn, HostTable

#: MySQL's "no such table" and "unknown column".
_NO_TABLE, _NO_COLUMN = 1146, 1054

Values = tuple[Any, ...]


class Dialect:
    """How one connection's database wants things said."""

    def __init__(self, connection: sa.Connection) -> None:
        self.is_sqlite = connection.dialect.name == "sqlite"
        self._quote = connection.dialect.identifier_preparer.quote

    def number(self, value: Decimal) -> Any:
        """A number as the driver takes it. SQLite knows 64-bit integers and floats only."""
        if not self.is_sqlite:
            return value
        whole = value == value.to_integral_value() and abs(value) < 2**63
        return int(value) if whole else float(value)

    def text_of(
        self, expression: sa.ColumnElement[Any], column: HostColumn
    ) -> sa.ColumnElement[Any]:
        """A column as text, with all digits after the point that its type promises."""
        if column.family == "text":
            return expression
        if self.is_sqlite and column.family == "decimal":
            return sa.func.printf(f"%.{column.scale}f", expression)
        return sa.cast(expression, sa.String)

    def like_column(
        self, expression: sa.ColumnElement[Any], of: HostColumn, to: HostColumn
    ) -> sa.ColumnElement[Any]:
        """Text of one column, made comparable with another whose collation may be different."""
        if (of.charset, of.collation) == (to.charset, to.collation) or to.charset is None:
            return expression
        charset: sa.ColumnClause[Any] = sa.literal_column(_word(to.charset))
        turned = sa.func.convert(expression.op("USING")(charset))
        return sa.collate(turned, to.collation) if to.collation else turned

    def stores_instants(self, column: HostColumn) -> bool:
        """Whether the column keeps instants, shown in the session's zone, which is UTC."""
        return column.family == "timestamp" and not self.is_sqlite

    def gone(self, error: sa.exc.DBAPIError) -> bool:
        """Whether a table or a column of the statement does not exist (any more)."""
        arguments = getattr(error.orig, "args", ())
        code = arguments[0] if arguments else None
        if self.is_sqlite:
            return str(code).startswith(("no such table", "no such column"))
        return code in (_NO_TABLE, _NO_COLUMN)

    def update_each(
        self, table: HostTable, column: str, key: str, rows: Sequence[tuple[int, Any]]
    ) -> tuple[str, Values]:
        """An UPDATE that gives the row under each number in the column `key` its own value."""
        return self._update(table, column, self._quote(key), rows)

    def update_by_address(
        self, table: HostTable, field_id: int, rows: Sequence[tuple[str, Any]]
    ) -> tuple[str, Values]:
        """An UPDATE that gives each address its own value of a global field.

        Addresses are met byte for byte, in UTF-8; their index finds the candidates.
        """
        address = self._quote("EmailAddress")
        in_bytes = f"CAST(CONVERT({address} USING utf8mb4) AS BINARY)"
        if self.is_sqlite:
            in_bytes = f"CAST({address} AS BLOB)"
        candidates = (
            f" AND {address} IN ({self._marks(len(rows))})"
            f" AND {self._quote('RelFieldID')} = {int(field_id)}"
            f" AND {self._quote('RelListID')} = 0"
        )
        known = [(address.encode(), value) for address, value in rows]
        text, flat = self._update(table, "ValueText", in_bytes, known, candidates)
        return text, (*flat, *(address for address, _ in rows))

    def _update(
        self,
        table: HostTable,
        column: str,
        key: str,
        rows: Sequence[tuple[Any, Any]],
        candidates: str = "",
    ) -> tuple[str, Values]:
        """`key` and `candidates` are SQL.

        A join with the rows would be the other way to say it on MySQL: it takes four times as
        long, and a temporary table on disk where the column is a LONGTEXT.
        """
        target, name = self._quote(table.name), self._quote(column)
        keys, fresh = [row[0] for row in rows], [row[1] for row in rows]
        marks = self._marks(len(rows))
        if not self.is_sqlite:
            chosen = f"ELT(FIELD({key}, {marks}), {marks})"
            text = f"UPDATE {target} SET {name} = {chosen} WHERE {key} IN ({marks}){candidates}"  # noqa: S608
            return text, (*keys, *fresh, *keys)
        pairs = ",".join(["(?,?)"] * len(rows))
        derived = f"(SELECT column1 AS known, column2 AS value FROM (VALUES {pairs})) AS fresh"  # noqa: S608
        text = f"UPDATE {target} SET {name} = fresh.value FROM {derived} WHERE {key} = fresh.known"  # noqa: S608
        return text + candidates, tuple(value for row in rows for value in row)

    def _marks(self, how_many: int) -> str:
        return ",".join(["?" if self.is_sqlite else "%s"] * how_many)


def _word(name: str) -> str:
    """The name of a charset or collation, which comes from the database itself."""
    if not (name.isascii() and name.replace("_", "").isalnum()):
        raise ValueError(f"{name!r} names no charset.")
    return name
