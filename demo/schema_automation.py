"""Tables of the host's own automation: autoresponders, and the e-mails that they have queued."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Column

from demo.column_types import ZERO_DATETIME, folded, long_text
from demo.columns import choice, index, key, moment, number, numbers, words
from demo.schema_parts import Items

TRIGGER_TYPES = (
    "OnSubscription",
    "OnSubscriberLinkClick",
    "OnSubscriberCampaignOpen",
    "OnSubscriberCampaignConversion",
    "OnSubscriberForwardToFriend",
    "OnSubscriberDate",
)
TRIGGER_TIMES = (
    "Immediately",
    "Seconds later",
    "Minutes later",
    "Hours later",
    "Days later",
    "Weeks later",
    "Months later",
)
_QUEUE_STATUSES = ("Pending", "Sending", "Sent", "Failed", "Delivered", "Bounced")


def _auto_responders(table: str) -> Items:
    return [
        key("AutoResponderID"),
        *words("AutoResponderName"),
        *numbers("RelOwnerUserID", "RelListID", "RelSegmentID", "RelEmailID"),
        choice("AutoResponderTriggerType", *TRIGGER_TYPES),
        *words("AutoResponderTriggerValue", "AutoResponderTriggerValue2"),
        choice("TriggerTimeType", *TRIGGER_TIMES),
        number("TriggerTime"),
        choice("Status", "Enabled", "Disabled"),
        *words("Repeat"),
        moment("CreatedOn", default=ZERO_DATETIME),
        *index("idx_list", "RelListID", table=table),
    ]


def _transactional_email_queue(table: str) -> Items:
    """One row per e-mail and person; `QueuedAt` is when the autoresponder started for them."""
    return [
        key("QueueID"),
        *numbers("RelOwnerUserID", "RelListID", "RelSubscriberID"),
        *numbers("RelAutoResponderID", "RelEmailID"),
        Column("EmailAddress", folded(250), nullable=False),
        moment("QueuedAt", default=ZERO_DATETIME),
        moment("TimeToSend", default=ZERO_DATETIME),
        choice("Status", *_QUEUE_STATUSES),
        Column("StatusMessage", long_text()),
        *index("idx_subscriber", "RelListID", "RelSubscriberID", table=table),
    ]


#: How to make the columns of each table from its full name.
AUTOMATION: dict[str, Callable[[str], Items]] = {
    "auto_responders": _auto_responders,
    "transactional_email_queue": _transactional_email_queue,
}
