"""Tables that only the demo has: what the webhook inbox got, what the outbox holds, the spool."""

from __future__ import annotations

from sqlalchemy import Column, Engine, Index, MetaData, String, Table

from demo.column_types import folded, long_text
from demo.columns import index, key, number, numbers, words

_metadata = MetaData()
#: That of the host's own tables: what is joined with them must compare alike.
_HOSTS = "utf8mb4_unicode_ci"

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

#: Messages as rendered. `Envelope` is JSON: from, to, cc, bcc, reply_to, headers, tags,
#: attachments; `Links` too: n, url, words of each tracked link.
outbox = Table(
    "demo_outbox",
    _metadata,
    key("OutboxID"),
    Column("MessageID", String(36), nullable=False),
    *numbers("UserID", "ListID", "SubscriberID", "EmailID", "TracksOpens"),
    *words("MessageKey", "Subject"),
    Column("EmailAddress", folded(250), nullable=False),
    Column("AcceptedAt", String(40), nullable=False),
    *(Column(name, long_text(), nullable=False) for name in ("Envelope", "HTML", "Plain", "Links")),
    Index("demo_outbox_message", "MessageID", unique=True),
    Index("demo_outbox_user", "UserID", "OutboxID"),
    mysql_charset="utf8mb4",
    mysql_collate=_HOSTS,
)

#: What became of each message, oldest first. `What` is a type of event.
outbox_log = Table(
    "demo_outbox_log",
    _metadata,
    key("LogID"),
    Column("MessageID", String(36), nullable=False),
    Column("At", String(40), nullable=False),
    *words("What", "Detail"),
    number("IsAutomated"),
    Index("demo_outbox_log_message", "MessageID", "LogID"),
    mysql_charset="utf8mb4",
    mysql_collate=_HOSTS,
)


def create_own_tables(engine: Engine) -> None:
    """Makes what is missing; keeps what is there."""
    _metadata.create_all(engine)
