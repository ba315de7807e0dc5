"""What the host reports about a subscriber."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

TYPES = (
    "subscription",
    "unsubscription",
    "open",
    "click",
    "conversion",
    "subscriber_deleted",
    "list_deleted",
    "bounce",
    "complaint",
    "delivery",
    "tag",
    "untag",
    "field_changed",
    "custom",
)

#: Not a fact but work of our own, which nobody can report: people leave one more list.
LEAVE = "leave_list"

#: Facts that happen at most once a second to one subscriber of one list, whoever reports them.
_ONE_A_SECOND = ("subscription", "unsubscription", "subscriber_deleted")


@dataclass(frozen=True, slots=True)
class Event:
    """One fact. `event_id` is the reporter's own; `occurred_at` is aware UTC and may be old."""

    event_id: str
    type: str
    occurred_at: datetime
    list_id: int
    subscriber_id: int
    email: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    hops: int = 0  #: journeys' own causes in a row, for the loop fuse
    origin_enrollment_id: int | None = None

    def natural_key(self) -> bytes | None:
        """16 bytes equal for one fact from two sources; None where nothing tells facts apart.

        The second decides for what happens to a subscriber's own row, which stays the same row
        ever after; else the host's row id when the reporter knows it (`data.row_id`).
        """
        if self.type in _ONE_A_SECOND:
            mark = f"second {int(self.occurred_at.astimezone(UTC).timestamp())}"
        elif row := self.data.get("row_id"):
            mark = f"row {row}"
        else:
            return None
        fact = f"{self.type} {self.list_id} {self.subscriber_id} {mark}"
        return hashlib.blake2b(fact.encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Ages:
    """How long after it happened an event may come and still enroll somebody.

    `facts`: those that are known again however often they are reported, because they have a
    natural key; `others`: the rest.
    """

    facts: timedelta = timedelta(days=30)
    others: timedelta = timedelta(hours=24)

    def limit(self, event: Event) -> timedelta:
        return self.others if event.natural_key() is None else self.facts


USUAL_AGES = Ages()


@dataclass(frozen=True, slots=True)
class Received:
    """An event as it lies in the inbox, under our own number."""

    inbox_id: int
    event: Event
    received_at: datetime
    #: journeys that could not tell yet whether to let somebody in: the rest is done; None: all
    only: frozenset[int] | None = None
