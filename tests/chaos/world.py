"""The world of the crash tests: one list, its people, one journey, and how everybody stands."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from cryptography.fernet import Fernet

from demo.fields import FieldSpec
from demo.schema import HostTables, build_schema
from demo.signing import new_secret
from plugin.app import build
from plugin.settings import Settings
from plugin.storage.database import make_engine
from plugin.storage.dialect import insert_many
from plugin.storage.migrating import migrate
from tests.chaos.expected import CITIES, Fate, Person, Sent

PREFIX = "oempro_"
USER_ID, LIST_ID = 1, 1
FIELDS = (
    FieldSpec(id=1, list_id=LIST_ID, name="City", alias="City"),
    FieldSpec(id=2, list_id=LIST_ID, name="Level", alias="Level"),
    FieldSpec(id=3, list_id=0, name="Marks", alias="Marks"),
)

#: What a step writes depends on what was there: a step that ran twice would show.
JOURNEY = """
format: 1
name: Every way
trigger: {type: ListSubscription, params: {list_ids: [1]}}
reentry: {rule: once_at_a_time}
steps:
- action: Decision
  params: {criteria: {any: [{field: CustomField1, operator: is, value: Oslo},
                            {field: CustomField1, operator: is, value: Rome}]}}
  branches:
    'true':
    - action: UpdateCustomFieldValue
      params: {field: 2, value: '{{ Subscriber:CustomField2 }}+gold'}
    'false':
    - action: UpdateCustomFieldValue
      params: {field: 2, value: '{{ Subscriber:CustomField2 }}+silver'}
- action: Webhook
  params:
    url: '%s'
    body: {email: '{{ Subscriber:EmailAddress }}', level: '{{ Subscriber:CustomField2 }}'}
- action: Wait
  params: {amount: 2, unit: seconds}
- action: UpdateCustomFieldValue
  params: {field: 3, value: '{{ Subscriber:CustomField3 }}+done'}
