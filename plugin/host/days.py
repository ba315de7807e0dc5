"""Date rules as half-open spans of days, and where those days begin in the host's clock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

_ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` up to, without, `end`; None is open."""

    first: date | None
    end: date | None

    def shown(self, show: Callable[[date], str]) -> tuple[str | None, str | None]:
        """Both ends as text; None stays."""
        first, end = self.first, self.end
        return (None if first is None else show(first), None if end is None else show(end))


@dataclass(frozen=True, slots=True)
class Calendar:
    """`zone`: where the rules' days begin at midnight · `host_zone`: where the host's do."""

    today: date
    zone: tzinfo
    host_zone: ZoneInfo

    @classmethod
    def of(cls, today: datetime, host_zone: ZoneInfo) -> Calendar:
        """`today` is aware; its zone is the one in which the rules' days are meant."""
        return cls(today.date(), today.tzinfo or UTC, host_zone)

    def span(self, operator: str, value: Any) -> Span:
        """The days for which a date operator is true; of a pair of opposites, the positive one.

        "In the last 7 days" is today and the seven days before it, "in the next 7 days" today and
        the seven days after it: whole days, both ends included.
        """
        match operator:
            case "on":
                return Span(_day(value), _after(_day(value)))
            case "before":
                return Span(None, _day(value))
            case "after":
                first = _after(_day(value))
                return Span(first, None) if first else Span(date.max, date.max)
            case "between":
                return Span(_day(value[0]), _after(_day(value[1])))
            case "in_next_days":
                return Span(self.today, self.today + timedelta(days=value + 1))
            case "days_from_now":
                return self._only(timedelta(days=value))
            case "days_ago":
                return self._only(timedelta(days=-value))
            case _:
                return Span(self.today - timedelta(days=value), self.today + _ONE)

    def _only(self, away: timedelta) -> Span:
        return Span(self.today + away, self.today + away + _ONE)

    def in_host_time(self, day: date) -> str:
        """The first instant of a day, as the host's clock shows it."""
        return self._midnight(day, self.host_zone)

    def in_utc(self, day: date) -> str:
        """The first instant of a day in UTC."""
        return self._midnight(day, UTC)

    def _midnight(self, day: date, zone: tzinfo) -> str:
        start = datetime.combine(day, time(), self.zone)
        with suppress(OverflowError):  # on the first or last day of all
            start = start.astimezone(zone)
        return start.replace(tzinfo=None).isoformat(" ", "seconds")


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _after(day: date) -> date | None:
    return None if day == date.max else day + _ONE
