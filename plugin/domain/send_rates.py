"""How many messages may go out: so many in a minute and an hour, so many to one person.

Minutes and hours are whole ones of UTC. Whoever finds no room stands in a line and looks again
when their turn comes; the line is one moment, behind which the next one stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

#: What becomes of somebody who had as many messages as they may have.
OverCap = Literal["wait", "skip", "end"]
OVER_CAP: tuple[OverCap, ...] = get_args(OverCap)
MOST_RATE, MOST_MESSAGES, MOST_DAYS = 10_000_000, 1000, 365
#: Whoever stands in a line looks again at a whole multiple of this: together, not one by one.
STEP = timedelta(seconds=5)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SendRate:
    """Messages per whole minute and hour; 0: any number."""

    per_minute: int = 0
    per_hour: int = 0

    def __bool__(self) -> bool:
        return bool(self.per_minute or self.per_hour)

    @property
    def pause(self) -> timedelta:
        """Between two messages of a line."""
        spans = [(self.per_minute, _MINUTE), (self.per_hour, _HOUR)]
        return max((span / n for n, span in spans if n), default=timedelta())


ANY_RATE = SendRate()


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many messages to one person in so many days of 24 hours, from all journeys."""

    messages: int
    days: int
    over: OverCap = "wait"

    @property
    def span(self) -> timedelta:
        return timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class SendLimits:
    """What an account has chosen for all of its journeys."""

    rate: SendRate = ANY_RATE
    cap: Cap | None = None

    def as_data(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "per_minute": self.rate.per_minute,
            "per_hour": self.rate.per_hour,
        }
        if self.cap:
            cap = self.cap
            data["cap"] = {"messages": cap.messages, "days": cap.days, "over": cap.over}
        return data

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> SendLimits:
        """What `as_data` has written."""
        rate = SendRate(data.get("per_minute", 0), data.get("per_hour", 0))
        cap = data.get("cap")
        return cls(rate, Cap(cap["messages"], cap["days"], cap["over"]) if cap else None)


NO_LIMITS = SendLimits()


@dataclass(frozen=True, slots=True)
class Line:
    """What a journey or an account has sent in its present minute and hour, and how far its line
    reaches: `line_at` is when the last of those who stand in it looks again."""

    minute_at: datetime
    in_minute: int
    hour_at: datetime
    in_hour: int
    line_at: datetime

    @classmethod
    def at(cls, now: datetime) -> Line:
        return cls(floor(now, _MINUTE), 0, floor(now, _HOUR), 0, now)

    def here(self, now: datetime) -> Line:
        """The same in the minute and hour of `now`. A clock that went back opens none again."""
        minute, hour = floor(now, _MINUTE), floor(now, _HOUR)
        line = self
        if minute > line.minute_at:
            line = replace(line, minute_at=minute, in_minute=0)
        if hour > line.hour_at:
            line = replace(line, hour_at=hour, in_hour=0)
        return line

    def room(self, rate: SendRate) -> int | None:
        """None: any number."""
        lefts = [
            max(0, most - had)
            for most, had in ((rate.per_minute, self.in_minute), (rate.per_hour, self.in_hour))
            if most
        ]
        return min(lefts) if lefts else None

    def sent(self, n: int) -> Line:
        return replace(self, in_minute=self.in_minute + n, in_hour=self.in_hour + n)

    def opens(self, rate: SendRate) -> datetime:
        """When there is room again, if there is none now."""
        if rate.per_hour and self.in_hour >= rate.per_hour:
            return self.hour_at + _HOUR
        return self.minute_at + _MINUTE


def floor(at: datetime, span: timedelta) -> datetime:
    return at - (at - _EPOCH) % span


def ceiling(at: datetime, span: timedelta) -> datetime:
    below = floor(at, span)
    return below if below == at else below + span


@dataclass(frozen=True, slots=True)
class Shared:
    """What was given to a number of people: the first `now_` of them may be sent to now, those who
    had stood in the line and the others look again at these moments."""

    now_: int
    again: Sequence[datetime]
    lines: Sequence[Line]


def share(
    limits: Sequence[tuple[SendRate, Line]], now: datetime, waited: int, fresh: int
) -> Shared:
    """Room for `waited` people whose turn has come and `fresh` ones who came just now, in this
    order. Who came just now stands behind a line that there is."""
    lines = [line.here(now) for _, line in limits]
    rates = [rate for rate, _ in limits]
    rooms = [line.room(rate) for rate, line in zip(rates, lines, strict=True)]
    queued = any(line.line_at > now for line in lines)
    wanting = waited + (0 if queued else fresh)
    sent = min([wanting, *(room for room in rooms if room is not None)])
    lines = [line.sent(sent) for line in lines]
    again: list[datetime] = []
    if short := max(0, waited - sent):
        full = [(r, line) for r, line in zip(rates, lines, strict=True) if line.room(r) == 0]
        again += [max(line.opens(rate) for rate, line in full)] * short
    if behind := waited + fresh - sent - short:
        moments, lines = _behind(rates, lines, now, behind)
        again += moments
    return Shared(sent, again, lines)


def _behind(
    rates: Sequence[SendRate], lines: Sequence[Line], now: datetime, people: int
) -> tuple[list[datetime], list[Line]]:
    """When so many who stand behind a line look again. A line that keeps nobody waiting does not
    grow: one slow journey must not keep the account's other journeys waiting."""
    moments, grown = [now] * people, []
    for rate, line in zip(rates, lines, strict=True):
        full = line.room(rate) == 0
        if full or line.line_at > now:
            start = max(line.opens(rate) if full else now, line.line_at)
            moments = [max(m, start + rate.pause * i) for i, m in enumerate(moments)]
            grown.append(replace(line, line_at=start + rate.pause * people))
        else:
            grown.append(line)
    return [ceiling(moment, STEP) for moment in moments], grown
