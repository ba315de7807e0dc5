"""Outcomes become positions: the only place that knows what each answer of an action means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from plugin.domain.enrollment import (
    Branch,
    End,
    Failed,
    Hold,
    Member,
    Next,
    Outcome,
    Position,
    Standing,
    Stay,
    Until,
    Visit,
)
from plugin.domain.program import WAITERS, StepId
from plugin.engine.ports import Count, Version

#: Failed steps, as the host does: 15 minutes, doubling to 6 hours, 6 tries in all, then parked.
RETRY_BASE = timedelta(minutes=15)
RETRY_MAX = timedelta(hours=6)
MAX_TRIES = 6
#: The remark of a step that a goal has led somebody away from.
JUMPED = "goal"
#: A held step looks again this often: it goes on by itself when the cause is gone.
HOLD_RETRY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Mover:
    """`random` gives [0, 1) and spreads retries by ±10 %."""

    random: Callable[[], float]

    def apply(
        self, version: Version, standing: Standing, outcome: Outcome, now: datetime
    ) -> tuple[str, str | None, Sequence[Count]]:
        """Change the standing; answers the word and branch for the history, and the counts."""
        match outcome:
            case Next():
                return "next", None, self.go_on(version, standing, now)
            case Branch(name=name, waited=waited):
                standing.waits = standing.waits or waited
                target = version.program.branch(standing.position.step_id, name)
                return "branch", name, self._move(version, standing, target, now, f"branch:{name}")
            case Until(due=due) if due <= now:
                return "until", None, self.go_on(version, standing, now)
            case Until(due=due):
                standing.state, standing.due_at, standing.waits = "waiting", due, True
                self._clear(standing)
                return "until", None, ()
            case Stay(due=due):
                standing.state, standing.due_at = "active", due
                self._clear(standing)
                return "stay", None, ()
            case Hold(code=code, reason=reason):
                self._pause(standing, code, reason, now + self._spread(HOLD_RETRY))
                return "hold", None, ()
            case End(reason=reason):
                return "end", None, self.end(version, standing, reason, now)
            case Failed():
                return self._fail(standing, outcome, now), None, ()

    def detail(self, standing: Standing, outcome: Outcome) -> Mapping[str, Any] | None:
        """What the history keeps: the action's own detail, with cause and next try."""
        match outcome:
            case Hold(code=code, reason=reason) | Failed(code=code, error=reason):
                cause: dict[str, Any] = {"code": code, "reason": reason}
                if isinstance(outcome, Failed):
                    cause["attempt"] = standing.attempts
                if standing.due_at is not None:
                    cause["next_at"] = standing.due_at.isoformat()
                return {**(outcome.detail or {}), **cause}
            case End(reason=reason):
                return {**(outcome.detail or {}), "reason": reason}
            case _:
                return outcome.detail

    def go_on(self, version: Version, standing: Standing, now: datetime) -> Sequence[Count]:
        """To the step below; past the last one the journey is completed."""
        below = version.program.after.get(standing.position.step_id)
        return self._move(version, standing, below, now, "")

    def end(
        self, version: Version, standing: Standing, reason: str, now: datetime
    ) -> Sequence[Count]:
        """Out of the journey; the entry key is freed as the re-entry rule has it."""
        standing.never_came = standing.state == "entering"
        standing.state, standing.due_at, standing.end_reason = "ended", None, reason
        self._clear(standing)
        reentry = version.document.reentry
        standing.frees_key = reentry.rule == "once_at_a_time"
        if reentry.rule == "again_after" and reentry.since == "exit":
            standing.reopens_at = now + timedelta(days=reentry.days)
        ended = self._count(version, 0, "ended", reason)
        if standing.never_came:
            return (ended,)
        return self._count(version, standing.position.step_id, "left", f"end:{reason}"), ended

    def jump(
        self, version: Version, standing: Standing, target: StepId, now: datetime
    ) -> Sequence[Count]:
        """To another step at once, from wherever they wait, hold or are parked."""
        standing.due_at = now
        return self._move(version, standing, target, now, JUMPED)

    def start(self, version: Version, standing: Standing) -> Sequence[Count]:
        """Somebody who was entering has a place: to the first step."""
        standing.state, standing.arrived = "active", True
        return (self._count(version, standing.position.step_id, "arrived", ""),)

    def _move(
        self,
        version: Version,
        standing: Standing,
        target: StepId | None,
        now: datetime,
        remark: str,
    ) -> Sequence[Count]:
        if target is None:
            *_, ended = self.end(version, standing, "completed", now)
            return (self._count(version, standing.position.step_id, "left", remark), ended)
        left = self._count(version, standing.position.step_id, "left", remark)
        standing.position = Position(
            standing.position.version_id, target, standing.position.list_id
        )
        standing.state, standing.arrived = "active", True
        self._clear(standing)
        return left, self._count(version, target, "arrived", "")

    def _fail(self, standing: Standing, failed: Failed, now: datetime) -> str:
        code, error = failed.code, failed.error
        standing.attempts += 1
        if failed.final or standing.attempts >= MAX_TRIES:
            self._pause(standing, code, error, None)
            standing.state = "parked"
            return "parked"
        pause = min(RETRY_BASE * 2 ** (standing.attempts - 1), RETRY_MAX)
        self._pause(standing, code, error, now + self._spread(pause))
        return "failed"

    def _pause(self, standing: Standing, code: str, text: str, due: datetime | None) -> None:
        standing.state, standing.due_at = "held", due
        standing.cause, standing.cause_text = code, text

    def _clear(self, standing: Standing) -> None:
        standing.cause = standing.cause_text = None
        standing.attempts = 0

    def _spread(self, pause: timedelta) -> timedelta:
        return pause * (0.9 + 0.2 * self.random())

    def _count(self, version: Version, step_id: StepId, figure: str, remark: str) -> Count:
        return Count(
            version.user_id, version.journey_id, version.version_id, step_id, figure, remark, 1
        )


def stand(version: Version, at: Position, member: Member) -> Standing:
    """Where a claimed person stands before anything has happened."""
    return Standing(
        member=member,
        user_id=version.user_id,
        journey_id=version.journey_id,
        position=at,
        state="entering" if member.state == "entering" else "active",
        due_at=member.due_at,
        visit=member.visit,
        attempts=member.attempts,
        waits_at=waits_at(version, at),
    )


def waits_at(version: Version, at: Position) -> StepId | None:
    """The step there, if it is one at which people wait for events."""
    return at.step_id if action_at(version, at) in WAITERS else None


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of the history says, whoever it is about."""

    at: Position
    action: str
    outcome: str
    branch: str | None = None
    detail: Mapping[str, Any] | None = None

    def write(self, standing: Standing, now: datetime) -> None:
        """As the next visit of this person."""
        standing.visit += 1
        detail = {**(self.detail or {}), "never_came": True} if standing.never_came else self.detail
        standing.visits.append(
            Visit(
                standing.member.enrollment_id,
                standing.visit,
                self.at,
                self.action,
                self.outcome,
                self.branch,
                now,
                detail,
            )
        )


def action_at(version: Version, at: Position) -> str:
    """The kind of the step there; '' when the version has no such step."""
    step = version.program.steps.get(at.step_id)
    return step.action if step else ""
