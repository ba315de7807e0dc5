"""What each figure means: computed from a passage, its history and its deliveries.

The counters are written as things happen; this says the same from what is kept of them. `refused`
and `result` are only counted: nothing that is kept says how often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from plugin.domain.message_figures import MESSAGE, REVENUE, remark_of

#: What can be computed again.
COMPUTED = (
    *("entered", "arrived", "left", "ended", "goal", "delivered", "undelivered"),
    *(MESSAGE, REVENUE),
)
#: Lines about a passage that are about no step of it.
NO_STEP = ("entered", "loop")
#: Of a remark, so many characters are kept.
REMARK = 64


class Figure(NamedTuple):
    """What a counter counts."""

    user_id: int
    journey_id: int
    version_id: int  #: 0 for deliveries
    step_id: int  #: 0: the journey as a whole
    counted_on: date  #: UTC
    figure: str
    remark: str


class Logged(NamedTuple):
    """A line of the history."""

    version_id: int
    step_id: int
    outcome: str
    branch: str | None
    on: date
    detail: Mapping[str, Any]


class Sent(NamedTuple):
    """A delivery that is done or was given up."""

    step_id: int
    done: bool
    word: str  #: status or error
    on: date


class Aimed(NamedTuple):
    """A goal that was reached, once."""

    version_id: int
    goal: str
    on: date


@dataclass(frozen=True, slots=True)
class Passage:
    """One enrollment. `entered_at` and the like are days, in UTC."""

    user_id: int
    journey_id: int
    version_id: int
    step_id: int
    state: str
    end_reason: str | None
    entered_on: date
    arrived_on: date
    ended_on: date | None
    lines: Sequence[Logged]
    sent: Sequence[Sent] = ()
    goals: Sequence[Aimed] = ()


class Mailed(NamedTuple):
    """A message, and when it became what. `moments` by the remark that they are counted as."""

    user_id: int
    journey_id: int
    version_id: int
    step_id: int
    state: str
    reason: str | None
    on: date
    moments: Mapping[str, datetime | None]
    revenue: int


def meant_of_messages(mailed: Iterable[Mailed]) -> Counter[Figure]:
    """What these messages should be counted as. On which day is only about right: it was counted
    on the day when it became known."""
    sums: Counter[Figure] = Counter()
    for one in mailed:
        where = (one.user_id, one.journey_id, one.version_id, one.step_id)
        standing = remark_of(one.state, one.reason)
        if standing is not None:
            sums[Figure(*where, one.on, MESSAGE, standing[:REMARK])] += 1
        for remark, at in one.moments.items():
            if at is not None:
                sums[Figure(*where, at.date(), MESSAGE, remark)] += 1
        if one.revenue:
            sums[Figure(*where, one.on, REVENUE, "")] += one.revenue
    return sums


#: Version and step.
Place = tuple[int, int]


def meant(passages: Iterable[Passage], numbers: Mapping[tuple[int, int], int]) -> Counter[Figure]:
    """What these passages should be counted as. `numbers`: journey and number → version."""
    sums: Counter[Figure] = Counter()
    for passage in passages:
        for version_id, step_id, on, figure, remark in _Walk(passage, numbers).figures():
            key = (version_id, step_id, on, figure, remark[:REMARK])
            sums[Figure(passage.user_id, passage.journey_id, *key)] += 1
    return sums


#: Version, step, day, figure and remark.
_One = tuple[int, int, date, str, str]


class _Walk:
    """Through one passage, line by line. Whose wait is over goes on without a line: that they
    passed a step is told by the next place at which they are found."""

    def __init__(self, passage: Passage, numbers: Mapping[tuple[int, int], int]) -> None:
        self._passage, self._numbers = passage, numbers
        self._at: Place | None = None  #: None: between two steps, or not come yet
        self._since = passage.entered_on  #: when they left the last one
        self._gone = False

    def figures(self) -> Iterator[_One]:
        p = self._passage
        lines = [line for line in p.lines if line.outcome not in NO_STEP]
        yield self._entry(), 0, p.entered_on, "entered", ""
        late = any(line.outcome == "entered" and "until" in line.detail for line in p.lines)
        if late:  # they waited for their place: they came with the first step
            self._since = lines[0].on if lines else p.arrived_on
        for line in lines:
            yield from self._line(line)
        yield from self._last()
        for one in p.sent:
            figure, remark = ("delivered", "") if one.done else ("undelivered", one.word)
            yield 0, one.step_id, one.on, figure, remark
        for goal in p.goals:
            yield goal.version_id, 0, goal.on, "goal", goal.goal

    def _entry(self) -> int:
        """The version that they entered."""
        if not self._passage.lines:
            return self._passage.version_id
        first = self._passage.lines[0]
        return self._left_version(first) if first.outcome == "moved" else first.version_id

    def _line(self, line: Logged) -> Iterator[_One]:
        if line.outcome == "moved" and line.detail.get("never_came"):
            return  # they are entering still
        if line.outcome == "moved":
            came_from = self._left_version(line), line.detail.get("step", line.step_id)
            yield from self._come(came_from, line.on)
            yield from self._leave("moved", line.on)
            yield from self._come((line.version_id, line.step_id), line.on)
            return
        if line.outcome == "end" and line.detail.get("never_came"):
            self._gone = True
            return
        yield from self._come((line.version_id, line.step_id), line.on)
        match line.outcome:
            case "next" | "skipped":
                yield from self._leave("", line.on)
            case "branch":
                yield from self._leave(f"branch:{line.branch}", line.on)
            case "jumped":
                yield from self._leave("goal", line.on)
            case "end":
                yield from self._leave(f"end:{line.detail['reason']}", line.on)
                self._gone = True
            case _:
                pass

    def _last(self) -> Iterator[_One]:
        """Where the row says that they are."""
        p = self._passage
        if p.ended_on is not None:
            if self._at is not None and not self._gone:  # their last wait was over
                yield from self._leave("", p.ended_on)
            yield p.version_id, 0, p.ended_on, "ended", p.end_reason or ""
        elif p.state != "entering":
            yield from self._come((p.version_id, p.step_id), p.arrived_on)

    def _come(self, place: Place, on: date) -> Iterator[_One]:
        if self._at == place:
            return
        if self._at is not None:
            yield from self._leave("", on)
        self._at = place
        yield *place, self._since, "arrived", ""

    def _leave(self, remark: str, on: date) -> Iterator[_One]:
        if self._at is not None:
            yield *self._at, on, "left", remark
        self._at, self._since = None, on

    def _left_version(self, line: Logged) -> int:
        key = (self._passage.journey_id, line.detail["from_version"])
        return self._numbers[key]
