"""Reading named fields of a list's subscribers: their columns, and global values by address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from plugin.domain.catalog import SUBSCRIBER_COLUMNS
from plugin.domain.enrollment import SubscriberId, normal_address
from plugin.engine.planning_port import Stretch
from plugin.errors import CannotEvaluate
from plugin.host.columns import HostTable
from plugin.host.criteria_sql import Place
from plugin.host.dialect import Dialect
from plugin.host.fields import Definition
from plugin.host.schema import HostSchema, field_id_of
from plugin.host.values import SEEN_CHARACTERS
from plugin.sql.among import among

#: Subscriber id, then, only where global fields are read, the address and the address met by
#: each of them, then what was asked for.
Row = Sequence[Any]
#: One person's rows: by global field, and under None for the columns of the list.
Rows = Mapping[int | None, Row]


@dataclass
class Reader:
    """Builds one SELECT over the subscribers of a list.

    Global values are joined by address. The host's collation may take two people's addresses for
    one, so the address that was met is read too, and a value counts only if it is the same one.
    """

    connection: sa.Connection
    schema: HostSchema
    list_id: int
    dialect: Dialect
    _globals: dict[int, sa.FromClause] = field(default_factory=dict)

    @property
    def shard(self) -> HostTable:
        """The list's table. Raises CannotEvaluate(`list_missing`)."""
        return self.schema.shard(self.connection, self.list_id)

    @property
    def first(self) -> int:
        """Where the columns that were asked for begin in a row."""
        return 2 + len(self._globals) if self._globals else 1

    def place(self, name: str) -> Place:
        """Where a subscriber's column or `CustomField<ID>` lies.

        Raises CannotEvaluate: `field_missing` for a field that is unknown, of another list or of
        another account; `list_missing` when the list is gone.
        """
        if name in SUBSCRIBER_COLUMNS:
            return self._of_shard(name)
        return self.place_of(self.definition(name))

    def definition(self, name: str) -> Definition:
        """The custom field that `CustomField<ID>` names. Raises CannotEvaluate as `place` does."""
        field_id = field_id_of(name)
        if field_id is not None:
            found = self.schema.definition(self.connection, self.list_id, field_id)
            if found is not None:
                return found
        raise _missing(name, self.shard)

    def named(self, name: str) -> Place | None:
        """As `place`, for merge tags: aliases count too, and nothing is found for other names."""
        if name in SUBSCRIBER_COLUMNS:
            return self._of_shard(name) if name in self.shard.columns else None
        known = self.schema.definitions(
            self.connection, self.list_id, lambda known: _by_tag(known, name) is not None
        )
        definition = _by_tag(known, name)
        return self.place_of(definition) if definition else None

    def place_of(self, definition: Definition) -> Place:
        """Where a field lies whose definition is known."""
        if definition.list_id is None:
            return self._of_account(definition)
        return self._of_shard(definition.column)

    def _of_shard(self, name: str) -> Place:
        shard = self.schema.shard(self.connection, self.list_id, (name,))
        if name not in shard.columns:
            raise _missing(name, shard)
        return Place(self.column(name), shard.columns[name])

    def _of_account(self, definition: Definition) -> Place:
        field_id = definition.field_id
        joined = self._globals.setdefault(field_id, self.values.clause.alias(f"g{field_id}"))
        return Place(joined.c["ValueText"], self.values.columns["ValueText"], field_id)

    @property
    def values(self) -> HostTable:
        """The table of global values. Raises CannotEvaluate when the host has none."""
        values = self.schema.values_table(self.connection)
        if values is None:
            raise CannotEvaluate(
                "field_missing",
                "This host's values of fields of the whole account cannot be read."
                " Run `journeys doctor`.",
            )
        return values

    def key_of(self, definition: Definition) -> list[sa.ColumnElement[Any]]:
        """The key of the row that a global field is read from; nothing if the rows have none."""
        joined = self._globals[definition.field_id]
        return [joined.c[self.values.key]] if self.values.key else []

    def select(
        self, ids: Sequence[SubscriberId], columns: Iterable[sa.ColumnElement[Any]]
    ) -> sa.Select[Any]:
        """Rows of `ids`, `columns` from `first` on."""
        return (
            self._rows(columns)
            .where(among(self.column("SubscriberID"), ids))
            .order_by(*self._newest_first())
        )

    def stretch(self, wanted: Stretch, columns: Iterable[sa.ColumnElement[Any]]) -> sa.Select[Any]:
        """Rows by id, `columns` from `first` on."""
        known = self.column("SubscriberID")
        query = self._rows(columns).where(known > wanted.after_id)
        if wanted.among is not None:
            query = query.where(among(known, wanted.among))
        return query.order_by(known, *self._newest_first()).limit(wanted.limit)

    def _rows(self, columns: Iterable[sa.ColumnElement[Any]]) -> sa.Select[Any]:
        met = [joined.c["EmailAddress"] for joined in self._globals.values()]
        addresses = [self.column("EmailAddress"), *met] if met else []
        query = sa.select(self.column("SubscriberID"), *addresses, *columns)
        return query.select_from(self._joined())

    def _newest_first(self) -> list[sa.ColumnElement[Any]]:
        """Nothing keeps the host from having two values for one address: the newest counts."""
        key = self.values.key if self._globals else None
        return [g.c[key].desc() for g in self._globals.values()] if key else []

    def _joined(self) -> sa.FromClause:
        source: sa.FromClause = self._table
        for field_id, joined in self._globals.items():
            address = self.dialect.like_column(
                self.column("EmailAddress"),
                self.shard.columns["EmailAddress"],
                self.values.columns["EmailAddress"],
            )
            of_field = sa.and_(
                joined.c["RelFieldID"] == field_id,
                joined.c["RelListID"] == 0,
                joined.c["EmailAddress"] == address,
            )
            source = source.outerjoin(joined, of_field)
        return source

    @cached_property
    def _table(self) -> sa.TableClause:
        """One clause for the whole statement, also when the schema is looked at again under way:
        two clauses would be two tables to SQL, and their product the answer.
        """
        return sa.table(self.shard.name)

    def column(self, name: str) -> sa.ColumnElement[Any]:
        if name not in self._table.c:
            self._table.append_column(sa.column(name))
        return self._table.c[name]

    def people(self, query: sa.Select[Any]) -> Mapping[SubscriberId, Rows]:
        """Run it. Per subscriber, the row to read each global field from, under its id, and the
        row for everything else, under None. A global field that is not set has no row.
        """
        return self.by_person(self.connection.execute(query).all())

    def by_person(self, found: Sequence[Row]) -> Mapping[SubscriberId, Rows]:
        """Rows that were read, put together as `people` does."""
        if not self._globals:
            return {row[0]: {None: row} for row in found}
        people: dict[SubscriberId, dict[int | None, Row]] = {}
        for row in found:
            rows = people.setdefault(row[0], {None: row})
            for field_id in self._confirmed(row):
                rows.setdefault(field_id, row)
        return people

    def _confirmed(self, row: Row) -> Iterator[int]:
        """The global fields whose value in this row is really that person's."""
        address = normal_address(row[1])
        for field_id, met in zip(self._globals, row[2 : self.first], strict=True):
            if met is not None and normal_address(met) == address:
                yield field_id


def _by_tag(known: Mapping[int, Definition], name: str) -> Definition | None:
    """By `CustomField<ID>` or alias; a field of the list goes before one of the account."""
    fitting = [d for d in known.values() if name in (d.column, d.alias)]
    return min(fitting, key=lambda d: d.list_id is None, default=None)


def _missing(name: str, shard: HostTable) -> CannotEvaluate:
    return CannotEvaluate(
        "field_missing",
        f"The host has no field {name} in {shard.name} or among the account's own fields."
        " It was deleted, or it belongs to another list: choose another field.",
    )


def shortened(place: Place, dialect: Dialect) -> sa.ColumnElement[Any]:
    """The value of a place, long text cut at one character more than is kept of it."""
    if place.column.family != "text":
        return place.expression
    return sa.func.substr(place.expression, 1, SEEN_CHARACTERS + 1)
