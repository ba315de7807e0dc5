"""Who has reached which goal of a journey."""

from __future__ import annotations

import sqlalchemy as sa

from migrations.columns import BIG, LONG_TEXT, MOMENT, exactly, need, needs, part_of_key
from plugin.storage.migrating import Ddl

revision = "0005"
down_revision = "0004"


def upgrade(ddl: Ddl) -> None:
    ddl.table(
        "goals_reached",
        part_of_key("enrollment_id", BIG),
        part_of_key("goal_key", exactly(16)),
        *needs(BIG, "user_id", "journey_id", "version_id"),
        need("goal", sa.String(60)),
        *needs(MOMENT, "reached_at", "noted_at"),
        need("noted_call", BIG),
        need("detail", LONG_TEXT),
    )


def downgrade(ddl: Ddl) -> None:
    ddl.drop("goals_reached")
