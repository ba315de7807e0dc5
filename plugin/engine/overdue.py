"""What becomes of people whose time came while nobody was to run them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from plugin.domain.enrollment import EnrollmentId, Position, Standing
from plugin.domain.program import Step
from plugin.engine.causing import completions
from plugin.engine.kinds import Action
from plugin.engine.moves import Line, Mover, action_at, stand
from plugin.engine.ports import Count, Version, Work
from plugin.engine.tasks_port import Groups
from plugin.errors import JourneysError

How = Literal["now", "spread", "skip", "end"]
Load = Callable[[Version, Step], Action]

#: More overdue people than this are spread unless somebody chooses: nobody means a blast when
#: they turn a journey on again, and a receiver of webhooks may not stand one.
MOST_AT_ONCE = 100
SPREAD_HOURS = 1
MOST_HOURS = 24 * 30


@dataclass(frozen=True, slots=True)
class Choice:
    """`hours` are those over which people are spread."""

    how: How
    hours: int = SPREAD_HOURS

    def kept(self, now: datetime) -> Mapping[str, Any]:
        """As the journey's row has it."""
        return {"how": self.how, "hours": self.hours, "before": now.isoformat()}


def unasked(people: int) -> Choice:
    """For so many overdue people, when nobody has chosen."""
    return Choice("spread" if people > MOST_AT_ONCE else "now")


def spread(enrollment_id: EnrollmentId, start: datetime, seconds: float) -> datetime:
    """After `start` and at `start` + `seconds` at the latest: the same for the same person
    whoever asks, and even over any people."""
    place = (enrollment_id * 2654435761 % 2**32 + 1) / 2**32
    return start + max(timedelta(microseconds=1), timedelta(seconds=seconds * place))


def spread_out(
    work: Work, groups: Groups, load: Load, start: datetime, seconds: float
) -> Mapping[EnrollmentId, datetime]:
    """When each of these is due now; whoever waits for a window goes on in it."""
    due: dict[EnrollmentId, datetime] = {}
    for at, members in groups:
        opening = _opening(work.store.version(at.version_id), at, load)
        for m in members:
            when = spread(m.enrollment_id, start, seconds)
            due[m.enrollment_id] = opening(when) if m.state == "waiting" else when
    return due


def _opening(version: Version, at: Position, load: Load) -> Callable[[datetime], datetime]:
    step = version.program.steps.get(at.step_id)
    try:
        action = load(version, step) if step else None
    except (JourneysError, ValueError):
        action = None  # whoever runs them holds them for that
    return lambda when: action.opening(when, version.zone) if action else when


def move_on(work: Work, mover: Mover, groups: Groups, how: How, now: datetime) -> None:
    """`skip`: past the step whose turn had come: the one below a wait that is over, else the one
    at which they stand or would have started. `end`: out of the journey."""
    out: list[Standing] = []
    counts: list[Count] = []
    for at, members in groups:
        version = work.store.version(at.version_id)
        for member in members:
            standing = stand(version, at, member)
            standing.due_at = now
            move = _skipped if how == "skip" else _ended
            counts += move(mover, version, standing, now)
            out.append(standing)
    work.store.settle(out, now)
    completions(work, out, now)
    work.store.count(counts, now)


def _skipped(mover: Mover, version: Version, standing: Standing, now: datetime) -> Iterator[Count]:
    if standing.state == "entering":
        yield from mover.start(version, standing)
    if standing.member.state == "waiting":
        yield from mover.go_on(version, standing, now)
    if standing.state != "ended":
        at, detail = standing.position, {"by_hand": "overdue"}
        Line(at, action_at(version, at), "skipped", None, detail).write(standing, now)
        yield from mover.go_on(version, standing, now)


def _ended(mover: Mover, version: Version, standing: Standing, now: datetime) -> Iterator[Count]:
    at = standing.position
    yield from mover.end(version, standing, "overdue", now)
    detail = {"reason": "overdue"}
    Line(at, action_at(version, at), "end", None, detail).write(standing, now)
