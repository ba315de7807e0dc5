"""The loop: claim who is due, run their steps together, settle where they stand.

A tick is one transaction. The row locks are the claim: a worker that dies leaves its people due,
not stuck, and everything a step did to InnoDB tables is undone with it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.domain.enrollment import EnrollmentId, Member, Position, Standing, Visit
from plugin.domain.program import Step
from plugin.engine.catching_up import CatchingUp
from plugin.engine.causing import completions
from plugin.engine.changing_over import ChangingOver
from plugin.engine.kinds import Action, Registry
from plugin.engine.leaving import Leaving
from plugin.engine.markers_port import Markers
from plugin.engine.moves import Mover, stand
from plugin.engine.ports import Begin, Count, Footing, Version, Work
from plugin.engine.run import Run
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.engine.tasks import Runner
from plugin.engine.thawing import Means, Thawing, without_thawing
from plugin.engine.watching import Watching
from plugin.errors import Interrupted, Unavailable

log = logging.getLogger(__name__)

#: Whole ticks tried again after a deadlock and the like.
MAX_REDO = 5
#: A person who was alone in this many crashed ticks is parked.
MAX_CRASHES = 3
#: A slow machine claims fewer people at once, but not fewer than this.
MIN_ROWS = 50
#: Share of a tick's budget that a claim is meant to take: the next one may be slower.
ROOM = 0.85
#: While accounts share the workers, a tick takes this part of its time and of its people: nobody
#: waits long for the end of somebody else's.
SHARE = 1 / 2
#: So long after two accounts have taken turns they share, in seconds.
SHARING = 60.0
#: Pause between two looks for what crashed workers left, in seconds.
SUSPECTS_EVERY = 1.0

Groups = Sequence[tuple[Position, Sequence[Member]]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one tick may do."""

    rows: int = 1000
    seconds: float = 0.3
    suspects_every: float = SUSPECTS_EVERY
    look_over_every: timedelta = timedelta(minutes=10)  #: see watching


