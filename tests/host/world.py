"""A host with two accounts and every kind of column, made by hand for tests of the adapter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from demo.column_types import ZERO_DATETIME, three_bytes
from demo.columns import fitting
from demo.fields import FieldSpec
from demo.schema import HostTables, build_schema
from plugin.domain.criteria import Answer, AnyRule, Rule
from plugin.host.host import SqlHost
from plugin.host.schema import HostSchema
from plugin.settings import Settings
from plugin.sql import locks
from plugin.storage.database import make_engine

OWNER, STRANGER = 1, 2
LIST, OTHER_LIST, FOREIGN_LIST = 1, 2, 3

#: Lists and their owners.
LISTS = {LIST: OWNER, OTHER_LIST: OWNER, FOREIGN_LIST: STRANGER}

TEXT, NUMBER, DECIMAL, DAY, MOMENT, INSTANT, CLOCK, LEVEL, CITY = range(101, 110)
#: Fields of other kinds whose columns are text as well: the host gives a type only if asked to.
PARAGRAPH, BOXES, DAY_AS_TEXT, CLOCK_AS_TEXT, HIDDEN = range(110, 115)
OTHER_LISTS_FIELD, FOREIGN_FIELD = 201, 301
ACCOUNT_TEXT, ACCOUNT_LANGUAGE, FOREIGN_ACCOUNT_TEXT = 401, 402, 403

FIELDS = (
    FieldSpec(TEXT, LIST, "Anything", "Anything"),
    FieldSpec(NUMBER, LIST, "Orders", "Orders", data_type="number"),
    FieldSpec(DECIMAL, LIST, "Amount", "Amount", data_type="decimal"),
    FieldSpec(DAY, LIST, "Birthday", "Birthday", "Date field", "date"),
    FieldSpec(MOMENT, LIST, "Appointment", "Appointment", data_type="datetime"),
    FieldSpec(INSTANT, LIST, "Last seen", "LastSeen", data_type="timestamp"),
    FieldSpec(CLOCK, LIST, "Tea time", "TeaTime", "Time field", "time"),
    FieldSpec(
        LEVEL, LIST, "Level", "Level", "Drop down", "enum", ("bronze", "gold"), validation="Enum"
    ),
    FieldSpec(CITY, LIST, "City", "City", "Drop down", options=("Oslo", "São Paulo")),
    FieldSpec(PARAGRAPH, LIST, "Story", "Story", "Paragraph text"),
    FieldSpec(BOXES, LIST, "Colours", "Colours", "Checkboxes", options=("red", "blue")),
    FieldSpec(DAY_AS_TEXT, LIST, "Party", "Party", "Date field"),
    FieldSpec(CLOCK_AS_TEXT, LIST, "Supper", "Supper", "Time field"),
    FieldSpec(HIDDEN, LIST, "Source", "Source", "Hidden field"),
    FieldSpec(OTHER_LISTS_FIELD, OTHER_LIST, "Elsewhere", "Elsewhere"),
    FieldSpec(FOREIGN_FIELD, FOREIGN_LIST, "Foreign", "Foreign", owner_id=STRANGER),
    FieldSpec(ACCOUNT_TEXT, 0, "Account note", "Note"),
    FieldSpec(ACCOUNT_LANGUAGE, 0, "Language", "Language", "Drop down", options=("en", "de")),
    FieldSpec(FOREIGN_ACCOUNT_TEXT, 0, "Foreign note", "ForeignNote", owner_id=STRANGER),
)
_USED = (
    *("users", "user_groups", "subscriber_lists", "custom_fields", "custom_field_values"),
    *("stats_unsubscription", "stats_activity", "suppression_list"),
    *("emails", "campaigns", "segments", "stats_open", "stats_link"),
    *("subscriber_tags", "subscriber_tag_relations", "transactional_email_queue"),
    *("sender_domains", "eg_api_keys"),
)

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


def column(field_id: int) -> str:
    return f"CustomField{field_id}"


@dataclass
class World:
    """A fresh host. `prefix` is the host's own; `flavour` v4 is an Oempro 4."""

    url: str
    prefix: str = "oempro_"
    flavour: str = "v5"
    zone: str = "UTC"
    seconds: float = 5.0
    time: list[float] = field(default_factory=lambda: [1000.0])

    def __post_init__(self) -> None:
        self.engine = make_engine(self.url)
        self.tables: HostTables = build_schema(self.prefix, FIELDS, self.flavour)
        self.schema = HostSchema(self.prefix, seconds=self.seconds, clock=lambda: self.time[0])
        self.settings = Settings(
            self.url, host_prefix=self.prefix, host_time_zone=self.zone, table_prefix="jny_"
        )

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def create(self) -> World:
        """The host's tables, two users, three lists and all fields; nobody on the lists."""
        self.tables.metadata.create_all(self.engine, tables=self._used())
        for list_id in LISTS:
            self.tables.shard(list_id).create(self.engine)
        return self.begin_anew()

    def _used(self) -> list[sa.Table]:
        """Those that a host of this age has."""
        used = [getattr(self.tables, name) for name in _USED]
        return [table for table in used if table.metadata is self.tables.metadata]

    def begin_anew(self) -> World:
        """Everything as `create` left it; for tables whose columns nobody changed."""
        used = self._used()
        shards = [self.tables.shard(list_id) for list_id in LISTS]
        lists = [{"ListID": i, "Name": f"List {i}", "RelOwnerUserID": u} for i, u in LISTS.items()]
        with self.engine.begin() as connection:
            for table in (*used, *shards):
                connection.execute(sa.delete(table))
            self._insert(connection, self.tables.users, [_user(OWNER, "Europe/Oslo")])
            self._insert(connection, self.tables.users, [_user(STRANGER, "Mars/Olympus")])
            self._insert(connection, self.tables.subscriber_lists, lists)
            self._insert(connection, self.tables.custom_fields, [f.row() for f in FIELDS])
        self.schema.forget()
        return self

    def make_again(self, list_id: int) -> None:
        """One list's table and that of the values by address, as if nobody had changed them."""
        for table in (self.tables.shard(list_id), self.tables.custom_field_values):
            table.drop(self.engine)
            table.create(self.engine)
        self.schema.forget()

    @contextmanager
    def as_set(self, **changes: Any) -> Iterator[World]:
        """The same database, by other settings."""
        other = replace(self, **changes)
        yield other
        other.engine.dispose()

    def _insert(
        self, connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
    ) -> None:
        known = [self._kept(fitting(table, row)) for row in rows]
        connection.execute(sa.insert(table), known)

    def _kept(self, row: dict[str, Any]) -> dict[str, Any]:
        """An Oempro 4 keeps three bytes of a character at most."""
        if self.flavour != "v4":
            return row
        return {k: three_bytes(v) if isinstance(v, str) else v for k, v in row.items()}

    def subscribe(self, people: Mapping[int, str], list_id: int = LIST, **values: Any) -> None:
        """Add people by id and address; `values` are the same for all of them."""
        rows = [
            {
                "SubscriberID": subscriber_id,
                "EmailAddress": email,
                "SubscriptionStatus": "Subscribed",
                "SubscriptionDate": ZERO_DATETIME,
            }
            | values
            for subscriber_id, email in people.items()
        ]
        with self.engine.begin() as connection:
            self._insert(connection, self.tables.shard(list_id), rows)

    def give(self, field_id: int, values: Mapping[int, Any], list_id: int = LIST) -> None:
        """People 1, 2, 3 … by what they have in one column of the list."""
        self.give_all([field_id], values, list_id)

    def give_all(
        self, field_ids: Sequence[int], values: Mapping[int, Any], list_id: int = LIST
    ) -> None:
        """The same in several columns."""
        rows = [
            {
                "SubscriberID": subscriber_id,
                "EmailAddress": f"p{subscriber_id}@example.com",
                "SubscriptionStatus": "Subscribed",
                **{column(field_id): value for field_id in field_ids},
            }
            for subscriber_id, value in values.items()
        ]
        with self.engine.begin() as connection:
            self._insert(connection, self.tables.shard(list_id), rows)

    def open(self, *moments: str | None, **which: Any) -> None:
        """One open of person 1's on the list at each of these moments, unless told otherwise."""
        self._act(self.tables.stats_open, "OpenDate", moments, which)

    def click(self, *moments: str | None, **which: Any) -> None:
        """The same for clicks."""
        link = {"LinkURL": "https://example.com/"}
        self._act(self.tables.stats_link, "ClickDate", moments, link | which)

    def _act(
        self, table: sa.Table, date: str, moments: Sequence[str | None], which: Mapping[str, Any]
    ) -> None:
        usual = {"RelListID": LIST, "RelSubscriberID": 1, "RelOwnerUserID": OWNER}
        with self.engine.begin() as connection:
            self._insert(connection, table, [{**usual, **which, date: at} for at in moments])

    def tags(self, *tags: tuple[int, int, str], owner: int = OWNER) -> None:
        """Tags: id, list, name."""
        rows = [
            {"TagID": i, "RelListID": of, "RelOwnerUserID": owner, "TagName": name}
            for i, of, name in tags
        ]
        with self.engine.begin() as connection:
            self._insert(connection, self.tables.subscriber_tags, rows)

    def tag(self, tag_id: int, *people: int, list_id: int = LIST) -> None:
        """Put a tag on people of a list."""
        rows = [{"RelTagID": tag_id, "RelListID": list_id, "RelSubscriberID": i} for i in people]
        with self.engine.begin() as connection:
            self._insert(connection, self.tables.subscriber_tag_relations, rows)

    def give_account(self, field_id: int, values: Mapping[str, str | None]) -> None:
        """Values of a global field by address."""
        rows = [
            {"RelFieldID": field_id, "RelListID": 0, "EmailAddress": email, "ValueText": value}
            for email, value in values.items()
        ]
        with self.engine.begin() as connection:
            self._insert(connection, self.tables.custom_field_values, rows)

    @contextmanager
    def host(self) -> Iterator[SqlHost]:
        """The adapter, in one transaction that commits."""
        with self.engine.connect() as connection:
            try:
                with connection.begin():
                    host = SqlHost(connection, self.schema, self.settings)
                    yield host
                    host.finish()
            finally:
                locks.release(connection)

    def ask_all(
        self, *rules: AnyRule, list_id: int = LIST, today: datetime = NOW
    ) -> dict[int, tuple[Answer, ...]]:
        """Everybody's answers to rules of any form."""
        ids = self.people(list_id)
        with self.host() as host:
            return dict(host.answers(list_id, ids, rules, today))

    def ask(
        self,
        field_name: str,
        operator: str,
        value: Any = None,
        list_id: int = LIST,
        today: datetime = NOW,
    ) -> dict[int, Answer]:
        """Everybody's answer to one rule."""
        rule = Rule(field_name, operator, value)
        answers = self.ask_all(rule, list_id=list_id, today=today)
        return {i: answer for i, (answer,) in answers.items()}

    def set_rules(self, list_id: int, **rules: Any) -> None:
        """How a list behaves when people join and leave it."""
        lists = self.tables.subscriber_lists
        with self.engine.begin() as connection:
            connection.execute(sa.update(lists).where(lists.c.ListID == list_id).values(**rules))

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        """All of a table, by its key."""
        with self.engine.begin() as connection:
            found = connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()
            return [dict(row) for row in found]

    def shard(self, list_id: int) -> dict[str, dict[str, Any]]:
        """The rows of a list by address; of several the last."""
        return {row["EmailAddress"]: row for row in self.rows(self.tables.shard(list_id))}

    def people(self, list_id: int = LIST) -> list[int]:
        shard = self.tables.shard(list_id)
        with self.engine.begin() as connection:
            return list(connection.scalars(sa.select(shard.c.SubscriberID)))

    def column_of(self, field_id: int, list_id: int = LIST) -> dict[int, Any]:
        """What the shard holds now, by subscriber, as the host would show it."""
        c = self.tables.shard(list_id).c
        with self.engine.begin() as connection:
            rows = connection.execute(sa.select(c.SubscriberID, c[column(field_id)])).all()
        return {row[0]: row[1] for row in rows}

    def account_values(self, field_id: int) -> list[tuple[str, str | None]]:
        """All rows of a global field, address and value, in the order of their making."""
        c = self.tables.custom_field_values.c
        query = sa.select(c.EmailAddress, c.ValueText).where(c.RelFieldID == field_id)
        with self.engine.begin() as connection:
            return [(row[0], row[1]) for row in connection.execute(query.order_by(c.ValueID))]

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The texts of all statements that are executed meanwhile."""
        seen: list[str] = []

        def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
            seen.append(statement)

        sa.event.listen(self.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            sa.event.remove(self.engine, "before_cursor_execute", note)


def _user(user_id: int, zone: str) -> Mapping[str, Any]:
    return {
        "UserID": user_id,
        "EmailAddress": f"owner{user_id}@example.org",
        "TimeZone": zone,
    }
