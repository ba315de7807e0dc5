"""Tables that only the demo has: what the webhook inbox got, and events still to be delivered."""

from __future__ import annotations

from sqlalchemy import Column, Engine, Index, MetaData, String, Table

from demo.column_types import long_text
from demo.columns import index, key, number, words

_metadata = MetaData()

inbox = Table(
    "demo_inbox",
    _metadata,
    key("ItemID"),
    Column("ReceivedAt", String(40), nullable=False),
    *words("Method", "WebhookID", "Signature"),
    Column("Path", long_text(), nullable=False),
    Column("Headers", long_text(), nullable=False),
    Column("Body", long_text(), nullable=False),
    number("Answered"),
    *index("idx_webhook", "WebhookID", table="demo_inbox"),
    mysql_charset="utf8mb4",
)

spool = Table(
    "demo_spool",
    _metadata,
    key("SpoolID"),
    Column("EventID", String(64), nullable=False),
    Column("Payload", long_text(), nullable=False),
    Column("Refused", long_text()),
    Index("demo_spool_event", "EventID", unique=True),
    mysql_charset="utf8mb4",
)


def create_own_tables(engine: Engine) -> None:
    """Makes what is missing; keeps what is there."""
    _metadata.create_all(engine)
