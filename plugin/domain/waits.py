"""When a wait is over: delays and weekly windows, in wall-clock time of a zone.

All instants are aware UTC datetimes. A wall-clock time is a naive datetime; it becomes an
instant as late as possible, because what a wall clock will show is decided by governments.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from plugin.errors import BadValue

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

LONGEST_DELAY = timedelta(days=3650)

#: Entries of the operating system's zone folder that name no zone of the world.
_NOT_ZONES = frozenset({"Factory", "localtime"})


class Unit(StrEnum):
    """What the amount of a delay counts."""

    SECONDS = "seconds"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Delay:
    """`amount` of `unit`, from 0 to 3,650 days. Raises BadValue outside of that."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        most = LONGEST_DELAY // timedelta(**{self.unit.value: 1})
        if type(self.amount) is not int or not 0 <= self.amount <= most:
            raise BadValue(f"Wait a whole number of {self.unit} between 0 and {most:,}.")


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a week in which something may happen, to the minute.

    `days`: 0 is Monday, 6 is Sunday; the day is the one on which the window opens. It is open
    from `opens` until just before `closes`; when `opens` is later, `closes` is on the next day;
    when they are equal, it is open for the whole day, from midnight to midnight. Raises BadValue
    for no days, days that don't exist, seconds, and times that carry a zone.
    """

    days: frozenset[int]
    opens: time
    closes: time

    def __post_init__(self) -> None:
        if not self.days or not self.days <= frozenset(range(7)):
            raise BadValue("Choose at least one day of the week, from 0 (Monday) to 6 (Sunday).")
        for moment in (self.opens, self.closes):
            if moment.tzinfo or moment.second or moment.microsecond:
                raise BadValue("Write a window's times as hours and minutes, such as 09:30.")

    def is_open(self, wall: datetime) -> bool:
        """Whether the window is open when wall clocks show `wall` (naive)."""
        today = wall.weekday() in self.days
        now = wall.time()
        if self.opens < self.closes:
            return today and self.opens <= now < self.closes
        if self.opens == self.closes:
            return today
        yesterday = (wall.weekday() - 1) % 7 in self.days
        return (today and now >= self.opens) or (yesterday and now < self.closes)

    def first_opening(self, wall: datetime) -> datetime:
        """The first opening at or after `wall`; both naive, clock changes left aside."""
        opens = time.min if self.opens == self.closes else self.opens
        days = (wall.date() + ahead * DAY for ahead in range(8))
        openings = (datetime.combine(day, opens) for day in days if day.weekday() in self.days)
        return next(opening for opening in openings if opening >= wall)


def find_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name, spelled exactly. Raises BadValue for anything else."""
    if name not in _zone_names():
        raise BadValue(f"There is no time zone {name[:64]!r}. Write it like Europe/Berlin, or UTC.")
    return ZoneInfo(name)


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which wall clocks in `zone` show `wall` (naive).

    The first of the two when clocks go back over it; the first valid minute after when clocks
    jump over it.
    """
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if _wall(first, zone) == wall:
        return first
    return _first_change(second, first, zone) or first


def until(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant of a date and a time of day, by the same rules as `instant`."""
    return instant(datetime.combine(day, at), zone)


def after(start: datetime, delay: Delay, zone: ZoneInfo) -> datetime:
    """The end of a delay that begins at `start`.

    A day keeps the wall-clock time of `zone`, so it has 23 or 25 hours when clocks change; hours,
    minutes and seconds are absolute. Never before `start`.
    """
    if delay.unit is Unit.DAYS and delay.amount:
        return instant(_wall(start, zone) + delay.amount * DAY, zone)
    return start.astimezone(UTC) + timedelta(**{delay.unit.value: delay.amount})


def days_before(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same wall-clock time so many days earlier."""
    return instant(_wall(moment, zone) - days * DAY, zone)


def next_opening(at: datetime, window: Window, zone: ZoneInfo) -> datetime:
    """`at` itself when the window is open by the wall clocks of `zone`, else its next opening.

    When clocks jump over the opening, the first valid minute after the jump is open, even if
    the whole window is jumped over. In an hour that happens twice, wall clocks decide as well:
    the window may be open in both. A later `at` never gives an earlier answer, and an answer
    given as `at` is answered with itself.
    """
    at = at.astimezone(UTC)
    if window.is_open(_wall(at, zone)) or _just_jumped_over_opening(at, window, zone):
        return at
    while True:
        wall = _wall(at, zone)
        opening = window.first_opening(wall)
        expected = at + (opening - wall)
        change = _first_change(at, expected, zone)
        if change is None:
            return expected
        if window.is_open(_wall(change, zone)) or opening < _wall(change, zone):
            return change
        at = change


def due(start: datetime, delay: Delay, window: Window | None, zone: ZoneInfo) -> datetime:
    """When a wait that began at `start` is over: the delay, then the window's next opening."""
    end = after(start, delay, zone)
    return end if window is None else next_opening(end, window, zone)


def _just_jumped_over_opening(at: datetime, window: Window, zone: ZoneInfo) -> bool:
    earlier = at - MINUTE
    change = _first_change(earlier, at, zone)
    if change is None:
        return False
    jump = _wall(earlier, zone) + (change - earlier)
    return window.first_opening(jump) < _wall(change, zone)


def _first_change(start: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
    """The first instant after `start`, up to and including `end`, with another UTC offset.

    `end` is at most eight days away: no zone takes back a change within so short a time.
    """
    offset = start.astimezone(zone).utcoffset()
    if end.astimezone(zone).utcoffset() == offset:
        return None
    low = start.replace(microsecond=0)
    changed_after = bisect_left(
        range((end - low) // SECOND + 1),
        True,
        key=lambda seconds: (low + seconds * SECOND).astimezone(zone).utcoffset() != offset,
    )
    return low + changed_after * SECOND


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOT_ZONES
