"""Rows that we add to the host's tables: only columns that it has, all that it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from plugin.errors import CannotEvaluate
from plugin.host.columns import HostColumn, HostTable
from plugin.host.dialect import Dialect
from plugin.host.values import ZERO_DATES

#: What the host writes where no address is known.
ZERO_IP = "0.0.0.0"


@dataclass(frozen=True, slots=True)
class Stamp:
    """One instant, as each kind of column keeps it: in the host's zone, to the second or day."""

    now: datetime
    zone: ZoneInfo
    dialect: Dialect

    def for_column(self, column: HostColumn) -> str:
        zone = UTC if self.dialect.stores_instants(column) else self.zone
        local = self.now.astimezone(zone)
        return local.strftime("%Y-%m-%d" if column.family == "date" else "%Y-%m-%d %H:%M:%S")

    @property
    def text(self) -> str:
        return self.now.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    @property
    def day(self) -> str:
        """The host's day."""
        return self.now.astimezone(self.zone).strftime("%Y-%m-%d")


def never(column: HostColumn) -> str | None:
    """What a date column holds where there is no date."""
    if column.nullable:
        return None
    return ZERO_DATES[0] if column.family == "date" else ZERO_DATES[1]


def fitting(
    table: HostTable, known: Mapping[str, Any], stamp: Stamp, dates: Mapping[str, bool]
) -> dict[str, Any]:
    """The columns of `known` that the table has, by its own spelling of their names.

    `dates` are the columns that hold the instant (True) or no date (False).
    """
    columns = {name.lower(): column for name, column in table.columns.items()}
    row: dict[str, Any] = {}
    for name, value in known.items():
        column = columns.get(name.lower())
        if column is not None and _takes(column, value):
            row[column.name] = value
    for name, is_now in dates.items():
        column = columns.get(name.lower())
        if column is not None:
            row[column.name] = stamp.for_column(column) if is_now else never(column)
    return row


def check_complete(table: HostTable, given: Iterable[str]) -> None:
    """Raises CannotEvaluate(`column_unknown`) when an insert of these columns would fail."""
    if unknown := unknown_to_us(table, given):
        raise CannotEvaluate(
            "column_unknown",
            f"The host's table {table.name} asks for {min(unknown)}, which Journeys does not know."
            " Let Journeys write through the host's API: JOURNEYS_HOST_WRITES=api.",
        )


def unknown_to_us(table: HostTable, given: Iterable[str]) -> set[str]:
    """Columns without which an insert fails, and that are not given."""
    return {c.name for c in table.columns.values() if c.must_be_given} - set(given)


def _takes(column: HostColumn, value: Any) -> bool:
    """A word that a choice does not offer is left to the column's default."""
    return column.family != "choice" or value in column.choices
