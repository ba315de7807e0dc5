"""Caps: in which clock hour and calendar day each of many arrivals finds room.

Places are given in the order of arrival and never taken back, so one record says it all: the
window of the last place given, and how many it has given. Hours and days are those of wall
clocks: an hour that happens twice is one hour, a day of 23 or 25 hours is one day.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from plugin.domain.entry_rules import Caps
from plugin.domain.waits import instant

#: Nobody waits longer for a place: the last window is this far away, whatever the cap.
FARTHEST = timedelta(days=3650)


class Taken(NamedTuple):
    """The window of the last place given: when its hour and day began (aware UTC), and how many
    places each of them has given so far."""

    hour: datetime
    in_hour: int
    day: datetime
    in_day: int


class Run(NamedTuple):
    """So many arrivals in a row start at this instant."""

    start: datetime
    people: int


def hour_start(at: datetime, zone: ZoneInfo) -> datetime:
    """When the clock hour of `at` began, aware UTC."""
    return instant(_wall_hour(at, zone), zone)


def day_start(at: datetime, zone: ZoneInfo) -> datetime:
    """When the calendar day of `at` began, aware UTC."""
    return instant(datetime.combine(at.astimezone(zone).date(), time.min), zone)


def next_hour(start: datetime, zone: ZoneInfo) -> datetime:
    """When the clock hour after the one that began at `start` begins."""
    return instant(_wall_hour(start, zone) + timedelta(hours=1), zone)


def next_day(start: datetime, zone: ZoneInfo) -> datetime:
    """When the calendar day after the one that began at `start` begins."""
    tomorrow = start.astimezone(zone).date() + timedelta(days=1)
    return instant(datetime.combine(tomorrow, time.min), zone)


def allot(
    caps: Caps, taken: Taken | None, now: datetime, zone: ZoneInfo, people: int
) -> tuple[list[Run], Taken]:
    """Places for so many arrivals, and the record with them. `taken` None: none were given yet.

    A run that starts at `now` starts at once; the others start when their hour begins.
    """
    at = _from(taken, now, zone)
    runs: list[Run] = []
    while people:
        room = None if at.hour >= now + FARTHEST else _room(caps, at)
        some = people if room is None else min(room, people)
        if some:
            runs.append(Run(max(at.hour, now), some))
            at = at._replace(in_hour=at.in_hour + some, in_day=at.in_day + some)
            people -= some
        if people:
            at = _next(caps, at, zone)
    return runs, at


def _from(taken: Taken | None, now: datetime, zone: ZoneInfo) -> Taken:
    """Where to look for room first: this hour, or the window of the last place given."""
    here = Taken(hour_start(now, zone), 0, day_start(now, zone), 0)
    if taken is None or taken.day < here.day:
        return here
    if taken.hour < here.hour:
        return here._replace(in_day=taken.in_day)
    return taken


def _next(caps: Caps, at: Taken, zone: ZoneInfo) -> Taken:
    """The next window; when the day has no room its other hours are passed over."""
    day_is_full = not caps.per_hour or (caps.per_day and at.in_day >= caps.per_day)
    hour = next_day(at.day, zone) if day_is_full else next_hour(at.hour, zone)
    day = day_start(hour, zone)
    return Taken(hour, 0, day, at.in_day if day == at.day else 0)


def _room(caps: Caps, at: Taken) -> int | None:
    """None: any number."""
    hour = caps.per_hour - at.in_hour if caps.per_hour else None
    day = caps.per_day - at.in_day if caps.per_day else None
    left = [room for room in (hour, day) if room is not None]
    return max(0, min(left)) if left else None


def _wall_hour(at: datetime, zone: ZoneInfo) -> datetime:
    wall = at.astimezone(zone)
    return wall.replace(minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
