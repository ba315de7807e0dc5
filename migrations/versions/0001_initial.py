"""The tables of the first release."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from migrations.columns import BIG, LONG_TEXT, MOMENT, exactly, key, need, needs, part_of_key, up_to
from plugin.storage.migrating import Ddl

revision = "0001"
down_revision = None


def upgrade(ddl: Ddl) -> None:
    _journeys(ddl)
    _enrollments(ddl)
    _exits(ddl)
    _step_log(ddl)
    _deliveries(ddl)
    _inbox(ddl)
    _counters(ddl)
    _workers(ddl)
    _access(ddl)
    _audit(ddl)


def downgrade(ddl: Ddl) -> None:
    ddl.drop("audit", "nonces", "sessions", "secrets", "workers", "markers")
    ddl.drop("past_figures", "counters", "inbox")
    ddl.drop("delivery_tries", "deliveries", "step_log", "exits")
    ddl.drop("enrollment_data", "enrollments")
    ddl.drop("sequences", "versions", "journeys")


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
        need("exit_rules", sa.SmallInteger()),
        need("published_at", MOMENT),
        need("published_by", sa.String(64)),
    )
    ddl.index("versions", "journey_id", "number", name="versions", unique=True)
    ddl.index("versions", "exit_rules", "user_id")
    ddl.table(
        "sequences",
        part_of_key("user_id", BIG),
        part_of_key("name", sa.String(32)),
        need("next_value", BIG),
    )


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
        sa.Column("entry_call", BIG),
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
        sa.Column("kept_since", MOMENT),
    )
    ddl.index("enrollments", "entry_event_id")
    ddl.index("enrollments", "kept_since")
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
        sa.Column("detail", LONG_TEXT),
        need("noted_at", MOMENT),
    )
    ddl.index("exits", "enrollment_id")


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
        sa.Column("held_for", LONG_TEXT),
        sa.Column("origin_enrollment_id", BIG),
        need("hops", sa.SmallInteger()),
    )
    ddl.index("inbox", "source", "event_id", name="inbox_event", unique=True)
    ddl.index("inbox", "natural_key", name="inbox_fact", unique=True)
    ddl.index("inbox", "state", "id")
    ddl.index("inbox", "list_id", "subscriber_id", "type")


def _counters(ddl: Ddl) -> None:
    ddl.table(
        "counters",
        key(),
        *_what_is_counted(),
        need("n", sa.Integer()),
        sa.Column("counted_at", MOMENT),
        sa.Column("sum_key", exactly(16)),
    )
    figures = ("user_id", "journey_id", "figure", "step_id", "remark", "n")
    ddl.index("counters", *figures, "counted_on", "version_id", name="counters_figures")
    ddl.index("counters", "sum_key", name="counters_sum", unique=True)
    ddl.index("counters", "counted_at")
    ddl.index("counters", "counted_on", "figure", "n")
    ddl.table(
        "past_figures",
        key(),
        *_what_is_counted(),
        need("n", sa.Integer()),
        need("sum_key", exactly(16)),
    )
    ddl.index("past_figures", "sum_key", name="past_figures_sum", unique=True)
    ddl.index("past_figures", "user_id", "journey_id")


def _what_is_counted() -> list[sa.Column[Any]]:
    return [
        *needs(BIG, "user_id", "journey_id", "version_id", "step_id"),
        need("counted_on", sa.Date()),
        need("figure", sa.String(16)),
        need("remark", sa.String(64)),
    ]


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
