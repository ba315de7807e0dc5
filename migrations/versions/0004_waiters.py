"""Who waits for events, and whose the events are that are waited for."""

from __future__ import annotations

import sqlalchemy as sa

from migrations.columns import BIG, MOMENT, exactly, need, needs, part_of_key
from plugin.storage.migrating import Ddl

revision = "0004"
down_revision = "0003"


def upgrade(ddl: Ddl) -> None:
    ddl.table(
        "waiters",
        part_of_key("enrollment_id", BIG),
        *needs(BIG, "user_id", "journey_id", "step_id"),
        *needs(exactly(16), "wake_key", "person_key", "terms"),
        *needs(MOMENT, "began_at", "since_at", "until_at"),
        sa.Column("looks_to", BIG),
    )
    ddl.index("waiters", "wake_key")
    ddl.index("waiters", "person_key")
    ddl.table(
        "heard",
        part_of_key("event_id", BIG),
        need("user_id", BIG),
        need("person_key", exactly(16)),
        need("occurred_at", MOMENT),
    )
    ddl.index("heard", "person_key", "occurred_at")


def downgrade(ddl: Ddl) -> None:
    ddl.drop("heard", "waiters")
