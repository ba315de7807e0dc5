"""What entering needs of our tables where a journey has entry criteria or caps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from plugin.domain.caps import Taken
from plugin.domain.enrollment import EnrollmentId, SubscriberId

if TYPE_CHECKING:
    from plugin.engine.ports import Version


class Made(NamedTuple):
    """An enrollment that was made just now."""

    enrollment_id: EnrollmentId
    subscriber_id: SubscriberId


class Arrival(NamedTuple):
    """When somebody who was let in starts, and why they were let in: a line of the history."""

    made: Made
    starts_at: datetime
    detail: Mapping[str, Any]


class Entrance(Protocol):
    """One statement each (`taken` two, at first three), whatever the number of people."""

    def made(self, journey_id: int, ids: Sequence[SubscriberId], call: int) -> Sequence[Made]:
        """Enrollments of these subscribers that `Store.enroll` has made under this call, in the
        order in which they were given."""

    def taken(self, user_id: int, journey_id: int, now: datetime) -> Taken | None:
        """The window of the last place given, locked until the transaction ends: whoever lets
        people into a journey with caps waits in line here. None: no place was given yet."""

    def give(self, journey_id: int, taken: Taken) -> None:
        """Write where the places have come to. After `taken`."""

    def place(self, arrivals: Sequence[Arrival], now: datetime) -> None:
        """Who starts later than `now` is entering until then; the others are active."""

    def tell(self, version: Version, arrivals: Sequence[Arrival], now: datetime) -> None:
        """The first line of each one's history."""
