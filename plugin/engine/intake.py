"""Events in, enrollments out: kept first, then routed in bulk to the journeys that they start."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from marshmallow import ValidationError

from plugin.domain.enrollment import Subscriber, person_key
from plugin.domain.event import Event, Received
from plugin.engine.kinds import Registry, TriggerKind
from plugin.engine.ports import Begin, Count, Entry, Live, Version, Wakeup, Work
from plugin.engine.redo import redo
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.errors import CannotEvaluate, UnknownAction

log = logging.getLogger(__name__)

#: Events of a list that cannot be read are looked at again this often, in seconds.
RELEASE_SECONDS = 300.0

T = TypeVar("T")

#: Who counts as one person for re-entry: the address, or one row of one list.
KeyOf = Callable[[int, int, Subscriber], bytes]


def by_person(user_id: int, list_id: int, subscriber: Subscriber) -> bytes:
    """One person is one address of one owner, whatever the list."""
    return person_key(user_id, subscriber.email)


def by_subscriber(user_id: int, list_id: int, subscriber: Subscriber) -> bytes:
    """One person is one row of one list."""
    return person_key(user_id, f"{list_id}/{subscriber.subscriber_id}")


def entry_key(version: Version, person: bytes, event_mark: bytes) -> bytes:
    """What may exist once for the journey: the person, or with `every_time` the event."""
    if version.document.reentry.rule == "every_time":
        return b"e" + event_mark
    return b"p" + person


class Intake:
    """Accepts events and routes them. Routing is claimed by row locks, as ticks are."""

    def __init__(
        self,
        begin: Begin,
        triggers: Registry[TriggerKind],
        wake: Wakeup,
        key_of: KeyOf = by_person,
        rows: int = 1000,
        around: Surroundings = PRODUCTION,
    ) -> None:
        self._begin, self._triggers, self._wake = begin, triggers, wake
        self._key_of, self._rows, self._around = key_of, rows, around
        self._loaded: dict[int, TriggerKind | None] = {}
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
            received = work.inbox.take(self._rows)
            if not received:
                return 0
            self._around.reach("route.after_claim")
            routing = _Routing(work, self._around.clock(work), self._key_of, self._kind)
            routing.go(received)
            self._around.reach("route.before_commit")
        self._around.reach("route.after_commit")
        return len(received)

    def _kind(self, version: Version) -> TriggerKind | None:
        """The trigger of a version, loaded once; None while what is installed does not know it."""
        if version.version_id not in self._loaded:
            trigger, kind = version.document.trigger, None
            try:
                kind = self._triggers.load(trigger.type, trigger.params)
            except (UnknownAction, ValidationError):
                log.exception("nobody can enter journey %s by events", version.journey_id)
            self._loaded[version.version_id] = kind
        return self._loaded[version.version_id]


@dataclass(slots=True)
class _Routing:
    """One batch of events on its way to journeys."""

    work: Work
    now: datetime
    key_of: KeyOf
    kind: Callable[[Version], TriggerKind | None]
    outcome: dict[int, tuple[str, str | None]] = field(default_factory=dict)
    counts: list[Count] = field(default_factory=list)

    def go(self, received: Sequence[Received]) -> None:
        owners = self.work.host.owners({r.event.list_id for r in received})
        live = self.work.store.live(owners.values())
        by_list: dict[int, list[Received]] = {}
        for r in received:
            by_list.setdefault(r.event.list_id, []).append(r)
        for list_id, events in by_list.items():
            if list_id not in owners:
                self._ignore(events, "unknown_list")
            else:
                mine = [j for j in live if j.user_id == owners[list_id]]
                self._route_list(list_id, events, mine)
        self.work.store.count(self.counts, self.now)
        self.work.inbox.mark(self.outcome)

    def _ignore(self, events: Iterable[Received], reason: str) -> None:
        for r in events:
            self.outcome[r.inbox_id] = ("ignored", reason)

    def _route_list(self, list_id: int, events: Sequence[Received], live: Sequence[Live]) -> None:
        """Enroll from the events of one list, journey by journey."""
        chosen = {j.journey_id: self._matching(j, events) for j in live}
        wanted = {r.inbox_id: r for matched in chosen.values() for r in matched}
        self._ignore((r for r in events if r.inbox_id not in wanted), "no_journey")
        if not wanted:
            return
        try:
            ids = sorted({r.event.subscriber_id for r in wanted.values()})
            people = self.work.host.subscribers(list_id, ids)
        except CannotEvaluate as gone:
            state = "ignored" if gone.code == "list_missing" else "held"
            self.outcome |= dict.fromkeys(wanted, (state, gone.code))
            return
        for r in wanted.values():
            self.outcome[r.inbox_id] = _fitness(r.event, people.get(r.event.subscriber_id))
        for journey in live:
            self._enroll(journey, list_id, chosen[journey.journey_id], people)

    def _may_enter(self, r: Received) -> bool:
        return self.outcome[r.inbox_id][0] == "routed"

    def _matching(self, journey: Live, events: Sequence[Received]) -> list[Received]:
        kind = self.kind(journey.version)
        if kind is None:
            return []
        return [r for r in events if r.event.type in kind.listens_to and kind.matches(r.event)]

    def _enroll(
        self,
        journey: Live,
        list_id: int,
        matched: Sequence[Received],
        people: Mapping[int, Subscriber],
    ) -> None:
        entries = list(self._entries(journey, list_id, matched, people))
        if entries:
            enroll(self.work, journey.version, entries, self.now, self.counts)
            with_data = [r.inbox_id for r in matched if r.event.data]
            self.work.beside.copy_events(journey.journey_id, with_data)

    def _entries(
        self,
        journey: Live,
        list_id: int,
        matched: Sequence[Received],
        people: Mapping[int, Subscriber],
    ) -> Iterable[Entry]:
        for r in matched:
            if not self._may_enter(r):
                continue
            subscriber = people[r.event.subscriber_id]
            person = self.key_of(journey.user_id, list_id, subscriber)
            mark = r.inbox_id.to_bytes(16, "big")
            yield Entry(
                version=journey.version,
                list_id=list_id,
                subscriber_id=subscriber.subscriber_id,
                person_key=person,
                entry_key=entry_key(journey.version, person, mark),
                entry_event_id=r.inbox_id,
                hops=r.event.hops,
            )


def _fitness(event: Event, subscriber: Subscriber | None) -> tuple[str, str | None]:
    """May this event enroll? Events come late: who has left the list since does not enter it."""
    if subscriber is None:
        return "ignored", "unknown_subscriber"
    if event.type == "subscription" and subscriber.status == "Unsubscribed":
        return "ignored", "not_subscribed"
    return "routed", None


def enroll(
    work: Work, version: Version, entries: Sequence[Entry], now: datetime, counts: list[Count]
) -> int:
    """Enroll those whose entry key is free; the others are counted as refused. Answers how many.

    A constant number of statements, whatever the number of entries.
    """
    if version.document.reentry.rule == "again_after":
        work.store.reopen(version.journey_id, [e.entry_key for e in entries], now)
    entered = work.store.enroll(entries, now)

    def count(step_id: int, figure: str, remark: str, n: int) -> Count:
        of = (version.user_id, version.journey_id, version.version_id)
        return Count(*of, step_id, figure, remark, n)

    counts += [
        count(0, "entered", "", entered),
        count(version.program.first or 0, "arrived", "", entered),
        count(0, "refused", version.document.reentry.rule, len(entries) - entered),
    ]
    return entered
