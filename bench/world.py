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
from plugin.engine.ports import Entry, Reach, Request, Response, unreached
from plugin.engine.services import Services
from plugin.engine.surroundings import PRODUCTION
from plugin.settings import Settings
from plugin.storage.database import make_engine
from plugin.storage.dialect import insert_many
from plugin.storage.tables import Tables

PREFIX = "oempro_"
USER_ID, LIST_ID = 1, 1
#: An account with few people, who share the machine with those many.
OTHER_USER_ID, OTHER_LIST_ID = 2, 2
OTHERS = 1000
CITY = FieldSpec(id=1, list_id=LIST_ID, name="City", alias="City")
LEVEL = FieldSpec(id=2, list_id=LIST_ID, name="Level", alias="Level")
OTHERS_CITY = FieldSpec(id=3, list_id=OTHER_LIST_ID, name="City", alias="City")
OTHERS_LEVEL = FieldSpec(id=4, list_id=OTHER_LIST_ID, name="Level", alias="Level")
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
    settings: Settings
    version_ids: dict[int, int] = field(default_factory=dict)  #: by account
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
        """Everyone of the first account due at the first step, nothing written yet."""
        self.empty()
        self.enroll(range(1, self.people + 1), USER_ID)

    def empty(self) -> None:
        """Nobody is inside, nothing is written yet."""
        t = self.tables
        written = (t.enrollments, t.step_log, t.deliveries, t.delivery_tries)
        with self.engine.begin() as connection:
            for table in (*written, t.counters, t.markers):
                connection.exec_driver_sql(f"TRUNCATE TABLE {table.name}")
            connection.exec_driver_sql(
                f"UPDATE {PREFIX}subscribers_{LIST_ID} SET CustomField2=NULL"
            )

    def enroll(self, ids: Sequence[int], user_id: int) -> None:
        """Due now, at the first step of the account's journey."""
        for first in range(0, len(ids), 5000):
            self._enroll(ids[first : first + 5000], user_id)

    def _enroll(self, ids: Sequence[int], user_id: int) -> None:
        list_id = LIST_ID if user_id == USER_ID else OTHER_LIST_ID
        with self.services.begin() as work:
            now = work.store.now()
            version = work.store.version(self.version_ids[user_id])
            keys = {i: person_key(user_id, address(i)) for i in ids}
            entries = [Entry(version, list_id, i, keys[i], b"p" + keys[i], None) for i in ids]
            work.store.enroll(entries, now)

    def due_of(self, user_id: int) -> int:
        """How many of an account are due."""
        with self.services.begin() as work:
            now = work.store.now()
        e = self.tables.enrollments.c
        mine = sa.select(sa.func.count()).where(e.user_id == user_id, e.due_at <= now)
        with self.engine.connect() as connection:
            return connection.execute(mine).scalar_one()


def address(subscriber_id: int) -> str:
    return f"person{subscriber_id}@example.com"


class Receiver:
    """Whoever gets the webhooks: answers at once."""

    def send(self, request: Request) -> Response:
        return Response(200, None, b"", None, 0)


def make(url: str, people: int, reach: Reach = unreached) -> World:
    """Create everything in an empty database. `reach` hears of every point that a tick passes."""
    engine = make_engine(url)
    tables = Tables("jny_")
    host = build_schema(PREFIX, (CITY, LEVEL, OTHERS_CITY, OTHERS_LEVEL))
    settings = Settings(database_url=url, encryption_keys=(ENCRYPTION_KEY,))
    around = replace(PRODUCTION, dice=lambda: 0.5, reach=reach)
    services = build(settings, Parts(around=around, transport=Receiver()))
    tables.metadata.create_all(engine)
    host.metadata.create_all(engine)
    world = World(url, people, engine, tables, host, services, settings)
    _account(world, (USER_ID, LIST_ID), (CITY, LEVEL), people)
    _account(world, (OTHER_USER_ID, OTHER_LIST_ID), (OTHERS_CITY, OTHERS_LEVEL), OTHERS)
    return world


def _account(
    world: World, ids: tuple[int, int], fields: tuple[FieldSpec, FieldSpec], people: int
) -> None:
    """An account with one list and one journey, by the same plan."""
    user_id, list_id = ids
    shard = world.host.shard(list_id)
    shard.create(world.engine)
    with world.engine.begin() as connection:
        _fill(connection, world.host, (user_id, list_id), fields)
        _subscribe(connection, shard, fields[0], people)
    text = JOURNEY.replace("CustomField1", fields[0].column).replace(
        "field: 2", f"field: {fields[1].id}"
    )
    journey_id = world.services.authoring.import_text(user_id, text, "bench")
    world.services.authoring.enable(user_id, journey_id, "bench")
    j = world.tables.journeys.c
    with world.engine.connect() as connection:
        live = sa.select(j.live_version_id).where(j.id == journey_id)
        world.version_ids[user_id] = connection.execute(live).scalar_one()


def _fill(
    connection: sa.Connection, host: HostTables, ids: tuple[int, int], fields: Sequence[FieldSpec]
) -> None:
    user_id, list_id = ids
    user = {"UserID": user_id, "TimeZone": "UTC", "AccountStatus": "Enabled"}
    of_list = {"ListID": list_id, "Name": "Everyone", "RelOwnerUserID": user_id}
    for table, row in ((host.users, user), (host.subscriber_lists, of_list)):
        connection.execute(sa.insert(table).values(_complete(table, row)))
    connection.execute(
        sa.insert(host.custom_fields), [f.row() | {"RelOwnerUserID": user_id} for f in fields]
    )


def _subscribe(connection: sa.Connection, shard: sa.Table, city: FieldSpec, people: int) -> None:
    for first in range(1, people + 1, 5000):
        rows = [
            {
                "SubscriberID": i,
                "EmailAddress": address(i),
                "SubscriptionStatus": "Subscribed",
                "BounceType": "Not Bounced",
                city.column: CITIES[i % len(CITIES)],
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