"""

#: Nothing is left to do when all of these are 0.
WORK_LEFT = {
    "events to route": "SELECT COUNT(*) FROM jny_inbox WHERE state = 'new'",
    "people inside": "SELECT COUNT(*) FROM jny_enrollments WHERE state <> 'ended'",
    "deliveries": "SELECT COUNT(*) FROM jny_deliveries WHERE next_at IS NOT NULL",
    "marks of workers": "SELECT COUNT(*) FROM jny_markers",
}

PAUSING = (
    "SELECT id FROM jny_deliveries WHERE state = 'new' AND next_at > UTC_TIMESTAMP(6)"
    " FOR UPDATE SKIP LOCKED"
)


@dataclass(frozen=True)
class Place:
    """Where everything is: the database, Redis ("" for none), the receiver, the files."""

    database_url: str
    redis_url: str
    receiver_port: int
    directory: Path

    @property
    def receiver(self) -> str:
        return f"127.0.0.1:{self.receiver_port}"


@dataclass
class World:
    """A database with its people, and the configuration of all processes that work on it."""

    place: Place
    people: Sequence[Person]
    hook_secret: str = field(default_factory=new_secret)
    webhook_secret: str = field(default_factory=new_secret)
    encryption_key: str = field(default_factory=lambda: Fernet.generate_key().decode())
    knobs: Mapping[str, Any] = field(default_factory=dict)
    journey: str = JOURNEY  #: its text; a %s in it is the receiver's address

    def __post_init__(self) -> None:
        self.engine = make_engine(self.place.database_url)
        self.place.directory.mkdir(parents=True, exist_ok=True)

    @property
    def config(self) -> Path:
        """The file that JOURNEYS_CONFIG names."""
        return self.place.directory / "journeys.yaml"

    def settings(self) -> dict[str, Any]:
        """By the names of the configuration file. Small ticks: more moments to be killed at."""
        return {
            "database_url": self.place.database_url,
            "redis_url": self.place.redis_url,
            "hook_secrets": self.hook_secret,
            "encryption_keys": self.encryption_key,
            "allowed_hosts": self.place.receiver,
            "tick_rows": 60,
            "intake_rows": 80,
            "delivery_seconds": 2.0,
            "deliveries_per_receiver": 16,
            "sweep_idle_seconds": 0.5,
            **self.knobs,
        }

    def create(self) -> None:
        """The host's tables with people, our tables with the journey, turned on."""
        values = self.settings()
        self.config.write_text(yaml.safe_dump(values))
        settings = Settings.from_mapping(
            {f"JOURNEYS_{k.upper()}": str(v) for k, v in values.items()}
        )
        migrate(self.engine, settings.table_prefix)
        host = build_schema(PREFIX, FIELDS)
        host.metadata.create_all(self.engine)
        host.shard(LIST_ID).create(self.engine)
        with self.engine.begin() as connection:
            _fill(connection, host, self.people)
        services = build(settings)
        ciphertext = Fernet(self.encryption_key).encrypt(self.webhook_secret.encode()).decode()
        with services.begin() as work:
            work.library.add_secret(USER_ID, "default", ciphertext, services.wall_clock())
        text = self.journey.replace("%s", f"http://{self.place.receiver}/in")
        services.authoring.enable(
            USER_ID, services.authoring.import_text(USER_ID, text, "test"), "test"
        )

    def work_left(self) -> dict[str, int]:
        """What is still to be done, by its name; {} when all is done."""
        with self.engine.begin() as connection:
            counts = {
                name: connection.exec_driver_sql(query).scalar_one()
                for name, query in WORK_LEFT.items()
            }
        return {name: count for name, count in counts.items() if count}

    def hurry(self) -> None:
        """Turn the clock for deliveries that pause before their next attempt, and for receivers
        that are left alone. Waits for nobody."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE jny_receivers SET open_until = UTC_TIMESTAMP(6)"
                " WHERE open_until > UTC_TIMESTAMP(6)"
            )
            pausing = connection.exec_driver_sql(PAUSING).scalars().all()
            if pausing:
                ids = ",".join(map(str, pausing))
                connection.exec_driver_sql(
                    f"UPDATE jny_deliveries SET next_at = UTC_TIMESTAMP(6) WHERE id IN ({ids})"
                )

    def fates(self) -> dict[int, Fate]:
        """How everybody stands, by subscriber."""
        history, sent = self._history(), self._sent()
        enrollments = self._grouped(
            "SELECT subscriber_id, state, end_reason, visit FROM jny_enrollments"
        )
        marks = self._grouped(
            f"SELECT s.SubscriberID, v.ValueText FROM {PREFIX}custom_field_values v"
            f" JOIN {PREFIX}subscribers_{LIST_ID} s ON s.EmailAddress = v.EmailAddress"
            " WHERE v.RelFieldID = 3"
        )
        levels = self._rows(f"SELECT SubscriberID, CustomField2 FROM {PREFIX}subscribers_{LIST_ID}")
        return {
            i: Fate(
                level=level,
                marks=tuple(mark for (mark,) in marks[i]),
                enrollments=tuple(enrollments[i]),
                history=tuple(history[i]),
                sent=tuple(sent[i]),
            )
            for i, level in levels
        }

    def counters(self) -> dict[tuple[int, str, str], int]:
        """The figures that pages show: (step, figure, remark) to their sum."""
        rows = self._rows(
            "SELECT step_id, figure, remark, CAST(SUM(n) AS SIGNED) FROM jny_counters"
            " GROUP BY 1, 2, 3"
        )
        return {(step, figure, remark): n for step, figure, remark, n in rows}

    def keys(self) -> dict[str, str]:
        """The delivery key of each address."""
        rows = self._rows(
            f"SELECT s.EmailAddress, d.delivery_key FROM {PREFIX}subscribers_{LIST_ID} s"
            " JOIN jny_enrollments e ON e.subscriber_id = s.SubscriberID"
            " JOIN jny_deliveries d ON d.enrollment_id = e.id"
        )
        return dict(rows)

    def living_workers(self) -> int:
        """Workers that beat and have not ended in order."""
        return int(self._rows("SELECT COUNT(*) FROM jny_workers")[0][0])

    def _history(self) -> Mapping[int, list[Any]]:
        return self._grouped(
            "SELECT e.subscriber_id, l.visit, l.step_id, l.action, l.outcome, l.branch"
            " FROM jny_step_log l JOIN jny_enrollments e ON e.id = l.enrollment_id"
            " ORDER BY l.enrollment_id, l.visit"
        )

    def _sent(self) -> Mapping[int, list[Sent]]:
        found = self._grouped(
            "SELECT e.subscriber_id, d.visit, d.state, d.body"
            " FROM jny_deliveries d JOIN jny_enrollments e ON e.id = d.enrollment_id"
        )
        return defaultdict(list, {i: [Sent(*row) for row in rows] for i, rows in found.items()})

    def _grouped(self, query: str) -> Mapping[int, list[Any]]:
        """Rows without their first column, by it."""
        grouped: dict[int, list[Any]] = defaultdict(list)
        for first, *rest in self._rows(query):
            grouped[first].append(tuple(rest))
        return grouped

    def _rows(self, query: str) -> Sequence[sa.Row[Any]]:
        with self.engine.begin() as connection:
            return connection.exec_driver_sql(query).all()


def make_people(count: int, seed: int) -> list[Person]:
    """So many people with cities by seed."""
    dice = random.Random(f"people {seed}")
    return [Person(i, f"person{i}@example.com", dice.choice(CITIES)) for i in range(1, count + 1)]


def _fill(connection: sa.Connection, host: HostTables, people: Sequence[Person]) -> None:
    user = {"UserID": USER_ID, "TimeZone": "UTC", "AccountStatus": "Enabled"}
    of_list = {"ListID": LIST_ID, "Name": "Everyone", "RelOwnerUserID": USER_ID}
    for table, row in ((host.users, user), (host.subscriber_lists, of_list)):
        connection.execute(sa.insert(table).values(_complete(table, row)))
    connection.execute(sa.insert(host.custom_fields), [f.row() for f in FIELDS])
    shard = host.shard(LIST_ID)
    rows = [
        _complete(
            shard,
            {
                "SubscriberID": person.id,
                "EmailAddress": person.email,
                "SubscriptionStatus": "Subscribed",
                "BounceType": "Not Bounced",
                "CustomField1": person.city,
                "CustomField2": person.first_level,
            },
        )
        for person in people
    ]
    insert_many(connection, shard, rows)


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
