"""Waits in every zone of the world, against an oracle that walks minute by minute."""

import random
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.domain.waits import Delay, Unit, Window, after, next_opening

ZONES = sorted(available_timezones() - {"Factory", "localtime"})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_WEEKDAY = 3
MINUTES_A_DAY = 1440


def minutes(delta):
    return delta // timedelta(minutes=1)


def at_minute(number):
    return EPOCH + timedelta(minutes=number)


def offset(zone, at):
    return minutes(at.astimezone(zone).utcoffset())


@dataclass(frozen=True)
class Change:
    """`at` is in minutes since 1970 UTC; offsets are in minutes."""

    zone: ZoneInfo
    at: int
    before: int
    after: int

    def wall(self, minute):
        """Minutes since 1970 as wall clocks show them, near this change."""
        return minute + (self.before if minute < self.at else self.after)


@cache
def changes():
    """Of zones whose clocks change alike (most have several names) those of one."""
    each = {}
    for name in ZONES:
        found = _changes_of(ZoneInfo(name))
        each.setdefault(tuple((c.at, c.before, c.after) for c in found), found)
    return [change for found in each.values() for change in found]


def _changes_of(zone):
    low, last = datetime(2020, 1, 1, tzinfo=UTC), datetime(2038, 1, 1, tzinfo=UTC)
    found, before = [], offset(zone, low)
    while low < last:
        high = low + timedelta(days=7)
        now = offset(zone, high)
        if now != before:
            span = range(minutes(high - low) + 1)
            step = bisect_left(
                span, True, key=lambda m: offset(zone, low + timedelta(minutes=m)) != before
            )
            found.append(Change(zone, minutes(low - EPOCH) + step, before, now))
        low, before = high, now
    return found


def is_open(window, wall):
    """The oracle's own reading of a window: the openings of today and yesterday, as intervals."""
    day, minute = divmod(wall, MINUTES_A_DAY)
    opens, closes = _edges(window)
    weekday = (EPOCH_WEEKDAY + day) % 7
    if weekday in window.days and opens <= minute < closes:
        return True
    return (weekday - 1) % 7 in window.days and minute + MINUTES_A_DAY < closes


def opens_at(window, wall):
    day, minute = divmod(wall, MINUTES_A_DAY)
    return minute == _edges(window)[0] and (EPOCH_WEEKDAY + day) % 7 in window.days


@cache
def _edges(window):
    opens, closes = (at.hour * 60 + at.minute for at in (window.opens, window.closes))
    if opens == closes:
        return 0, MINUTES_A_DAY
    return opens, closes + MINUTES_A_DAY * (closes < opens)


def open_minutes(window, span, wall):
    """For each minute of the range: is it open, or the first after a jump over an opening?"""
    answers, expected = [], wall(span.start)
    for minute in span:
        now = wall(minute)
        jumped_over = any(opens_at(window, skipped) for skipped in range(expected, now))
        answers.append(jumped_over or is_open(window, now))
        expected = now + 1
    return answers


def next_open(answers):
    """For each minute: the index of the next open one; None where the range holds no more."""
    following, found = None, []
    for index in range(len(answers) - 1, -1, -1):
        following = index if answers[index] else following
        found.append(following)
    return found[::-1]


def clock_time(minute):
    hour, rest = divmod(minute % MINUTES_A_DAY, 60)
    return time(hour, rest)


