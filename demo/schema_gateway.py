"""Tables of the host's e-mail gateway: sender domains, their keys, and the queue."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Column, String

from demo.column_types import ZERO_DATE, ZERO_DATETIME, folded, long_text
from demo.columns import choice, index, key, moment, number, numbers, words
from demo.schema_parts import Items

DOMAIN_STATUSES = (*("Approval Pending", "Enabled", "Disabled", "Suspended", "Blocked", "Deleted"),)
QUEUE_STATUSES = ("Pending", "Sent", "Delivered", "Failed")


def _sender_domains(table: str) -> Items:
    """`Options` holds OpenTracking, LinkTracking and UnsubscribeLink as 1 or 0."""
    return [
        key("DomainID"),
        Column("SenderDomain", folded(250), nullable=False),
        number("UserID"),
        moment("CreatedAt"),
        choice("Status", *DOMAIN_STATUSES),
        moment("LastVerifiedAt"),
        *(Column(name, long_text()) for name in ("VerificationMeta", "PolicyMeta", "Options")),
        *words("SigningKey", length=64),
        *index("idx_user", "UserID", table=table),
    ]


def _eg_api_keys(table: str) -> Items:
    return [
        key("APIKeyID"),
        *numbers("UserID", "DomainID"),
        *words("APIKey", "Description"),
        choice("Status", "Enabled", "Disabled"),
        moment("CreatedAt"),
        *index("idx_key", "APIKey", table=table),
        *index("idx_user_domain", "UserID", "DomainID", "Status", table=table),
    ]


def _eg_queue(table: str) -> Items:
    """One row per message that the gateway has taken; `MessageID` is what the caller was told."""
    return [
        key("QueueID"),
        Column("MessageID", String(36), nullable=False),
        *numbers("UserID", "DomainID", "RelListID", "RelSubscriberID"),
        *numbers("RelJourneyID", "RelActionID"),
        Column("EmailAddress", folded(250), nullable=False),
        *words("RecipientDomain", "Subject"),
        choice("Status", *QUEUE_STATUSES),
        Column("StatusMessage", long_text()),
        moment("QueuedAt", default=ZERO_DATETIME),
        moment("QueuedAtDay", "date", ZERO_DATE),
        moment("SendAt", default=ZERO_DATETIME),
        moment("ProcessedAt"),
        number("MessageSizeBytes"),
        *index("idx_message", "MessageID", table=table),
        *index("idx_status", "Status", "SendAt", table=table),
        *index("idx_user_day", "UserID", "QueuedAtDay", table=table),
    ]


#: How to make the columns of each table from its full name.
GATEWAY: dict[str, Callable[[str], Items]] = {
    "sender_domains": _sender_domains,
    "eg_api_keys": _eg_api_keys,
    "eg_queue": _eg_queue,
}
