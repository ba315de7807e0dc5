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
    "revenue",
)

#: Facts that only we can know: a date of a subscriber has come, a journey picked somebody on its
#: schedule, somebody has gone through a journey to its end. `data.journey_id` is the journey.
DATE_REACHED, PULLED, COMPLETED = "date_reached", "pulled", "journey_completed"
OWN_TYPES = (DATE_REACHED, PULLED, COMPLETED)

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
        ever after; else the host's row id when the reporter knows it (`data.row_id`). A tag or a
        field is told apart by its id, a change also by the value that it led to. What we plan
        happens once in its slot (`data.slot`).
        """
        mark = self._mark()
        if mark is None:
            return None
        fact = f"{self.type} {self.list_id} {self.subscriber_id} {mark}"
        return hashlib.blake2b(fact.encode("utf-8", "surrogatepass"), digest_size=16).digest()

    def _mark(self) -> str | None:
        data = self.data
        second = f"second {int(self.occurred_at.astimezone(UTC).timestamp())}"
        if self.type in _ONE_A_SECOND:
            return second
        if self.type in (DATE_REACHED, PULLED):
            return f"journey {data['journey_id']} slot {data['slot']}"
        if row := data.get("row_id"):
            return f"row {row}"
        if self.type in ("tag", "untag") and "tag_id" in data:
            return f"tag {data['tag_id']} {second}"
        if self.type == "field_changed" and "field_id" in data and "to" in data:
            return f"field {data['field_id']} {second} {as_text(data['to'])}"
        return None

    def may_start(self, journey_id: int) -> bool:
        """What is planned is planned for one journey; no journey follows upon itself."""
        if self.type in (DATE_REACHED, PULLED):
            return bool(self.data.get("journey_id") == journey_id)
        return self.type != COMPLETED or self.data.get("journey_id") != journey_id


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


def as_text(value: object) -> str:
    """A value of an event's data as text; '' when it is not set, whole floats as whole numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)
