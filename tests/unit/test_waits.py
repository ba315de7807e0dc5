"""Waits by hand: tables of clock changes, windows and refusals."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugin.domain.waits import (
    Delay,
    Unit,
    Window,
    after,
    due,
    find_zone,
    instant,
    next_opening,
    until,
)
from plugin.errors import BadValue

BERLIN = "Europe/Berlin"
NEW_YORK = "America/New_York"
LORD_HOWE = "Australia/Lord_Howe"
CASABLANCA = "Africa/Casablanca"
APIA = "Pacific/Apia"

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
EVERY_DAY = frozenset(range(7))
WORKDAYS = frozenset({MON, TUE, WED, THU, FRI})


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(hours, days=EVERY_DAY):
    opens, closes = (time.fromisoformat(part) for part in hours.split("-"))
    return Window(frozenset(days), opens, closes)


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        (BERLIN, "2026-07-01 12:00", "2026-07-01 10:00"),
        (BERLIN, "2026-03-29 01:59:59.999999", "2026-03-29 00:59:59.999999"),
        (BERLIN, "2026-03-29 02:00", "2026-03-29 01:00"),
        (BERLIN, "2026-03-29 02:30:15.5", "2026-03-29 01:00"),
        (BERLIN, "2026-03-29 02:59:59.999999", "2026-03-29 01:00"),
        (BERLIN, "2026-03-29 03:00", "2026-03-29 01:00"),
        (BERLIN, "2026-10-25 02:30", "2026-10-25 00:30"),
        (BERLIN, "2026-10-25 03:00", "2026-10-25 02:00"),
        (NEW_YORK, "2026-03-08 02:30", "2026-03-08 07:00"),
        (NEW_YORK, "2026-11-01 01:30", "2026-11-01 05:30"),
        (NEW_YORK, "2026-11-01 02:00", "2026-11-01 07:00"),
        (LORD_HOWE, "2026-10-04 02:15", "2026-10-03 15:30"),
        (LORD_HOWE, "2026-10-04 02:30", "2026-10-03 15:30"),
        (LORD_HOWE, "2026-04-05 01:45", "2026-04-04 14:45"),
        (LORD_HOWE, "2026-04-05 02:00", "2026-04-04 15:30"),
        (CASABLANCA, "2026-02-15 02:30", "2026-02-15 01:30"),
        (CASABLANCA, "2026-03-22 02:30", "2026-03-22 02:00"),
        (APIA, "2011-12-30 10:00", "2011-12-30 10:00"),
        (APIA, "2011-12-29 23:59", "2011-12-30 09:59"),
        (APIA, "2011-12-31 00:00", "2011-12-30 10:00"),
        ("UTC", "2026-03-29 02:30", "2026-03-29 02:30"),
        ("Asia/Kathmandu", "2026-03-29 05:45", "2026-03-29 00:00"),
    ],
)
def test_a_wall_clock_time_becomes_the_first_instant_that_fits(zone, wall, expected):
    assert instant(datetime.fromisoformat(wall), ZoneInfo(zone)) == utc(expected)


def test_a_date_and_a_time_of_day_become_an_instant_by_the_same_rules():
    assert until(date(2026, 3, 29), time(2, 30), ZoneInfo(BERLIN)) == utc("2026-03-29 01:00")


@pytest.mark.parametrize(
    ("zone", "start", "amount", "expected"),
    [
        (BERLIN, "2026-03-28 11:00", 1, "2026-03-29 10:00"),
        (BERLIN, "2026-10-24 10:00", 1, "2026-10-25 11:00"),
        (BERLIN, "2026-03-28 01:30", 1, "2026-03-29 01:00"),
        (BERLIN, "2026-10-24 00:30", 1, "2026-10-25 00:30"),
        (BERLIN, "2026-10-25 01:30", 1, "2026-10-26 01:30"),
        (BERLIN, "2026-10-25 01:30", 0, "2026-10-25 01:30"),
        (BERLIN, "2026-01-15 08:00:00.123456", 180, "2026-07-14 07:00:00.123456"),
        (NEW_YORK, "2026-03-07 15:00", 1, "2026-03-08 14:00"),
        (NEW_YORK, "2026-10-31 14:00", 1, "2026-11-01 15:00"),
        (LORD_HOWE, "2026-04-04 01:00", 1, "2026-04-05 01:30"),
        (LORD_HOWE, "2026-10-03 01:30", 1, "2026-10-04 01:00"),
        (LORD_HOWE, "2026-10-02 15:45", 1, "2026-10-03 15:30"),
        (CASABLANCA, "2026-02-14 11:00", 1, "2026-02-15 12:00"),
        (CASABLANCA, "2026-03-21 12:00", 1, "2026-03-22 11:00"),
        (APIA, "2011-12-29 20:00", 1, "2011-12-30 10:00"),
        (APIA, "2011-12-29 20:00", 2, "2011-12-30 20:00"),
    ],
)
def test_a_day_keeps_the_wall_clock_time(zone, start, amount, expected):
    assert after(utc(start), Delay(amount, Unit.DAYS), ZoneInfo(zone)) == utc(expected)


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        (24, Unit.HOURS, "2026-10-25 22:30"),
        (1440, Unit.MINUTES, "2026-10-25 22:30"),
        (86_400, Unit.SECONDS, "2026-10-25 22:30"),
        (1, Unit.DAYS, "2026-10-25 23:30"),
        (0, Unit.SECONDS, "2026-10-24 22:30"),
    ],
)
def test_hours_and_less_are_absolute_on_a_day_of_25_hours(amount, unit, expected):
    assert after(utc("2026-10-24 22:30"), Delay(amount, unit), ZoneInfo(BERLIN)) == utc(expected)


def test_the_length_of_a_day_follows_the_clocks():
    def hours(zone, start):
        wall = datetime.fromisoformat(start)
        begin = instant(wall, ZoneInfo(zone))
        return (after(begin, Delay(1, Unit.DAYS), ZoneInfo(zone)) - begin) / timedelta(hours=1)

    assert hours(BERLIN, "2026-03-28 12:00") == 23
    assert hours(BERLIN, "2026-10-24 12:00") == 25
    assert hours(NEW_YORK, "2026-10-31 12:00") == 25
    assert hours(LORD_HOWE, "2026-10-03 12:00") == 23.5
    assert hours(LORD_HOWE, "2026-04-04 12:00") == 24.5
    assert hours("UTC", "2026-10-24 12:00") == 24


def test_answers_are_in_utc_whatever_zone_the_question_was_in():
    start = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo(BERLIN))
    everything = window("00:00-00:00")
    for answer in (
        after(start, Delay(1, Unit.HOURS), ZoneInfo(NEW_YORK)),
        after(start, Delay(1, Unit.DAYS), ZoneInfo(NEW_YORK)),
        next_opening(start, everything, ZoneInfo(NEW_YORK)),
    ):
        assert answer.tzinfo is UTC
    assert next_opening(start, everything, ZoneInfo(NEW_YORK)) == utc("2026-07-01 10:00")


@pytest.mark.parametrize("amount", [-1, 1.0, True, "1", None, 3651, 10**30])
def test_a_delay_that_is_no_number_of_days_is_refused(amount):
    with pytest.raises(BadValue, match=r"whole number of days between 0 and 3,650"):
        Delay(amount, Unit.DAYS)


@pytest.mark.parametrize(
    ("unit", "most"),
    [
        (Unit.SECONDS, 315_360_000),
        (Unit.MINUTES, 5_256_000),
        (Unit.HOURS, 87_600),
        (Unit.DAYS, 3650),
    ],
)
def test_the_longest_delay_is_the_same_in_each_unit(unit, most):
    assert after(utc("2026-01-01"), Delay(most, unit), ZoneInfo("UTC")) == utc("2035-12-30")
    with pytest.raises(BadValue, match=f"{most:,}"):
        Delay(most + 1, unit)


# Each line: what wall clocks show, the answer in UTC. 3 August 2026 is a Monday; Berlin is at +2.
@pytest.mark.parametrize(
    ("hours", "days", "wall", "expected"),
    [
        ("09:00-17:00", WORKDAYS, "2026-08-03 08:59:59", "2026-08-03 07:00"),
        ("09:00-17:00", WORKDAYS, "2026-08-03 09:00", "2026-08-03 07:00"),
        ("09:00-17:00", WORKDAYS, "2026-08-03 12:34:56.789", "2026-08-03 10:34:56.789"),
        ("09:00-17:00", WORKDAYS, "2026-08-03 16:59:59.999999", "2026-08-03 14:59:59.999999"),
        ("09:00-17:00", WORKDAYS, "2026-08-03 17:00", "2026-08-04 07:00"),
        ("09:00-17:00", WORKDAYS, "2026-08-07 17:00", "2026-08-10 07:00"),
        ("09:00-17:00", {MON}, "2026-08-03 17:00", "2026-08-10 07:00"),
        ("22:00-06:00", {FRI}, "2026-08-07 21:59", "2026-08-07 20:00"),
        ("22:00-06:00", {FRI}, "2026-08-08 05:59", "2026-08-08 03:59"),
        ("22:00-06:00", {FRI}, "2026-08-08 06:00", "2026-08-14 20:00"),
        ("22:00-06:00", {FRI}, "2026-08-07 05:00", "2026-08-07 20:00"),
        ("22:00-06:00", {SUN}, "2026-08-03 05:00", "2026-08-03 03:00"),
        ("09:00-00:00", {MON}, "2026-08-03 23:59", "2026-08-03 21:59"),
        ("09:00-00:00", {MON}, "2026-08-04 00:00", "2026-08-10 07:00"),
        ("00:00-00:00", {SAT, SUN}, "2026-08-03 10:00", "2026-08-07 22:00"),
        ("00:00-00:00", {SAT, SUN}, "2026-08-09 23:59", "2026-08-09 21:59"),
        ("13:00-13:00", {SAT}, "2026-08-08 00:00", "2026-08-07 22:00"),
        ("13:00-13:00", {SAT}, "2026-08-09 00:00", "2026-08-14 22:00"),
        ("12:00-12:01", {WED}, "2026-08-05 12:00:59", "2026-08-05 10:00:59"),
        ("12:00-12:01", {WED}, "2026-08-05 12:01", "2026-08-12 10:00"),
    ],
)
def test_a_window_lets_through_or_waits_for_its_next_opening(hours, days, wall, expected):
    berlin = ZoneInfo(BERLIN)
    at = datetime.fromisoformat(wall).replace(tzinfo=berlin).astimezone(UTC)
    assert next_opening(at, window(hours, days), berlin) == utc(expected)


@pytest.mark.parametrize(
    ("zone", "hours", "at", "expected"),
    [
        # Clocks jump over the opening: the first valid minute after.
        (BERLIN, "02:30-04:00", "2026-03-29 00:10", "2026-03-29 01:00"),
        (LORD_HOWE, "02:10-04:00", "2026-10-03 15:29", "2026-10-03 15:30"),
        # Over the whole window: that one minute is open.
        (BERLIN, "02:00-03:00", "2026-03-29 00:59", "2026-03-29 01:00"),
        (BERLIN, "02:00-03:00", "2026-03-29 01:00", "2026-03-29 01:00"),
        (BERLIN, "02:00-03:00", "2026-03-29 01:00:59.9", "2026-03-29 01:00:59.9"),
        (BERLIN, "02:00-03:00", "2026-03-29 01:01", "2026-03-30 00:00"),
        (CASABLANCA, "02:15-02:45", "2026-03-22 01:50", "2026-03-22 02:00"),
        # Over the closing: closed after the jump.
        (BERLIN, "01:30-02:30", "2026-03-29 00:59:59", "2026-03-29 00:59:59"),
        (BERLIN, "01:30-02:30", "2026-03-29 01:00", "2026-03-29 23:30"),
        (BERLIN, "01:00-02:00", "2026-03-29 01:00", "2026-03-29 23:00"),
        # Clocks go back over the opening: the first of the two.
        (BERLIN, "02:30-04:00", "2026-10-24 23:00", "2026-10-25 00:30"),
        (NEW_YORK, "01:30-04:00", "2026-11-01 05:00", "2026-11-01 05:30"),
        (LORD_HOWE, "01:45-04:00", "2026-04-04 14:00", "2026-04-04 14:45"),
        # In the second hour wall clocks decide again.
        (BERLIN, "02:30-04:00", "2026-10-25 01:10", "2026-10-25 01:30"),
        (BERLIN, "01:00-02:30", "2026-10-25 00:40", "2026-10-25 01:00"),
        (BERLIN, "01:00-02:30", "2026-10-25 01:29", "2026-10-25 01:29"),
        (BERLIN, "01:00-02:30", "2026-10-25 01:30", "2026-10-26 00:00"),
        # A change on the way to an opening after it.
        (BERLIN, "09:00-17:00", "2026-10-24 20:00", "2026-10-25 08:00"),
        (BERLIN, "09:00-17:00", "2026-03-28 20:00", "2026-03-29 07:00"),
        (CASABLANCA, "09:00-17:00", "2026-02-14 20:00", "2026-02-15 09:00"),
    ],
)
def test_a_window_holds_when_clocks_change(zone, hours, at, expected):
    answer = next_opening(utc(at), window(hours), ZoneInfo(zone))
    assert answer == utc(expected)
    assert next_opening(answer, window(hours), ZoneInfo(zone)) == answer


def test_an_opening_on_a_day_that_a_zone_skips_is_the_first_valid_minute_after():
    apia = ZoneInfo(APIA)
    fridays = window("09:00-17:00", {FRI})
    assert next_opening(utc("2011-12-29 12:00"), fridays, apia) == utc("2011-12-30 10:00")
    assert next_opening(utc("2011-12-30 10:01"), fridays, apia) == utc("2012-01-05 19:00")


def test_a_wait_is_its_delay_and_then_its_window():
    berlin, one_day = ZoneInfo(BERLIN), Delay(1, Unit.DAYS)
    start = utc("2026-08-06 18:00")
    assert due(start, one_day, None, berlin) == utc("2026-08-07 18:00")
    assert due(start, one_day, window("09:00-17:00", WORKDAYS), berlin) == utc("2026-08-10 07:00")
    assert due(start, one_day, window("19:00-22:00", WORKDAYS), berlin) == utc("2026-08-07 18:00")


@pytest.mark.parametrize("days", [(), (7,), (-1, 0), ("Monday",)])
def test_a_window_without_real_days_is_refused(days):
    with pytest.raises(BadValue, match="day of the week"):
        Window(frozenset(days), time(9), time(17))


@pytest.mark.parametrize("odd", [time(9, 0, 1), time(9, 0, 0, 1), time(9, tzinfo=UTC)])
def test_a_window_is_kept_to_the_minute_and_without_a_zone_of_its_own(odd):
    with pytest.raises(BadValue, match="hours and minutes"):
        Window(EVERY_DAY, odd, time(17))
    with pytest.raises(BadValue, match="hours and minutes"):
        Window(EVERY_DAY, time(17), odd)


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "Australia/Lord_Howe", "Asia/Kolkata"])
def test_a_zone_is_found_by_its_name(name):
    assert find_zone(name).key == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " Europe/Berlin",
        "europe/berlin",
        "Europe",
        "Mars/Olympus",
        "../../etc/passwd",
        "/etc/localtime",
        "localtime",
        "Factory",
        "right/Europe/Berlin",
        "posix/Europe/Berlin",
        "UTC\0",
        "+02:00",
        "x" * 5000,
    ],
)
def test_an_unknown_zone_is_refused_with_an_example(name):
    with pytest.raises(BadValue, match="Europe/Berlin") as refusal:
        find_zone(name)
    assert len(str(refusal.value)) < 200
