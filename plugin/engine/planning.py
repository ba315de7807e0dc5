"""The planner: journeys that time sets off are looked at in turn, in batches, by whoever has time.

Each enabled journey has a plan. Its row lock is the claim: one worker at a time looks for one
journey's people, and what it has found, who is next and how far it has come are committed
together. A worker that dies has found nobody, and the next one goes on from the same place.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from plugin.domain.event import Event
from plugin.domain.waits import find_zone
from plugin.engine.listening import Listening
from plugin.engine.membership import SOURCE
from plugin.engine.planning_port import Plan
from plugin.engine.ports import Begin, Version, Work
from plugin.engine.redo import redo
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.engine.timed import Gathered, Scene, Slot, TimedTrigger
from plugin.errors import BadValue, CannotEvaluate, Interrupted, Unavailable
from plugin.logs import at_version, labelled

log = logging.getLogger(__name__)

#: Rows of a list that are looked at in one transaction.
ROWS = 5000
#: Pause between two looks for what is due, in seconds, when there was nothing.
LOOK_SECONDS = 1.0
#: A journey whose people cannot be looked for is tried again after this.
POSTPONED = timedelta(minutes=5)


class Planner:
    """One worker's planner. Several may plan at once."""

    def __init__(
        self,
        begin: Begin,
        listening: Listening,
        around: Surroundings = PRODUCTION,
        rows: int = ROWS,
    ) -> None:
        self._begin, self._listening = begin, listening
        self._around, self._rows = around, rows
        self._looked_at = float("-inf")

    def plan(self) -> int:
        """One batch of one journey, in one transaction. 0: nothing is due."""
        if self._around.monotonic() - self._looked_at < LOOK_SECONDS:
            return 0
        done = redo(self._plan, self._around)
        self._looked_at = float("-inf") if done else self._around.monotonic()
        return done

    def _plan(self) -> int:
        with self._begin() as work:
            now = self._around.clock(work)
            work.plans.refresh()
            plan = work.plans.take(now)
            if plan is None:
                return 0
            self._around.reach("plan.after_claim")
            done = self._go_on(work, plan, now)
            self._around.reach("plan.before_commit")
        self._around.reach("plan.after_commit")
        return done

    def _go_on(self, work: Work, plan: Plan, now: datetime) -> int:
        status, version_id = work.library.live_version(plan.user_id, plan.journey_id)
        if status != "enabled" or version_id is None:
            return 0
        version = work.store.version(version_id)
        kind = self._listening.kind(version)
        if plan.version_id != version_id:
            work.plans.move(_renewed(plan, version, kind, now))
            return 1
        if not isinstance(kind, TimedTrigger) or plan.due_at is None or plan.due_at > now:
            return 0
        return self._gather(work, plan, kind, version, now)

    def _gather(
        self, work: Work, plan: Plan, kind: TimedTrigger, version: Version, now: datetime
    ) -> int:
        zone = _zone(version)
        slot = kind.slot(plan.slot, zone)
        if not plan.place.get("begun"):
            slot = kind.caught_up(slot, now, zone)
        if slot.due > now:
            work.plans.move(replace(plan, slot=slot.name, due_at=slot.due))
            return 1
        scene = Scene(version, zone, now, self._rows, slot, plan.place)
        found = self._safely(work, kind, scene)
        if found is None:
            work.plans.move(replace(plan, slot=slot.name, due_at=now + POSTPONED))
            return 1
        work.inbox.append(SOURCE, found.events, now)
        following = kind.after(slot, now, zone) if found.over else Slot(slot.name, now)
        place = {**found.place, "begun": not found.over}
        work.plans.move(replace(plan, slot=following.name, due_at=following.due, place=place))
        return max(1, len(found.events))

    def _safely(self, work: Work, kind: TimedTrigger, scene: Scene) -> Gathered | None:
        """None: not now. One journey that cannot be looked at keeps no other from its turn."""
        try:
            with work.savepoint():
                return kind.gather(scene, work)
        except (Interrupted, Unavailable):
            raise
        except CannotEvaluate as gone:
            log.warning("nobody is found: %s", gone, extra=labelled(journey=scene.journey_id))
        except Exception:
            log.exception("nobody can be looked for", extra=labelled(journey=scene.journey_id))
        return None


def _zone(version: Version) -> ZoneInfo:
    """Zones come and go with the operating system: one that is gone keeps nobody waiting."""
    try:
        return find_zone(version.zone)
    except BadValue:
        log.warning("it goes by UTC: there is no %s", version.zone, extra=at_version(version))
        return ZoneInfo("UTC")


def _renewed(plan: Plan, version: Version, kind: object, now: datetime) -> Plan:
    """The plan for another version: it goes on where the earlier one was, if that was alike."""
    renewed = replace(plan, version_id=version.version_id, trigger=version.document.trigger.type)
    if not isinstance(kind, TimedTrigger):
        return replace(renewed, slot="", due_at=None, place={})
    zone = _zone(version)
    if plan.trigger == kind.name and plan.slot:
        slot, place = kind.slot(plan.slot, zone), kind.resumed(plan.place)
        return replace(renewed, due_at=slot.due, place=place)
    since = now if plan.version_id or plan.due_at is None else plan.due_at
    slot = kind.first(since, zone)
    return replace(renewed, slot=slot.name, due_at=slot.due, place={})


def look_again(
    work: Work,
    version: Version,
    kind: TimedTrigger,
    list_id: int,
    events: Sequence[Event],
    now: datetime,
) -> None:
    """After events that may make somebody due at once: look at these people, without a plan.

    What is found keeps the hops of what led to it.
    """
    asked = {e.subscriber_id: e for e in events if kind.looks_at(e)}
    if not asked:
        return
    scene = Scene(version, _zone(version), now, len(asked), Slot("", now))
    try:
        with work.savepoint():
            found = kind.look(scene, work, list_id, sorted(asked))
    except CannotEvaluate as gone:
        log.warning("nobody is found: %s", gone, extra=at_version(version))
        return
    causes = ((e, asked[e.subscriber_id]) for e in found.events)
    told = [
        replace(e, hops=by.hops, origin_enrollment_id=by.origin_enrollment_id) for e, by in causes
    ]
    if told:
        work.inbox.append(SOURCE, told, now)
