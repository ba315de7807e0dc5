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


class Dialect:
    """How one connection's database wants things said."""

    def __init__(self, connection: sa.Connection) -> None:
        self.is_sqlite = connection.dialect.name == "sqlite"
        self._quote = connection.dialect.identifier_preparer.quote
        self._mark = "?" if self.is_sqlite else "%s"

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
        self, table: HostTable, column: str, rows: Sequence[tuple[int, Any]]
    ) -> tuple[str, tuple[Any, ...]]:
        """An UPDATE that gives each SubscriberID its own value."""
        target, name = self._quote(table.name), self._quote(column)
        met = f"{target}.{self._quote('SubscriberID')} = fresh.known"
        return self._joined_update(target, name, met, rows)

    def update_by_address(
        self, table: HostTable, field_id: int, rows: Sequence[tuple[str, Any]]
    ) -> tuple[str, tuple[Any, ...]]:
        """An UPDATE that gives each address, met byte for byte, its own value of a global field."""
        target, address = self._quote(table.name), self._quote("EmailAddress")
        held, known = f"{target}.{address}", "fresh.known"
        column, same_bytes = table.columns["EmailAddress"], "CAST({} AS BINARY)"
        if self.is_sqlite:
            same_bytes = "CAST({} AS BLOB)"
        elif column.charset:
            known = f"CONVERT(fresh.known USING {_word(column.charset)})"
        by_index = known if not column.collation else f"{known} COLLATE {_word(column.collation)}"
        met = (
            f"{held} = {by_index} AND {same_bytes.format(held)} = {same_bytes.format(known)}"
            f" AND {target}.{self._quote('RelFieldID')} = {int(field_id)}"
            f" AND {target}.{self._quote('RelListID')} = 0"
        )
        return self._joined_update(target, self._quote("ValueText"), met, rows)

    def _joined_update(
        self, target: str, column: str, met: str, rows: Sequence[tuple[Any, Any]]
    ) -> tuple[str, tuple[Any, ...]]:
        """`target`, `column` and `met` are quoted; `rows` are the known key and the new value."""
        flat = tuple(value for row in rows for value in row)
        mark, others = self._mark, len(rows) - 1
        if self.is_sqlite:
            values = f"VALUES ({mark},{mark})" + f",({mark},{mark})" * others
            derived = f"(SELECT column1 AS known, column2 AS value FROM ({values})) AS fresh"  # noqa: S608
            return f"UPDATE {target} SET {column} = fresh.value FROM {derived} WHERE {met}", flat  # noqa: S608
        union = f"SELECT {mark} AS known, {mark} AS value"
        union += f" UNION ALL SELECT {mark},{mark}" * others
        return (
            f"UPDATE {target} JOIN ({union}) AS fresh ON {met} SET {target}.{column} = fresh.value",  # noqa: S608
            flat,
        )


def _word(name: str) -> str:
    """The name of a charset or collation, which comes from the database itself."""
    if not (name.isascii() and name.replace("_", "").isalnum()):
        raise ValueError(f"{name!r} names no charset.")
    return name
