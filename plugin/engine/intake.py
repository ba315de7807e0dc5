"""Events in, enrollments out: kept first, then routed in bulk to the journeys that they start."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from marshmallow import ValidationError

from plugin.domain.event import USUAL_AGES, Ages, Event
from plugin.domain.journey import Trigger
from plugin.engine.entering import KeyOf, by_person
from plugin.engine.kinds import Registry, TriggerKind
from plugin.engine.ports import Begin, Version, Wakeup
from plugin.engine.redo import redo
from plugin.engine.routing import Kinds, Routing
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.errors import UnknownAction

log = logging.getLogger(__name__)

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
        triggers: Registry[TriggerKind],
        wake: Wakeup,
        key_of: KeyOf = by_person,
        taking: Taking = Taking(),
        around: Surroundings = PRODUCTION,
    ) -> None:
        self._begin, self._triggers, self._wake = begin, triggers, wake
        self._key_of, self._taking, self._around = key_of, taking, around
        self._loaded: dict[tuple[int, int | None], TriggerKind | None] = {}
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
            kinds = Kinds(self._kind, self._exit_kinds)
            now = self._around.clock(work)
            Routing(work, now, self._key_of, kinds, self._taking.ages).go(received)
            self._around.reach("route.before_commit")
        self._around.reach("route.after_commit")
        return len(received)

    def _kind(self, version: Version) -> TriggerKind | None:
        """The trigger of a version; None while what is installed does not know it."""
        return self._load(version, None, version.document.trigger)

    def _exit_kinds(self, version: Version) -> Sequence[tuple[int, TriggerKind]]:
        """The events of its exit rules, by the place of the rule; unknown ones are left out."""
        events = [(at, rule.event) for at, rule in enumerate(version.document.exit_rules)]
        kinds = [(at, self._load(version, at, event)) for at, event in events if event]
        return [(at, kind) for at, kind in kinds if kind]

    def _load(self, version: Version, place: int | None, trigger: Trigger) -> TriggerKind | None:
        """Loaded once for each place of a version."""
        key = version.version_id, place
        if key not in self._loaded:
            kind = None
            try:
                kind = self._triggers.load(trigger.type, trigger.params)
            except (UnknownAction, ValidationError):
                log.exception("journey %s does not see %s", version.journey_id, trigger.type)
            self._loaded[key] = kind
        return self._loaded[key]
