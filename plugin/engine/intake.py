"""Events in, enrollments out: kept first, then routed in bulk to the journeys that they start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from plugin.domain.event import USUAL_AGES, Ages, Event
from plugin.engine.entering import KeyOf, by_person
from plugin.engine.listening import Listening
from plugin.engine.ports import Begin, Wakeup
from plugin.engine.redo import redo
from plugin.engine.routing import Kinds, Routing
from plugin.engine.surroundings import PRODUCTION, Surroundings

#: Events of a list that cannot be read are looked at again this often, in seconds.
RELEASE_SECONDS = 300.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Taking:
    """Events routed in one transaction, and how old they may be."""

    rows: int = 1000
    ages: Ages = USUAL_AGES


class Intake:
    """Accepts events and routes them. Routing is claimed by row locks, as ticks are."""

    def __init__(
        self,
        begin: Begin,
        listening: Listening,
        wake: Wakeup,
        key_of: KeyOf = by_person,
        taking: Taking = Taking(),
        around: Surroundings = PRODUCTION,
    ) -> None:
        self._begin, self._listening, self._wake = begin, listening, wake
        self._key_of, self._taking, self._around = key_of, taking, around
        self._released_at = around.monotonic()

    def accept(self, source: str, events: Sequence[Event]) -> tuple[int, int]:
        """Keep events; when this returns they are committed. Answers (new, duplicate).

        Raises Conflict when a known id comes with other content, Unavailable.
        """
        counts = self._redo(lambda: self._append(source, events))
        self._around.reach("ingest.after_commit")
        self._wake()
        self._around.reach("ingest.after_wake")
        return counts

    def route(self) -> int:
        """Enroll from the oldest new events, in one transaction. Answers how many events."""
        return self._redo(self._route)

    def _append(self, source: str, events: Sequence[Event]) -> tuple[int, int]:
        with self._begin() as work:
            counts = work.inbox.append(source, events, self._around.clock(work))
            self._around.reach("ingest.before_commit")
        return counts

    def _redo(self, unit: Callable[[], T]) -> T:
        return redo(unit, self._around)

    def _route(self) -> int:
        with self._begin() as work:
            if self._around.monotonic() - self._released_at > RELEASE_SECONDS:
                self._released_at = self._around.monotonic()
                work.inbox.release()
            received = work.inbox.take(self._taking.rows)
            if not received:
                return 0
            self._around.reach("route.after_claim")
            known = self._listening
            kinds = Kinds(known.kind, known.exits, known.goals, known.awaited)
            now = self._around.clock(work)
            Routing(work, now, self._key_of, kinds, self._taking.ages).go(received)
            self._around.reach("route.before_commit")
        self._around.reach("route.after_commit")
        return len(received)
