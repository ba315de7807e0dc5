"""What waiting for events needs of our tables; part of engine.ports."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from plugin.domain.enrollment import EnrollmentId, SubscriberId
from plugin.domain.event import Event, Received

#: `Waiter.looks_to` of somebody for whom a look was taken after their row was committed.
LOOKED = 0
#: While unrouted events may be about somebody, they look again after so long: by how many events
#: there are, and how many a second are routed at least.
SHORTEST, LONGEST = timedelta(seconds=0.5), timedelta(minutes=1)
ROUTED_A_SECOND = 1000


class Waiter(NamedTuple):
    """A passage that waits for an event, as its row says."""

    enrollment_id: EnrollmentId
    user_id: int
    journey_id: int
    step_id: int
    wake_key: bytes  #: 16 bytes; events that may end the wait have the same
    person_key: bytes
    terms: bytes  #: 16 bytes that stand for the step's settings and the zone
    began_at: datetime  #: the wait
    since_at: datetime  #: what happened from then on counts
    until_at: datetime  #: if it arrives before
    #: None: no look has been taken since the row was committed · LOOKED · else the number of the
    #: last event that is to be routed before the look
    looks_to: int | None


class Passage(NamedTuple):
    """Somebody at a step that waits. `waiter` None: they have just come."""

    enrollment_id: EnrollmentId
    step_id: int  #: where they stood when the transaction began
    arrived_at: datetime  #: and since when
    entered_at: datetime
    entry_event_id: int | None
    waiter: Waiter | None


class Unrouted(NamedTuple):
    """What has arrived and is not routed yet. `first` and `received_at` None: nothing."""

    first: int | None  #: the lowest number in the inbox
    received_at: datetime | None  #: when the earliest of them arrived
    last: int  #: the highest number that the inbox has given; 0: none yet

    def pause(self, up_to: int) -> timedelta:
        """How long it may take until all events up to that number are routed: a guess, so that
        nobody looks again and again while there are very many."""
        ahead = 0 if self.first is None else max(0, up_to - self.first)
        return min(LONGEST, max(SHORTEST, timedelta(seconds=ahead / ROUTED_A_SECOND)))

    def is_past(self, moment: datetime) -> bool:
        """Is everything routed that arrived before then?"""
        return self.received_at is None or self.received_at >= moment


class Happened(NamedTuple):
    """Something that happened to a person; `person_key` None: to a row of the list at hand."""

    received: Received
    person_key: bytes | None


class Waiters(Protocol):
    """Who waits for what. Each verb is a constant number of statements, whatever the number of
    people."""

    def passages(self, ids: Collection[EnrollmentId]) -> Mapping[EnrollmentId, Passage]:
        """These people, with their rows if they have any. One statement."""

    def keep(self, waiters: Sequence[Waiter]) -> None:
        """Write their rows, in the place of those that they have. Two statements."""

    def note_looks(self, ids: Collection[EnrollmentId], looks_to: int) -> None:
        """One statement."""

    def unrouted(self) -> Unrouted:
        """Read without a lock, and before the look that it is about: what is routed by then is
        seen by that look. Two statements."""

    def of_people(
        self, user_id: int, people: Collection[bytes], types: Collection[str], since: datetime
    ) -> Sequence[Happened]:
        """What was heard of these people: events of these types that happened from `since` on,
        oldest in the inbox first. One statement."""

    def of_rows(
        self,
        list_id: int,
        ids: Collection[SubscriberId],
        types: Collection[str],
        since: datetime,
    ) -> Sequence[Happened]:
        """What happened to these rows of a list and was not heard, for nobody waited for such
        events then. One statement."""

    # Routing

    def hear(self, people: Mapping[int, bytes], of: Mapping[int, tuple[int, Event]]) -> None:
        """Write down whose these events are: the person by number in the inbox, and the owner
        and the event. One statement."""

    def waiting(self, keys: Collection[bytes]) -> Sequence[Waiter]:
        """Who waits under one of these keys, in the order of their numbers. One statement."""

    def wake(self, ids: Collection[EnrollmentId], now: datetime) -> None:
        """They are due now. Whoever is frozen looks when their journey is turned on. Waits for
        ticks that hold them. One statement."""
