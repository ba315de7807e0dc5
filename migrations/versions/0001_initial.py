"""The tables of the first release."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from plugin.storage.migrating import Ddl

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


def upgrade(ddl: Ddl) -> None:
    _journeys(ddl)
    _enrollments(ddl)
    _exits(ddl)
    _plans(ddl)
    _step_log(ddl)
    _deliveries(ddl)
    _receivers(ddl)
    _inbox(ddl)
    _counters(ddl)
    _workers(ddl)
    _access(ddl)
    _audit(ddl)
    _tasks(ddl)


def downgrade(ddl: Ddl) -> None:
    ddl.drop("pulse", "outages", "tasks")
    ddl.drop("audit", "nonces", "sessions", "secrets", "workers", "markers", "counters", "inbox")
    ddl.drop("receivers", "delivery_tries", "deliveries", "step_log", "plans", "exits")
    ddl.drop("enrollment_data", "enrollments")
    ddl.drop("sequences", "changeovers", "versions", "journeys")


def key(name: str = "id") -> sa.Column[Any]:
    return sa.Column(name, BIG, primary_key=True)


def need(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def needs(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [need(name, kind) for name in names]


def part_of_key(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def exactly(size: int) -> Any:
    return sa.LargeBinary(size).with_variant(mysql.BINARY(size), "mysql", "mariadb")


def up_to(size: int) -> Any:
    return sa.LargeBinary(size).with_variant(mysql.VARBINARY(size), "mysql", "mariadb")


def _journeys(ddl: Ddl) -> None:
    ddl.table(
        "journeys",
        key(),
        need("user_id", BIG),
        need("name", sa.String(250)),
        need("notes", sa.Text()),
        need("status", sa.String(16)),
        sa.Column("live_version_id", BIG),
        need("draft", LONG_TEXT),
        *needs(sa.Integer(), "draft_revision", "frozen_mark"),
        sa.Column("thaw", LONG_TEXT),
        *needs(MOMENT, "created_at", "modified_at"),
    )
    ddl.index("journeys", "user_id", "status")
    ddl.index("journeys", "status")
    ddl.table(
        "versions",
        key(),
        *needs(BIG, "user_id", "journey_id"),
        need("number", sa.Integer()),
        need("document", LONG_TEXT),
        need("sha256", exactly(32)),
        need("zone", sa.String(64)),
        need("published_at", MOMENT),
        need("published_by", sa.String(64)),
    )
    ddl.index("versions", "journey_id", "number", name="versions", unique=True)
    _changeovers(ddl)
    ddl.table(
        "sequences",
        part_of_key("user_id", BIG),
        part_of_key("name", sa.String(32)),
        need("next_value", BIG),
    )


def _changeovers(ddl: Ddl) -> None:
    ddl.table(
        "changeovers",
        key(),
        need("user_id", BIG),
        need("journey_id", BIG),
        need("version_id", BIG),
        need("removed", sa.String(8)),
        need("state", sa.String(16)),
        need("total", sa.Integer()),
        need("moved", sa.Integer()),
        need("exited", sa.Integer()),
        need("at_state", sa.SmallInteger()),
        need("after_id", BIG),
        need("started_at", MOMENT),
        need("touched_at", MOMENT),
        sa.Column("finished_at", MOMENT),
    )
    ddl.index("changeovers", "state")
    ddl.index("changeovers", "journey_id")


def _enrollments(ddl: Ddl) -> None:
    ddl.table(
        "enrollments",
        key(),
        *needs(BIG, "user_id", "journey_id", "version_id", "list_id", "subscriber_id"),
        need("person_key", exactly(16)),
        sa.Column("entry_key", up_to(17)),
        sa.Column("reopens_at", MOMENT),
        sa.Column("entry_event_id", BIG),
        sa.Column("origin_enrollment_id", BIG),
        need("state", sa.String(16)),
        need("step_id", BIG),
        sa.Column("due_at", MOMENT),
        sa.Column("frozen_due_at", MOMENT),
        *needs(sa.Integer(), "visit", "epoch"),
        *needs(sa.SmallInteger(), "attempts", "hops"),
        sa.Column("cause", sa.String(64)),
        sa.Column("cause_text", sa.String(500)),
        sa.Column("end_reason", sa.String(64)),
        *needs(MOMENT, "entered_at", "arrived_at"),
        sa.Column("ended_at", MOMENT),
    )
    ddl.index("enrollments", "journey_id", "entry_key", name="enrollments_entry", unique=True)
    ddl.index("enrollments", "user_id", "due_at")
    claim = ("version_id", "step_id", "list_id", "due_at", "state")
    ddl.index("enrollments", *claim, name="enrollments_claim")
    ddl.index("enrollments", "user_id", "journey_id", "state")
    ddl.index("enrollments", "user_id", "person_key")
    ddl.index("enrollments", "journey_id", "subscriber_id")
    ddl.table(
        "enrollment_data",
        part_of_key("enrollment_id", BIG),
        need("user_id", BIG),
        sa.Column("event", LONG_TEXT),
        need("too_large", sa.SmallInteger()),
        sa.Column("kept", LONG_TEXT),
    )


def _exits(ddl: Ddl) -> None:
    ddl.table(
        "exits",
        key(),
        *needs(BIG, "user_id", "enrollment_id"),
        need("reason", sa.String(64)),
        sa.Column("by_journey_id", BIG),
        sa.Column("by_enrollment_id", BIG),
        sa.Column("by_step_id", BIG),
        need("noted_at", MOMENT),
    )
    ddl.index("exits", "enrollment_id")


def _plans(ddl: Ddl) -> None:
    ddl.table(
        "plans",
        part_of_key("journey_id", BIG),
        need("user_id", BIG),
        need("version_id", BIG),
        need("trigger", sa.String(40)),
        need("slot", sa.String(40)),
        sa.Column("due_at", MOMENT),
        need("place", LONG_TEXT),
    )
    ddl.index("plans", "due_at")


def _step_log(ddl: Ddl) -> None:
    ddl.table(
        "step_log",
        part_of_key("enrollment_id", BIG),
        part_of_key("visit", sa.Integer()),
        part_of_key("logged_on", sa.Date()),
        *needs(BIG, "user_id", "journey_id", "version_id", "step_id"),
        need("action", sa.String(40)),
        need("outcome", sa.String(16)),
        sa.Column("branch", sa.String(40)),
        need("logged_at", MOMENT),
        sa.Column("detail", LONG_TEXT),
    )


def _deliveries(ddl: Ddl) -> None:
    ddl.table(
        "deliveries",
        key(),
        *needs(BIG, "user_id", "journey_id", "enrollment_id"),
        need("visit", sa.Integer()),
        need("step_id", BIG),
        need("kind", sa.String(16)),
        need("delivery_key", sa.String(36)),
        need("method", sa.String(8)),
        need("url", sa.Text()),
        need("headers", LONG_TEXT),
        need("body", sa.LargeBinary(2**24 - 1)),
        need("receiver_id", BIG),
        sa.Column("secret_name", sa.String(64)),
        sa.Column("terms", LONG_TEXT),
        need("awaited", sa.SmallInteger()),
        need("state", sa.String(16)),
        need("attempts", sa.SmallInteger()),
        sa.Column("earlier", sa.SmallInteger()),
        sa.Column("next_at", MOMENT),
        sa.Column("status", sa.SmallInteger()),
        sa.Column("error", sa.String(64)),
        sa.Column("result", LONG_TEXT),
        need("created_at", MOMENT),
        sa.Column("finished_at", MOMENT),
    )
    ddl.index("deliveries", "receiver_id", "next_at")
    ddl.index("deliveries", "enrollment_id", "visit", name="deliveries_visit", unique=True)
    ddl.index("deliveries", "user_id", "journey_id", "state")
    ddl.table(
        "delivery_tries",
        part_of_key("delivery_id", BIG),
        part_of_key("attempt", sa.SmallInteger()),
        need("user_id", BIG),
        need("tried_at", MOMENT),
        sa.Column("status", sa.SmallInteger()),
        sa.Column("error", sa.String(64)),
        need("took_ms", sa.Integer()),
        sa.Column("answer", sa.Text()),
        sa.Column("next_at", MOMENT),
    )


def _receivers(ddl: Ddl) -> None:
    ddl.table(
        "receivers",
        key(),
        need("user_id", BIG),
        need("host", sa.String(255)),
        need("faults", sa.Integer()),
        sa.Column("open_until", MOMENT),
        need("served_at", MOMENT),
    )
    ddl.index("receivers", "user_id", "host", name="receivers", unique=True)


def _inbox(ddl: Ddl) -> None:
    ddl.table(
        "inbox",
        key(),
        need("source", up_to(32)),
        need("event_id", up_to(64)),
        need("body_hash", exactly(16)),
        sa.Column("natural_key", exactly(16)),
        need("type", sa.String(32)),
        *needs(BIG, "list_id", "subscriber_id"),
        sa.Column("email", sa.String(250)),
        *needs(MOMENT, "occurred_at", "received_at"),
        need("data", LONG_TEXT),
        need("state", sa.String(16)),
        sa.Column("reason", sa.String(64)),
        sa.Column("origin_enrollment_id", BIG),
        need("hops", sa.SmallInteger()),
    )
    ddl.index("inbox", "source", "event_id", name="inbox_event", unique=True)
    ddl.index("inbox", "natural_key", name="inbox_fact", unique=True)
    ddl.index("inbox", "state", "id")


def _counters(ddl: Ddl) -> None:
    ddl.table(
        "counters",
        key(),
        *needs(BIG, "user_id", "journey_id", "version_id", "step_id"),
        need("counted_on", sa.Date()),
        need("figure", sa.String(16)),
        need("remark", sa.String(64)),
        need("n", sa.Integer()),
    )
    figures = ("user_id", "journey_id", "figure", "step_id", "remark", "n")
    ddl.index("counters", *figures, name="counters_figures")


def _workers(ddl: Ddl) -> None:
    ddl.table(
        "markers",
        key(),
        need("worker", sa.String(64)),
        need("state", sa.String(16)),
        need("enrollment_ids", LONG_TEXT),
        need("crashes", sa.SmallInteger()),
        need("seen_at", MOMENT),
    )
    ddl.index("markers", "state")
    ddl.table(
        "workers",
        sa.Column("worker", sa.String(64), primary_key=True),
        *needs(MOMENT, "started_at", "seen_at"),
        need("ticks", BIG),
    )


def _access(ddl: Ddl) -> None:
    ddl.table(
        "secrets",
        key(),
        need("user_id", BIG),
        need("name", sa.String(64)),
        need("ciphertext", sa.Text()),
        need("created_at", MOMENT),
    )
    ddl.index("secrets", "user_id", "name", name="secrets", unique=True)
    ddl.table(
        "sessions",
        sa.Column("id_hash", exactly(32), primary_key=True),
        need("user_id", BIG),
        need("rights", sa.String(64)),
        need("zone", sa.String(64)),
        need("language", sa.String(16)),
        need("home", sa.String(500)),
        *needs(MOMENT, "created_at", "seen_at"),
    )
    ddl.index("sessions", "seen_at")
    ddl.table(
        "nonces",
        sa.Column("nonce_hash", exactly(32), primary_key=True),
        need("used_at", MOMENT),
    )


def _audit(ddl: Ddl) -> None:
    ddl.table(
        "audit",
        key(),
        need("at", MOMENT),
        need("user_id", BIG),
        need("actor", sa.String(64)),
        need("act", sa.String(64)),
        sa.Column("journey_id", BIG),
        need("detail", LONG_TEXT),
    )
    ddl.index("audit", "user_id", "id")


def _tasks(ddl: Ddl) -> None:
    ddl.table(
        "tasks",
        key(),
        *needs(BIG, "user_id", "journey_id"),
        need("kind", sa.String(16)),
        sa.Column("cause", sa.String(64)),
        sa.Column("step_id", BIG),
        need("actor", sa.String(64)),
        need("ordered_at", MOMENT),
        need("people", sa.Integer()),
        need("after_id", BIG),
        need("done", sa.Integer()),
        sa.Column("finished_at", MOMENT),
        sa.Column("error", sa.String(64)),
    )
    ddl.index("tasks", "finished_at", "id")
    ddl.index("tasks", "user_id", "journey_id")
    ddl.table(
        "outages",
        key(),
        *needs(MOMENT, "began_at", "noticed_at"),
        need("kind", sa.String(16)),
        *needs(MOMENT, "due_before", "until"),
        need("people", sa.Integer()),
        sa.Column("finished_at", MOMENT),
    )
    ddl.table("pulse", part_of_key("id", sa.Integer()), need("seen_at", MOMENT))