class Executor:
    """One worker's executor. Not shared between threads."""

    def __init__(
        self,
        begin: Begin,
        actions: Registry[Action],
        markers: Markers,
        worker: str,
        limits: Limits = Limits(),
        around: Surroundings = PRODUCTION,
    ) -> None:
        self._begin, self._actions, self._markers = begin, actions, markers
        self._worker, self._limits, self._around = worker, limits, around
        self._mover = Mover(around.dice)
        self._thawing = Thawing(begin, Means(self._load, self._mover), around)
        self._catching_up = CatchingUp(begin, self._load, around)
        self._tasks = Runner(begin, self._mover, around)
        self._tasks_at = float("-inf")
        self._leaving = Leaving(begin, self._mover, around)
        self._changing_over = ChangingOver(begin, actions, self._mover, around)
        self._goes_over = True
        self._watching = Watching(begin, limits.look_over_every, around)
        self._watched = 0
        self._after_user = 0
        self._last_user = 0
        self._shares_until = float("-inf")
        self._rows = limits.rows
        self._loaded: dict[tuple[int, int], Action] = {}
        self._without: tuple[EnrollmentId, ...] = ()
        self._looked_at = float("-inf")
        self._marked = False

    def tick(self) -> int:
        """Advance up to `limits.rows` people in one transaction. Answers how many were due.

        Raises Unavailable when the database is away, Interrupted after five tries in vain.
        """
        for redo in range(MAX_REDO):
            try:
                return self._catching_up.step() or self._aside() + self._in_turn()
            except Interrupted as undone:
                log.info("tick undone by the database, again: %s", undone)
                self._around.sleep((0.005 + 0.195 * self._around.dice()) * (redo + 1))
        return self._tick()

    def _in_turn(self) -> int:
        return self._go_over() + self._tick() + self._bulk() or self._watched

    def _tick(self) -> int:
        with self._begin() as work:
            now = self._around.clock(work)
            if self._catching_up.leapt(work, now):
                return 1
            groups = work.store.claim(now, self._most(), self._after_user, self._without)
            self._take_turns(work.store.claimed_from or 0)
            if not groups:
                self.rest()
                return 0
            claimed, footings = groups, _footings(work, groups)
            if (groups := without_thawing(work, claimed, footings)) != claimed:
                self._looked_at = float("-inf")  # they are thawed first
            self._markers.note(self._worker, _ids(groups))
            self._marked = True
            self._go(work, now, groups, footings)
        self._around.reach("step.after_commit")
        return sum(len(members) for _, members in groups)

    def _go(
        self, work: Work, now: datetime, groups: Groups, footings: Mapping[int, Footing]
    ) -> None:
        self._around.reach("step.after_claim")
        deadline = self._around.monotonic() + self._limits.seconds * self._part()
        run = Run(
            work=work,
            now=now,
            load=self._load,
            mover=self._mover,
            spent=lambda: self._around.monotonic() > deadline,
            reach=self._around.reach,
            footings=footings,
        )
        started = self._around.monotonic()
        all_ran = run.go(groups)
        self._suit(all_ran, self._around.monotonic() - started)
        if run.frozen:
            work.store.freeze(run.frozen, run.frozen_of)
        work.store.settle(list(run.standings.values()), now)
        completions(work, run.standings.values(), now)
        work.exits.done([i for i in run.notes if i in run.standings])
        if work.exits.asked:
            self._looked_at = float("-inf")
        self._around.reach("step.after_settle")
        work.store.count(run.counts, now)
        self._around.reach("step.before_commit")

    def _suit(self, all_ran: bool, seconds: float) -> None:
        """Claim as many as get through in time: whom the budget left standing is claimed twice."""
        in_time = ROOM * self._limits.seconds * self._part() / max(seconds, 1e-6)
        if all_ran and in_time >= 1:
            self._rows = min(self._limits.rows, self._rows + self._rows // 4 + 1)
        elif not all_ran:
            self._rows = max(MIN_ROWS, int(self._rows * min(ROOM, max(0.5, in_time))))

    def _take_turns(self, user_id: int) -> None:
        if user_id and self._last_user and user_id != self._last_user:
            self._shares_until = self._around.monotonic() + SHARING
        self._after_user, self._last_user = user_id, user_id or self._last_user

    def _part(self) -> float:
        return SHARE if self._around.monotonic() < self._shares_until else 1.0

    def _most(self) -> int:
        return max(min(MIN_ROWS, self._rows), int(self._rows * self._part()))

    def _load(self, version: Version, step: Step) -> Action:
        key = (version.version_id, step.id)
        if key not in self._loaded:
            if len(self._loaded) > 10_000:
                self._loaded.clear()
            self._loaded[key] = self._actions.load(step.action, step.params)
        return self._loaded[key]

    def rest(self) -> None:
        """Nothing is being run: nobody need ask later what became of the last tick's people."""
        if self._marked:
            self._markers.clear(self._worker)
            self._marked = False

    def _bulk(self) -> int:
        """A batch of what somebody ordered for many, after each tick: nobody who is due waits for
        the end of it."""
        if self._around.monotonic() - self._tasks_at < self._limits.suspects_every:
            return 0
        done = self._tasks.step()
        self._tasks_at = float("-inf") if done else self._around.monotonic()
        return done

    def _go_over(self) -> int:
        """One batch of people over to a newer version, and at once another as long as there are
        some. Those who are due have their turn after each."""
        if not self._goes_over:
            return 0
        try:
            done = self._changing_over.step()
        except (Interrupted, Unavailable):
            raise
        except Exception:
            log.exception("people could not go over to a new version; they run on at theirs")
            done = 0
        self._goes_over = done > 0
        return done

    # What crashed workers left behind.

    def _aside(self) -> int:
        """One batch of what lies beside the stream of due people: those who shall leave, the
        frozen, and those who crashed workers. However many there are, the due have a turn after
        it."""
        self._watched = 0
        if self._around.monotonic() - self._looked_at < self._limits.suspects_every:
            return 0
        self._looked_at = self._around.monotonic()
        self._goes_over = True
        self._watched = self._watching.step()  # in between, due people are not kept waiting
        done = self._leaving.step() + self._thawing.step()
        if done or self._watched:
            self._looked_at = float("-inf")
        return done or self._suspects()

    def _suspects(self) -> int:
        """Run one batch that a crashed worker left, apart from everybody else."""
        found = self._markers.suspects(self._worker)
        self._without = tuple(i for _, _, ids in found for i in ids)
        for marker_id, crashes, ids in found:
            if self._markers.adopt(self._worker, marker_id):
                self._looked_at = float("-inf")
                try:
                    return self._run_suspects(marker_id, crashes, ids)
                except Exception:
                    self._markers.give_back(marker_id)
                    raise
        return 0

    def _run_suspects(self, marker_id: int, crashes: int, ids: Sequence[EnrollmentId]) -> int:
        with self._begin() as work:
            now = self._around.clock(work)
            claimed = work.store.claim_these(now, ids)
            footings = _footings(work, claimed)
            groups = without_thawing(work, claimed, footings)
            if groups != claimed:  # they are thawed first, and stay suspect until then
                self._markers.give_back(marker_id)
                return 0
            if len(ids) == 1 and crashes >= MAX_CRASHES:
                self._park(work, now, groups)
            elif groups:
                self._go(work, now, groups, footings)
        self._markers.resolve(self._worker, marker_id)
        return max(1, sum(len(members) for _, members in groups))

    def _park(self, work: Work, now: datetime, groups: Groups) -> None:
        parked, counts = [], list[Count]()
        for at, members in groups:
            version = work.store.version(at.version_id)
            for member in members:
                if member.state == "entering":  # they have begun, with what brought workers down
                    counts += self._mover.start(version, stand(version, at, member))
                parked.append(_poisoned(version, at, member, now))
        work.store.settle(parked, now)
        work.store.count(counts, now)


def _poisoned(version: Version, at: Position, member: Member, now: datetime) -> Standing:
    """Parked, with a line of history that says why."""
    text = "Again and again workers stopped dead while they ran this step, at last for this person"
    text += " alone. Look into the worker's log before you try again."
    step = version.program.steps.get(at.step_id)
    line = Visit(
        enrollment_id=member.enrollment_id,
        visit=member.visit + 1,
        position=at,
        action=step.action if step else "",
        outcome="parked",
        branch=None,
        at=now,
        detail={"code": "poison", "reason": text},
    )
    return Standing(
        member=member,
        user_id=version.user_id,
        journey_id=version.journey_id,
        position=at,
        state="parked",
        visit=line.visit,
        attempts=member.attempts,
        cause="poison",
        cause_text=text,
        visits=[line],
    )


def _footings(work: Work, groups: Groups) -> Mapping[int, Footing]:
    """How the journeys stand that these people are in."""
    return work.store.statuses({work.store.version(at.version_id).journey_id for at, _ in groups})


def _ids(groups: Groups) -> list[EnrollmentId]:
    return [m.enrollment_id for _, members in groups for m in members]
