"""The tables of what workers do in the background, in parts, and of whose turn it is."""

from __future__ import annotations

import sqlalchemy as sa

from migrations.columns import BIG, LONG_TEXT, MOMENT, key, need, needs, part_of_key
from plugin.storage.migrating import Ddl

revision = "0002"
down_revision = "0001"


def upgrade(ddl: Ddl) -> None:
    _changeovers(ddl)
    _plans(ddl)
    _receivers(ddl)
    _entering(ddl)
    _tasks(ddl)


def downgrade(ddl: Ddl) -> None:
    ddl.drop("pulse", "outages", "tasks", "rounds", "caps", "receivers", "plans", "changeovers")


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


def _entering(ddl: Ddl) -> None:
    ddl.table(
        "caps",
        part_of_key("journey_id", BIG),
        need("user_id", BIG),
        need("hour_at", MOMENT),
        need("in_hour", BIG),
        need("day_at", MOMENT),
        need("in_day", BIG),
    )
    ddl.table(
        "rounds",
        part_of_key("name", sa.String(32)),
        need("began_at", MOMENT),
        sa.Column("place", LONG_TEXT),
    )


def _tasks(ddl: Ddl) -> None:
    ddl.table(
        "tasks",
        key(),
        *needs(BIG, "user_id", "journey_id"),
        need("kind", sa.String(16)),
        sa.Column("cause", sa.String(64)),
        sa.Column("step_id", BIG),
        sa.Column("terms", LONG_TEXT),
        need("actor", sa.String(64)),
        need("ordered_at", MOMENT),
        need("people", sa.Integer()),
        need("after_id", BIG),
        need("done", sa.Integer()),
        sa.Column("place", LONG_TEXT),
        sa.Column("next_at", MOMENT),
        sa.Column("halted", sa.String(64)),
        sa.Column("halted_text", sa.String(500)),
        sa.Column("finished_at", MOMENT),
        sa.Column("error", sa.String(64)),
    )
    ddl.index("tasks", "next_at")
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