def window_near(change, dice):
    """A window with its edges at, in or beside the hour that happens twice or never."""
    edges = [change.at + change.before, change.at + change.after]
    shifts = (-60, -31, -30, -1, 0, 0, 0, 1, 15, 30, 45, 60, 600)
    opens, closes = (clock_time(dice.choice(edges) + dice.choice(shifts)) for _ in range(2))
    today = (EPOCH_WEEKDAY + edges[0] // MINUTES_A_DAY) % 7
    every_day = frozenset(range(7))
    others = {frozenset({today}), every_day - {today}, frozenset({(today - 1) % 7})}
    return Window(dice.choice([every_day, every_day, *sorted(others, key=sorted)]), opens, closes)


def check_window_at(change, window):
    span = range(change.at - 62, change.at + 185)
    upcoming = next_open(open_minutes(window, span, change.wall))
    samples = (-61, -20, -1, 0, 1, 29, 60, 90)
    previous = EPOCH
    for at in (change.at + sample for sample in samples):
        answer = next_opening(at_minute(at), window, change.zone)
        index = upcoming[at - span.start]
        if index is None:
            assert answer >= at_minute(span.stop), (change, window, at)
        else:
            assert answer == at_minute(span[index]), (change, window, at)
        assert answer >= previous, (change, window, at)
        previous = answer
    assert next_opening(previous, window, change.zone) == previous, (change, window)


def test_windows_hold_at_every_clock_change_of_every_zone_from_2020_to_2037():
    dice = random.Random(20_202_037)
    for change in changes():
        check_window_at(change, window_near(change, dice))
    assert len(changes()) > 1000


def test_days_keep_wall_clock_time_at_every_clock_change_of_every_zone_from_2020_to_2037():
    for change in changes():
        low, high = sorted((change.at + change.before, change.at + change.after))
        for wall in (low - 1, low, (low + high) // 2, high - 1, high):
            if wall < change.at + change.before:
                expected = wall - change.before
            else:
                expected = max(change.at, wall - change.after)
            yesterday = at_minute(wall - MINUTES_A_DAY - change.before)
            answer = after(yesterday, Delay(1, Unit.DAYS), change.zone)
            assert answer == at_minute(expected), (change, wall)


@pytest.mark.parametrize(
    ("name", "expected", "jumps"),
    [
        ("Europe/Berlin", 36, {60, -60}),
        ("America/New_York", 36, {60, -60}),
        ("Australia/Lord_Howe", 36, {30, -30}),
        ("Antarctica/Troll", 36, {120, -120}),
        ("Asia/Kolkata", 0, set()),
        ("UTC", 0, set()),
    ],
)
def test_the_search_for_clock_changes_finds_those_that_are_known(name, expected, jumps):
    found = _changes_of(ZoneInfo(name))
    assert len(found) == expected
    assert {change.after - change.before for change in found} == jumps


clock_times = st.integers(0, MINUTES_A_DAY - 1).map(clock_time)
windows = st.builds(Window, st.frozensets(st.integers(0, 6), min_size=1), clock_times, clock_times)
instants = st.datetimes(
    datetime.fromisoformat("2020-01-01"),
    datetime.fromisoformat("2037-12-01"),
    timezones=st.just(UTC),
)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(ZONES).map(ZoneInfo), instants, windows)
def test_the_next_opening_is_the_one_a_walk_over_nine_days_of_minutes_finds(zone, at, window):
    first = minutes(at - EPOCH)
    span = range(first - 1, first + 9 * MINUTES_A_DAY)
    walls = [minute + offset(zone, at_minute(minute)) for minute in span]
    upcoming = next_open(open_minutes(window, span, lambda minute: walls[minute - span.start]))
    expected = at_minute(span[upcoming[1]])
    assert next_opening(at, window, zone) == max(at, expected)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ZONES).map(ZoneInfo), instants, instants, windows)
def test_a_later_question_never_gets_an_earlier_answer(zone, one, other, window):
    early, late = sorted((one, other))
    answers = [next_opening(at, window, zone) for at in (early, late)]
    assert early <= answers[0] <= answers[1] >= late
    assert [next_opening(answer, window, zone) for answer in answers] == answers


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ZONES).map(ZoneInfo), instants, st.integers(0, 3649))
def test_one_day_more_is_never_earlier(zone, start, days):
    shorter, longer = (after(start, Delay(n, Unit.DAYS), zone) for n in (days, days + 1))
    assert start <= shorter <= longer
