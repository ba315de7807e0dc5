"""People inside go over to a newly published version: in batches, by whoever has time.

A batch is one short transaction. It locks the changeover, so that one worker at a time works on a
journey, and those people whom nobody else holds; the others are found in the next pass. It is over
when a pass finds nobody: nobody enters at an older version any more (see ports.Store.enroll).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from marshmallow import ValidationError

from plugin.domain.enrollment import EnrollmentId, Position, Standing, Until
from plugin.domain.fates import Fate, fates
from plugin.domain.program import StepId
from plugin.engine.causing import completions
from plugin.engine.changeover_port import STATES, Behind, Changeover, GoneOver, Place
from plugin.engine.kinds import Action, Registry
from plugin.engine.moves import Line, Mover, action_at, stand, waits_at
from plugin.engine.ports import Begin, Count, Version, Work
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.errors import UnknownAction

#: People who go over in one transaction.
BATCH = 1000
#: Where people enter a journey without steps.
NO_STEP = 0
COMPLETED, STEP_REMOVED = "completed", "step_removed"


class ChangingOver:
    """One worker's part in it. Any number of workers may do the same at once."""

    def __init__(
        self,
        begin: Begin,
        actions: Registry[Action],
        mover: Mover,
        around: Surroundings = PRODUCTION,
        batch: int = BATCH,
    ) -> None:
        self._begin, self._actions, self._mover = begin, actions, mover
        self._around, self._batch = around, batch

    def step(self) -> int:
        """One batch of one journey, in one transaction. 0: nothing to do for now."""
        with self._begin() as work:
            found = work.changeovers.next()
            if found is None:
                return 0
            now = self._around.clock(work)
            ids = work.changeovers.behind(found, self._batch)
            done, left = self._take(work, found, ids, now)
            found = replace(found, moved=found.moved + done, exited=found.exited + left)
            place = self._further(found.place, ids)
            fruitless = place is None and self._begins_anew(work, found)
            work.changeovers.note(found, Place() if fruitless else place, now)
            self._around.reach("changeover.before_commit")
        self._around.reach("changeover.after_commit")
        # Whom others hold for the moment is looked for again a little later, not at once.
        return 0 if fruitless else max(1, done + left)

    def _begins_anew(self, work: Work, found: Changeover) -> bool:
        """At the end of a pass: whether somebody was passed over."""
        return work.changeovers.anybody_behind(found)

    def _further(self, place: Place, ids: Sequence[EnrollmentId]) -> Place | None:
        if len(ids) == self._batch:
            return Place(place.state, ids[-1])
        return Place(place.state + 1) if place.state + 1 < len(STATES) else None

    def _take(
        self, work: Work, found: Changeover, ids: Sequence[EnrollmentId], now: datetime
    ) -> tuple[int, int]:
        """How many went over, and how many left."""
        if not ids:
            return 0, 0
        people = work.changeovers.lock(found, ids)
        self._around.reach("changeover.after_lock")
        crossing = Crossing(found, work.store.version(found.version_id), self._mover, now)
        for version_id in {p.at.version_id for p in people}:
            old = work.store.version(version_id)
            there = [p for p in people if p.at.version_id == version_id]
            crossing.take(old, there, self._actions)
        work.changeovers.go_over(crossing.over, now)
        work.store.settle(crossing.out, now)
        completions(work, crossing.out, now)
        work.store.count(crossing.counts, now)
        return len(crossing.over), len(crossing.out)


