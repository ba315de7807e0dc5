"""The world that is measured: one list, its people, one journey, and nobody else on the server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from demo.fields import FieldSpec
from demo.schema import HostTables, build_schema
from plugin.app import Parts, build
from plugin.domain.enrollment import person_key
from plugin.engine.ports import Entry
from plugin.engine.services import Services
from plugin.engine.surroundings import PRODUCTION
from plugin.settings import Settings
from plugin.storage.database import make_engine
from plugin.storage.dialect import insert_many
from plugin.storage.tables import Tables

PREFIX = "oempro_"
USER_ID, LIST_ID = 1, 1
CITY = FieldSpec(id=1, list_id=LIST_ID, name="City", alias="City")
LEVEL = FieldSpec(id=2, list_id=LIST_ID, name="Level", alias="Level")
CITIES = ("Oslo", "Rome", "Ankara", "Lima")
ENCRYPTION_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

#: condition → field → webhook queued → wait: scenario S2.
JOURNEY = """
format: 1
name: Bench
trigger: {type: Manual}
reentry: {rule: once_at_a_time}
steps:
- action: Decision
  params: {criteria: {any: [{field: CustomField1, operator: is, value: Oslo},
                            {field: CustomField1, operator: is, value: Rome}]}}
  branches:
    'true': [{action: UpdateCustomFieldValue, params: {field: 2, value: gold}}]
    'false': [{action: UpdateCustomFieldValue, params: {field: 2, value: silver}}]
- action: Webhook
  params: {url: 'https://example.com/hook', body: {email: '{{ Subscriber:EmailAddress }}'}}
- action: Wait
  params: {amount: 1, unit: days}
"""


@dataclass
class World:
    """A database with people in it; `statements` are counted while `counting`."""

    url: str
    people: int
    engine: sa.Engine
    tables: Tables
    host: HostTables
    services: Services
    version_id: int = 0
    statements: list[str] = field(default_factory=list)

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """Collect every statement that the add-on sends while the block runs."""
        target = self.add_on_engine

        def note(_c: Any, _cursor: Any, text: str, *_: Any) -> None:
            self.statements.append(text)

        self.statements.clear()
        event.listen(target, "before_cursor_execute", note)
        try:
            yield self.statements
        finally:
            event.remove(target, "before_cursor_execute", note)

    @property
    def add_on_engine(self) -> sa.Engine:
        with self.services.begin() as work:
            engine: sa.Engine = work.store._connection.engine  # type: ignore[attr-defined]
        return engine

    def reset(self) -> None:
        """Everyone due at the first step, nothing written yet."""
        t = self.tables
        with self.engine.begin() as connection:
            for table in (t.enrollments, t.step_log, t.deliveries, t.counters, t.markers):
                connection.exec_driver_sql(f"TRUNCATE TABLE {table.name}")
            connection.exec_driver_sql(
                f"UPDATE {PREFIX}subscribers_{LIST_ID} SET CustomField2=NULL"
            )
        for first in range(1, self.people + 1, 5000):
            self._enroll(range(first, min(first + 5000, self.people + 1)))

    def _enroll(self, ids: Sequence[int]) -> None:
        with self.services.begin() as work:
            now = work.store.now()
            version = work.store.version(self.version_id)
            keys = {i: person_key(USER_ID, address(i)) for i in ids}
            entries = [Entry(version, LIST_ID, i, keys[i], b"p" + keys[i], None) for i in ids]
            work.store.enroll(entries, now)


def address(subscriber_id: int) -> str:
    return f"person{subscriber_id}@example.com"


def make(url: str, people: int) -> World:
    """Create everything in an empty database."""
    engine = make_engine(url)
    tables = Tables("jny_")
    host = build_schema(PREFIX, (CITY, LEVEL))
    settings = Settings(database_url=url, encryption_keys=(ENCRYPTION_KEY,))
    services = build(settings, Parts(around=replace(PRODUCTION, dice=lambda: 0.5)))
    tables.metadata.create_all(engine)
    host.metadata.create_all(engine)
    shard = host.shard(LIST_ID)
    shard.create(engine)
    world = World(url, people, engine, tables, host, services)
    with engine.begin() as connection:
        _fill(connection, host, shard, people)
    journey_id = services.authoring.import_text(USER_ID, JOURNEY, "bench")
    services.authoring.enable(USER_ID, journey_id, "bench")
    with engine.connect() as connection:
        live = sa.select(tables.journeys.c.live_version_id)
        world.version_id = connection.execute(live).scalar_one()
    return world


def _fill(connection: sa.Connection, host: HostTables, shard: sa.Table, people: int) -> None:
    user = {"UserID": USER_ID, "TimeZone": "UTC", "AccountStatus": "Enabled"}
    of_list = {"ListID": LIST_ID, "Name": "Everyone", "RelOwnerUserID": USER_ID}
    for table, row in ((host.users, user), (host.subscriber_lists, of_list)):
        connection.execute(sa.insert(table).values(_complete(table, row)))
    connection.execute(sa.insert(host.custom_fields), [CITY.row(), LEVEL.row()])
    for first in range(1, people + 1, 5000):
        rows = [
            {
                "SubscriberID": i,
                "EmailAddress": address(i),
                "SubscriptionStatus": "Subscribed",
                "BounceType": "Not Bounced",
                "CustomField1": CITIES[i % len(CITIES)],
            }
            for i in range(first, min(first + 5000, people + 1))
        ]
        insert_many(connection, shard, [_complete(shard, row) for row in rows])


def _complete(table: sa.Table, row: dict[str, Any]) -> dict[str, Any]:
    """The row with something in every column that the host leaves without a default."""
    needed = (
        c
        for c in table.c
        if not c.nullable and c.server_default is None and c.default is None and not c.primary_key
    )
    return {c.name: _filler(c) for c in needed} | row


def _filler(column: sa.Column[Any]) -> Any:
    if isinstance(column.type, sa.Enum):
        return column.type.enums[0]
    if isinstance(column.type, (sa.Date, sa.DateTime)):
        return "2026-01-01"
    return 0 if isinstance(column.type, sa.Integer) else ""
