"""One tick's walk: claimed people run on, step by step together, until they wait, end or hold.

Nothing here writes to our tables: the run collects where everyone stands and what happened, and
the executor settles it all at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from marshmallow import ValidationError

from plugin.domain.enrollment import (
    Batch,
    EnrollmentId,
    Hold,
    Member,
    Outcome,
    Outcomes,
    Position,
    Standing,
    Stay,
    Subscriber,
)
from plugin.domain.program import Step
from plugin.engine.accounts import Accounts
from plugin.engine.attempt import Attempt
from plugin.engine.exit_rules import exits_by_rule
from plugin.engine.exits_port import Exit
from plugin.engine.goals import reached_by_people
from plugin.engine.kinds import Action
from plugin.engine.leaving import applies, carried_out, must_end
from plugin.engine.moves import Line, Mover, action_at, stand
from plugin.engine.ports import Count, Footing, Reach, Version, Work
from plugin.errors import CannotEvaluate, Interrupted, Unavailable, UnknownAction
from plugin.logs import labelled

log = logging.getLogger(__name__)

UNREADABLE = "The list's table cannot be read. The reason is in the worker's log."

#: Why everybody of a journey with this status ends.
_ARCHIVED = {"archived": "archived"}

Load = Callable[[Version, Step], Action]


@dataclass(slots=True)
class Run:
    """The walk of one tick. `spent` says that no further step may start."""

    work: Work
    now: datetime
    load: Load
    mover: Mover
    spent: Callable[[], bool]
    reach: Reach
    footings: Mapping[int, Footing]  #: of the journeys whose people are claimed
    standings: dict[EnrollmentId, Standing] = field(default_factory=dict)
    frozen: list[EnrollmentId] = field(default_factory=list)
    frozen_of: set[int] = field(default_factory=set)
    counts: list[Count] = field(default_factory=list)
    notes: dict[EnrollmentId, Exit] = field(default_factory=dict)
    started: bool = False
    _queue: dict[Position, list[EnrollmentId]] = field(default_factory=dict)
    _subscribers: dict[int, dict[int, Subscriber]] = field(default_factory=dict)
    _changed: bool = False  #: the last step may have changed rows of lists

    def go(self, groups: Sequence[tuple[Position, Sequence[Member]]]) -> bool:
        """Take these claimed people as far as they get. False when time ran out before that."""
        self._look_for_notes([m.enrollment_id for _, members in groups for m in members])
        accounts = Accounts(self.work)
        for at, members in groups:
            version = self.work.store.version(at.version_id)
            status = self._footing(version).status
            if status == "disabled":
                self.frozen += [m.enrollment_id for m in members]
                self.frozen_of.add(version.journey_id)
            else:
                self.standings |= {m.enrollment_id: stand(version, at, m) for m in members}
                staying = set(self._let_go(version, at, [m.enrollment_id for m in members]))
                stayers = [m for m in members if m.enrollment_id in staying]
                try:
                    ending = accounts.ending(version.user_id)
                except CannotEvaluate as cause:
                    self._hold(version, at, stayers, cause)
                else:
                    self._admit(version, at, stayers, ending or _ARCHIVED.get(status))
        while self._queue:
            self._advance(self._first_in_order())
            if self.spent():  # asked after a step: a slow database must not stop everybody
                break
        return not self._queue

    def _footing(self, version: Version) -> Footing:
        return self.footings.get(version.journey_id, Footing("archived", ""))

    def _look_for_notes(self, ids: Sequence[EnrollmentId]) -> None:
        """Who shall leave, by what others have committed or this very tick has asked for."""
        self.notes |= self.work.exits.noted(ids)

    def _admit(
        self, version: Version, at: Position, members: Sequence[Member], ending: str | None
    ) -> None:
        """Those who may go on are queued where they stand; the others end or hold. `ending`: why
        everybody ends."""
        try:
            known = {} if ending else self._safely(at.list_id, [m.subscriber_id for m in members])
        except CannotEvaluate as gone:
            self._hold(version, at, members, gone)
            return
        for m in members:
            standing = self.standings[m.enrollment_id]
            reason = ending or must_end(version, known.get(m.subscriber_id))
            if reason:
                self._end(version, at, standing, reason)
                continue
            self._start(version, standing)
            if standing.position != at:  # a goal has led them elsewhere
                self._enqueue(standing)
            elif m.state == "waiting" or at.step_id not in version.program.steps:
                self._note(version, at, standing, self.mover.go_on(version, standing, self.now))
                self._enqueue(standing)
            else:
                self._queue.setdefault(at, []).append(m.enrollment_id)

    def _start(self, version: Version, standing: Standing) -> None:
        if standing.state == "entering":
            self.counts += self.mover.start(version, standing)

    def _hold(
        self, version: Version, at: Position, members: Sequence[Member], gone: CannotEvaluate
    ) -> None:
        """Their list or account is gone. Whose wait is over has waited: they are held at the step
        below."""
        for m in members:
            standing = self.standings[m.enrollment_id]
            self._start(version, standing)
            if m.state == "waiting" and standing.position == at:
                counts = self.mover.go_on(version, standing, self.now)
                self._note(version, standing.position, standing, counts)
            if standing.state == "active":
                held = {m.enrollment_id: Hold(gone.code, str(gone))}
                self._apply(version, standing.position, held)

    def _safely(self, list_id: int, ids: Sequence[int]) -> Mapping[int, Subscriber]:
        """As `_read`; whatever keeps a list from being read is a CannotEvaluate."""
        try:
            return self._read(list_id, ids)
        except (Interrupted, Unavailable, CannotEvaluate):
            raise
        except Exception as fault:
            log.exception("a list cannot be read", extra=labelled(list=list_id))
            raise CannotEvaluate("list_unreadable", UNREADABLE) from fault

    def _read(self, list_id: int, ids: Sequence[int]) -> Mapping[int, Subscriber]:
        known = self._subscribers.setdefault(list_id, {})
        if missing := [i for i in ids if i not in known]:
            with self.work.savepoint():
                known.update(self.work.host.subscribers(list_id, missing))
        return known

    def _first_in_order(self) -> Position:
        """The queued position that comes first in reading order: branches meet again below."""
        return min(
            self._queue,
            key=lambda at: (
                at.version_id,
                self.work.store.version(at.version_id).program.order[at.step_id],
                at.list_id,
            ),
        )

    def _advance(self, at: Position) -> None:
        """Run one step for everyone queued there, but those who were sent out meanwhile."""
        version = self.work.store.version(at.version_id)
        ids = self._stayers(version, at, self._queue.pop(at))
        if not ids:
            return
        step = version.program.steps[at.step_id]
        if not step.published:
            for enrollment_id in ids:
                standing = self.standings[enrollment_id]
                Line(at, step.action, "skipped").write(standing, self.now)
                self._note(version, at, standing, self.mover.go_on(version, standing, self.now))
                self._enqueue(standing)
            return
        ids = self._without_led(version, at, self._unruled(version, at, ids))
        self._apply(version, at, self._outcomes(version, at, step, ids) if ids else {})
        self.reach("step.after_run")
        if self._changed:
            self._changed = False
            self._look_again()

    def _unruled(
        self, version: Version, at: Position, ids: Sequence[EnrollmentId]
    ) -> list[EnrollmentId]:
        """Let go of those whom an exit rule fits; answers the others."""
        people = {i: self.standings[i].member.subscriber_id for i in ids}
        ruled = exits_by_rule(self.work, version, at.list_id, people, self.now)
        self._apply(version, at, ruled)
        return [i for i in ids if i not in ruled]

    def _without_led(
        self, version: Version, at: Position, ids: Sequence[EnrollmentId]
    ) -> list[EnrollmentId]:
        """Note who has reached a goal; answers those whom none leads elsewhere."""
        people = {i: self.standings[i].member.subscriber_id for i in ids}
        found = reached_by_people(self.work, version, at.list_id, people, self.now)
        self.counts += found.counts
        for enrollment_id, (reason, detail) in found.led.items():
            standing, note = self.standings[enrollment_id], Exit(reason, None, None, None, detail)
            if applies(version, at, standing.state, note):
                self._carry_out(version, standing, note)
                self._enqueue(standing)
        return [i for i in ids if self._is_at(at, i)]

    def _look_again(self) -> None:
        """Rows of lists have changed: whoever may not go on any more ends here and now."""
        self._subscribers.clear()
        queued, self._queue = self._queue, {}
        for at, ids in queued.items():
            version = self.work.store.version(at.version_id)
            try:
                people = [self.standings[i].member.subscriber_id for i in ids]
                known = self._safely(at.list_id, people)
            except CannotEvaluate as gone:
                self._apply(version, at, dict.fromkeys(ids, Hold(gone.code, str(gone))))
                continue
            for enrollment_id in ids:
                standing = self.standings[enrollment_id]
                reason = must_end(version, known.get(standing.member.subscriber_id))
                if reason:
                    self._end(version, at, standing, reason)
                self._enqueue(standing)

    def _outcomes(
        self, version: Version, at: Position, step: Step, ids: Sequence[EnrollmentId]
    ) -> Outcomes:
        try:
            action = self.load(version, step)
        except UnknownAction as missing:
            return dict.fromkeys(ids, Hold("action_missing", str(missing)))
        except ValidationError:
            text = f"The {step.action} that is installed now does not understand this step."
            return dict.fromkeys(ids, Hold("action_changed", text))
        self._changed = action.changes_people
        return Attempt(self.work, action).run(self._batch(version, at, step, ids))

    def _batch(
        self, version: Version, at: Position, step: Step, ids: Sequence[EnrollmentId]
    ) -> Batch:
        known = self._subscribers[at.list_id]
        people = [self.standings[i] for i in ids]
        return Batch(
            user_id=version.user_id,
            journey_id=version.journey_id,
            journey_name=self._footing(version).name,
            version_id=version.version_id,
            list_id=at.list_id,
            zone=version.zone,
            now=self.now,
            step=step,
            subscribers={s.member.enrollment_id: known[s.member.subscriber_id] for s in people},
            visits={s.member.enrollment_id: s.visit + 1 for s in people},
        )

    def _apply(self, version: Version, at: Position, outcomes: Outcomes) -> None:
        action = action_at(version, at)
        for enrollment_id, outcome in outcomes.items():
            standing = self.standings[enrollment_id]
            word, branch, counts = self.mover.apply(version, standing, outcome, self.now)
            if not _known_already(standing, outcome):
                detail = self.mover.detail(standing, outcome)
                Line(at, action, word, branch, detail).write(standing, self.now)
            self.counts += counts
            if not isinstance(outcome, Stay):  # whoever stays looks again when this is committed
                self._enqueue(standing)

    def _stayers(
        self, version: Version, at: Position, ids: list[EnrollmentId]
    ) -> list[EnrollmentId]:
        """All but those whom a step of this tick or another worker has sent out by now."""
        if not self.started:  # the notes were read a moment ago
            self.started = True
            return ids
        self._look_for_notes(ids)
        staying = self._let_go(version, at, ids)
        for i in staying:
            if not self._is_at(at, i):
                self._enqueue(self.standings[i])
        return [i for i in staying if self._is_at(at, i)]

    def _is_at(self, at: Position, enrollment_id: EnrollmentId) -> bool:
        """Whether somebody has not ended, nor been led elsewhere."""
        standing = self.standings[enrollment_id]
        return standing.state != "ended" and standing.position == at

    def _let_go(
        self, version: Version, at: Position, ids: Sequence[EnrollmentId]
    ) -> list[EnrollmentId]:
        """Send out those who have a note, or to where a goal leads them; answers who is still
        inside."""
        for i in self.notes.keys() & set(ids):
            standing = self.standings[i]
            if applies(version, at, standing.state, self.notes[i]):
                self._carry_out(version, standing, self.notes[i])
        return [i for i in ids if self.standings[i].state != "ended"]

    def _carry_out(self, version: Version, standing: Standing, note: Exit) -> None:
        self.counts += carried_out(self.mover, version, standing, note, self.now)

    def _end(self, version: Version, at: Position, standing: Standing, reason: str) -> None:
        self._note(version, at, standing, self.mover.end(version, standing, reason, self.now))

    def _note(
        self, version: Version, at: Position, standing: Standing, counts: Iterable[Count]
    ) -> None:
        """Keep the counts of a move; an end without a step's outcome gets its line of history."""
        self.counts += counts
        if standing.state == "ended" and standing.end_reason != "completed":
            detail = {"reason": standing.end_reason}
            Line(at, action_at(version, at), "end", None, detail).write(standing, self.now)

    def _enqueue(self, standing: Standing) -> None:
        if (
            standing.state == "active"
            and standing.due_at is not None
            and standing.due_at <= self.now
        ):
            self._queue.setdefault(standing.position, []).append(standing.member.enrollment_id)


def _known_already(standing: Standing, outcome: Outcome) -> bool:
    """Held once more for the same cause, or staying once more: the history has that line."""
    member = standing.member
    if isinstance(outcome, Stay):
        return outcome.again
    return (
        isinstance(outcome, Hold)
        and (member.state, member.cause) == ("held", outcome.code)
        and standing.visit == member.visit
    )
