"""The tables of the messages that journeys send, and of how many may be sent."""

from __future__ import annotations

import sqlalchemy as sa

from migrations.columns import BIG, LONG_TEXT, MOMENT, exactly, key, need, needs, part_of_key
from plugin.storage.migrating import Ddl

revision = "0003"
down_revision = "0002"


def upgrade(ddl: Ddl) -> None:
    _messages(ddl)
    _sending(ddl)


def downgrade(ddl: Ddl) -> None:
    ddl.drop("account_settings", "sending", "messages")


def _messages(ddl: Ddl) -> None:
    ddl.table(
        "messages",
        key(),
        *needs(BIG, "user_id", "journey_id", "version_id", "step_id", "enrollment_id"),
        need("visit", sa.Integer()),
        *needs(BIG, "list_id", "subscriber_id"),
        need("person_key", exactly(16)),
        need("email_id", BIG),
        need("delivery_key", sa.String(36)),
        sa.Column("host_message_id", sa.String(190)),
        need("state", sa.String(16)),
        sa.Column("reason", sa.String(64)),
        *needs(MOMENT, "asked_at", "place_at"),
        *(
            sa.Column(name, MOMENT)
            for name in ("sent_at", "delivered_at", "opened_at", "clicked_at", "converted_at")
        ),
        sa.Column("bounced_at", MOMENT),
        sa.Column("bounce_type", sa.String(16)),
        sa.Column("complained_at", MOMENT),
        sa.Column("unsubscribed_at", MOMENT),
        need("revenue", BIG),
    )
    ddl.index("messages", "delivery_key", name="messages_key", unique=True)
    ddl.index("messages", "enrollment_id", "step_id")
    ddl.index("messages", "host_message_id")
    ddl.index("messages", "list_id", "subscriber_id", "email_id")
    ddl.index("messages", "user_id", "person_key", "sent_at")


def _sending(ddl: Ddl) -> None:
    ddl.table(
        "sending",
        part_of_key("user_id", BIG),
        part_of_key("journey_id", BIG),
        *(column for span in ("minute", "hour") for column in _window(span)),
        need("line_at", MOMENT),
    )
    ddl.table(
        "account_settings",
        part_of_key("user_id", BIG),
        need("sending", LONG_TEXT),
        need("changed_at", MOMENT),
    )


def _window(span: str) -> tuple[sa.Column[object], sa.Column[object]]:
    return need(f"{span}_at", MOMENT), need(f"in_{span}", BIG)
