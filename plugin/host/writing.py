"""Setting one custom field of many subscribers: checked value by value, written at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from plugin.domain.enrollment import SubscriberId, normal_address
from plugin.errors import BadValue
from plugin.host.columns import HostColumn, HostTable
from plugin.host.dialect import Dialect
from plugin.host.fields import Definition
from plugin.host.reading import Reader
from plugin.host.values import declared, fitted
from plugin.sql.among import among

Known = TypeVar("Known", int, str)

#: Values of one statement, in bytes: what every server takes (max_allowed_packet), escaped too.
STATEMENT_BYTES = 2 * 1024 * 1024

Given = Mapping[SubscriberId, str | None]
Problems = dict[SubscriberId, str]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A row of global values, by its address as it is stored, and its key if it has one."""

    address: str
    key: int = 0


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the fields of one list's subscribers in the caller's transaction."""

    connection: sa.Connection
    dialect: Dialect
    zone: ZoneInfo  #: in which the host writes its dates

    def set_column(
        self, shard: HostTable, definition: Definition, column: HostColumn, values: Given
    ) -> Problems:
        """Set a column of the list. One statement, or several for very long values."""
        fit, problems = self._checked(definition, column, values)
        self._update(shard, column.name, fit)
        return problems

    def _update(self, shard: HostTable, column: str, fit: Given) -> None:
        different = set(fit.values())
        if len(different) == 1:
            clause = shard.clause
            chosen = among(clause.c["SubscriberID"], fit)
            value = sa.literal(different.pop(), sa.types.NullType())
            self.connection.execute(sa.update(clause).where(chosen).values({column: value}))
            return
        for part in _parts(list(fit.items())):
            text, flat = self.dialect.update_each(shard, column, "SubscriberID", part)
            self.connection.exec_driver_sql(text, flat)

    def set_global(self, reader: Reader, definition: Definition, values: Given) -> Problems:
        """Set a value that is kept by address: `reader` reads this field. Three statements at most.

        The host has no unique key here: all rows of an address are updated, and addresses
        without a row get one. What is emptied and has no row stays without.
        """
        table = reader.values
        fit, problems = self._checked(definition, table.columns["ValueText"], values)
        if not fit:
            return problems
        met, missing = self._split(reader, definition, list(fit))
        if met:
            self._change(table, definition, [(row, fit[who]) for who, row in met])
        known = {normal_address(row.address) for _, row in met}
        new = {
            subscriber_id: (address, fit[subscriber_id])
            for subscriber_id, address in missing.items()
            if fit[subscriber_id] and normal_address(address) not in known
        }
        return problems | self._insert(table, definition, new)

    def _split(
        self, reader: Reader, definition: Definition, ids: Sequence[SubscriberId]
    ) -> tuple[list[tuple[SubscriberId, _Kept]], dict[SubscriberId, str]]:
        """The rows that people have, and the addresses of those who have none.

        One statement.
        """
        met: list[tuple[SubscriberId, _Kept]] = []
        missing: dict[SubscriberId, str] = {}
        rows = self.connection.execute(reader.select(ids, reader.key_of(definition)))
        for subscriber_id, own, address, *key in sorted(rows, key=lambda row: row[0]):
            if address is not None and normal_address(address) == normal_address(own):
                met.append((subscriber_id, _Kept(address, *key)))
            else:
                missing[subscriber_id] = own
        return met, missing

    def _change(
        self, table: HostTable, definition: Definition, rows: Iterable[tuple[_Kept, str | None]]
    ) -> None:
        if table.key is None:
            by_address = sorted({kept.address: value for kept, value in rows}.items())
            for few in _parts(by_address):
                text, flat = self.dialect.update_by_address(table, definition.field_id, few)
                self.connection.exec_driver_sql(text, flat)
            return
        by_key = sorted({kept.key: value for kept, value in rows}.items())
        for part in _parts(by_key):
            text, flat = self.dialect.update_each(table, "ValueText", table.key, part)
            self.connection.exec_driver_sql(text, flat)

    def _insert(
        self,
        table: HostTable,
        definition: Definition,
        new: Mapping[SubscriberId, tuple[str, str | None]],
    ) -> Problems:
        rows: dict[str, Mapping[str, Any]] = {}
        problems: dict[SubscriberId, str] = {}
        for subscriber_id, (address, value) in new.items():
            row = _value_row(definition, address, value)
            if problem := _objection(table, row):
                problems[subscriber_id] = problem
            else:
                rows[normal_address(address)] = {n: v for n, v in row.items() if n in table.columns}
        if rows:
            self.connection.execute(sa.insert(table.clause), list(rows.values()))
        return problems

    def _checked(
        self, definition: Definition, column: HostColumn, values: Given
    ) -> tuple[dict[SubscriberId, str | None], dict[SubscriberId, str]]:
        """What may be written, as the column takes it, and a sentence for each of the rest."""
        zone = self.zone if self.dialect.stores_instants(column) else None
        fit: dict[str | None, str | None] = {}
        refused: dict[str | None, str] = {}
        for value in set(values.values()):
            try:
                fit[value] = _accepted(definition, column, value, zone)
            except BadValue as problem:
                refused[value] = str(problem)
        return (
            {who: fit[value] for who, value in values.items() if value in fit},
            {who: refused[value] for who, value in values.items() if value in refused},
        )


def _parts(
    rows: Sequence[tuple[Known, str | None]],
) -> Iterator[Sequence[tuple[Known, str | None]]]:
    """The rows in as few parts as fit into a statement each."""
    first, size = 0, 0
    for place, (_, value) in enumerate(rows):
        size += 4 * len(value or "")
        if size > STATEMENT_BYTES and place > first:
            yield rows[first:place]
            first, size = place, 4 * len(value or "")
    if rows:
        yield rows[first:]


def _accepted(
    definition: Definition, column: HostColumn, value: str | None, zone: ZoneInfo | None
) -> str | None:
    fit = fitted(value, column, zone)
    if not value or fit is None:
        return fit
    if column.family == "text":
        fit = declared(fit, definition.kind, column)
    if fit and (objection := definition.objection(value)):
        raise BadValue(objection)
    return fit


def _value_row(definition: Definition, address: str, value: str | None) -> Mapping[str, Any]:
    """A new row of global values. The owner's column is not in every host."""
    return {
        "RelFieldID": definition.field_id,
        "RelListID": 0,
        "RelOwnerUserID": definition.user_id,
        "EmailAddress": address,
        "ValueText": value,
    }


def _objection(table: HostTable, row: Mapping[str, Any]) -> str | None:
    unknown = [c.name for c in table.columns.values() if c.must_be_given and c.name not in row]
    if unknown:
        return f"The host's table {table.name} asks for {unknown[0]}, which Journeys does not know."
    try:
        fitted(row["EmailAddress"], table.columns["EmailAddress"], None)
    except BadValue:
        return "The host cannot keep account fields for an address of this form."
    return None