@dataclass(slots=True)
class Crossing:
    """One batch: who goes over, and who leaves on the way."""

    found: Changeover
    new: Version
    mover: Mover
    now: datetime
    over: list[GoneOver] = field(default_factory=list)
    out: list[Standing] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)

    def take(self, old: Version, people: Sequence[Behind], actions: Registry[Action]) -> None:
        """Everybody of one older version."""
        plan = fates(old.program, self.new.program, self.found.removed)
        waits = Waits(old, self.new, actions, self.now)
        for person in people:
            if person.member.state == "entering":
                self._begin_with(old, person)
                continue
            fate = plan.get(person.at.step_id, Fate("completes", None))
            if fate.step_id is None:
                self._leave(old, person, fate)
            elif fate.stays:
                self._stay(old, person, fate, waits)
            else:
                self._go_on(old, person, fate.step_id)

    def _begin_with(self, old: Version, person: Behind) -> None:
        """Who is entering has stood at no step: they begin with the first one of the new version,
        in the place that they have."""
        standing = self._standing(person, self.new.program.first or NO_STEP)
        standing.arrived, at = True, standing.position
        told = {**self._told(old), "never_came": True}
        Line(at, "", "moved", None, told).write(standing, self.now)
        self.over.append(GoneOver(standing))

    def _leave(self, old: Version, person: Behind, fate: Fate) -> None:
        standing = stand(old, person.at, person.member)
        reason = COMPLETED if fate.word == "completes" else STEP_REMOVED
        self.counts += self.mover.end(old, standing, reason, self.now)
        detail = {"reason": reason, **self._told(old)}
        Line(person.at, action_at(old, person.at), "end", None, detail).write(standing, self.now)
        self.out.append(standing)

    def _stay(self, old: Version, person: Behind, fate: Fate, waits: Waits) -> None:
        """At the same step, in the same state; only a wait that has changed is due at another
        time."""
        standing = self._standing(person, person.at.step_id)
        standing.state = person.member.state
        detail: Mapping[str, Any] = {}
        due = None
        if standing.state == "waiting":
            due, detail = waits.due(person, fate)
        elif standing.state == "active" and standing.waits_at and waits.differ(fate):
            due = self.now  # the step itself says how long they wait now
        frozen = person.frozen_due_at is not None
        self._over(old, GoneOver(standing, due, frozen), person.at, detail)

    def _go_on(self, old: Version, person: Behind, step_id: StepId) -> None:
        standing = self._standing(person, step_id)
        standing.arrived, standing.attempts = True, 0
        standing.waits_at = waits_at(old, person.at)
        frozen = person.frozen_due_at is not None
        self._over(old, GoneOver(standing, self.now, frozen), person.at, {})

    def _standing(self, person: Behind, step_id: StepId) -> Standing:
        at = Position(self.new.version_id, step_id, person.at.list_id)
        return stand(self.new, at, person.member)

    def _over(
        self, old: Version, gone: GoneOver, came_from: Position, detail: Mapping[str, Any]
    ) -> None:
        at = gone.standing.position
        was = {} if at.step_id == came_from.step_id else {"step": came_from.step_id}
        told = {**self._told(old), **was, **detail}
        Line(at, action_at(self.new, at), "moved", None, told).write(gone.standing, self.now)
        self.counts.append(_count(old, came_from.step_id, "left", "moved"))
        self.counts.append(_count(self.new, at.step_id, "arrived", ""))
        self.over.append(gone)

    def _told(self, old: Version) -> Mapping[str, Any]:
        return {"version": self.new.number, "from_version": old.number}


class Waits:
    """When the waits of the new version are over, for those who began them in an older one."""

    def __init__(
        self, old: Version, new: Version, actions: Registry[Action], now: datetime
    ) -> None:
        self._old, self._new, self._actions, self._now = old, new, actions, now
        self._other_zone = old.zone != new.zone
        self._placed: dict[tuple[int, StepId], Action | None] = {}
        self._known: dict[tuple[int, StepId, datetime], Until | None] = {}

    def differ(self, fate: Fate) -> bool:
        """May a wait at this step be over at another time than it was?"""
        return fate.word != "carries_on" or self._other_zone

    def due(self, person: Behind, fate: Fate) -> tuple[datetime | None, Mapping[str, Any]]:
        """When they are due now, and what the history keeps of it; None: as they were.

        Whose wait is over by the new settings is due now, or when they were if that was before or
        if they were put off until then: nobody means a blast when they publish.
        """
        if not self.differ(fate):
            return None, {}
        was = person.frozen_due_at or person.member.due_at or self._now
        at_once = None if self._put_off(person, was) else min(was, self._now)
        if not self._new.program.steps[person.at.step_id].published:
            return at_once, {}
        until = self._anew(self._new, person)
        if until is None:
            return None, {}
        due = until.due if until.due > self._now else at_once
        return due, {} if due is None else until.detail or {}

    def _put_off(self, person: Behind, was: datetime) -> bool:
        """Whether they are due later than their wait was long: they were overdue once, and have
        been spread over some hours."""
        planned = self._anew(self._old, person)
        return planned is not None and was > max(planned.due, self._now)

    def _anew(self, version: Version, person: Behind) -> Until | None:
        """When the wait is over by the settings of a version. Many people have begun to wait in
        the same tick."""
        key = (version.version_id, person.at.step_id, person.arrived_at)
        if key not in self._known:
            action = self._action(version, person.at.step_id)
            until = action.anew(person.arrived_at, version.zone, self._now) if action else None
            self._known[key] = until
        return self._known[key]

    def _action(self, version: Version, step_id: StepId) -> Action | None:
        """None when no module understands the step: then people wait as they did."""
        key = (version.version_id, step_id)
        if key not in self._placed:
            step = version.program.steps[step_id]
            try:
                self._placed[key] = self._actions.load(step.action, step.params)
            except (UnknownAction, ValidationError):
                self._placed[key] = None
        return self._placed[key]


def _count(version: Version, step_id: StepId, figure: str, remark: str) -> Count:
    return Count(
        version.user_id, version.journey_id, version.version_id, step_id, figure, remark, 1
    )
