"""Places by clock hours and calendar days, in the order of arrival."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.caps import FARTHEST, allot, day_start, hour_start, next_day, next_hour
from plugin.domain.entry_rules import Caps

OSLO = ZoneInfo("Europe/Oslo")
ZONES = ["UTC", "Europe/Oslo", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana"]
NOW = datetime(2026, 3, 2, 8, 20, tzinfo=UTC)


def placed(caps, now, people, taken=None, zone=OSLO):
    """Each run as `day hour:minute` of the zone and how many; and the record."""
    runs, taken = allot(caps, taken, now, zone, people)
    return [(f"{run.start.astimezone(zone):%d %H:%M}", run.people) for run in runs], taken


def test_who_finds_room_starts_at_once_and_the_others_with_the_next_hours():
    runs, _ = placed(Caps(per_hour=3), NOW, 8)
    assert runs == [("02 09:20", 3), ("02 10:00", 3), ("02 11:00", 2)]


def test_days_begin_at_midnight_of_the_zone():
    runs, _ = placed(Caps(per_day=5), NOW, 12)
    assert runs == [("02 09:20", 5), ("03 00:00", 5), ("04 00:00", 2)]


def test_both_caps_hold_together():
    runs, _ = placed(Caps(per_hour=4, per_day=10), NOW, 23)
    first = [("02 09:20", 4), ("02 10:00", 4), ("02 11:00", 2)]
    second = [("03 00:00", 4), ("03 01:00", 4), ("03 02:00", 2)]
    assert runs == [*first, *second, ("04 00:00", 3)]


def test_later_arrivals_queue_behind_the_last_place_given():
    caps = Caps(per_hour=3)
    _, taken = placed(caps, NOW, 5)
    runs, taken = placed(caps, NOW + timedelta(minutes=1), 3, taken)
    assert runs == [("02 10:00", 1), ("02 11:00", 2)]
    runs, _ = placed(caps, NOW + timedelta(hours=5), 1, taken)
    assert runs == [("02 14:20", 1)]


def test_a_lower_cap_leaves_places_that_were_given_and_a_higher_one_fills_the_last_window():
    _, taken = placed(Caps(per_hour=10), NOW, 25)
    lower, _ = placed(Caps(per_hour=2), NOW, 3, taken)
    assert lower == [("02 12:00", 2), ("02 13:00", 1)]
    higher, _ = placed(Caps(per_hour=20), NOW, 16, taken)
    assert higher == [("02 11:00", 15), ("02 12:00", 1)]


def test_the_hour_that_happens_twice_is_one_hour_and_the_one_that_does_not_happen_has_no_places():
    back = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30, and an hour later again
    assert hour_start(back, OSLO) == hour_start(back + timedelta(hours=1), OSLO)
    runs, _ = placed(Caps(per_hour=1), back, 2)
    assert runs == [("25 02:30", 1), ("25 03:00", 1)]
    forth = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # 01:30, then comes 03:00
    runs, _ = placed(Caps(per_hour=1), forth, 2)
    assert runs == [("29 01:30", 1), ("29 03:00", 1)]


def test_nobody_is_sent_beyond_ten_years():
    runs, taken = allot(Caps(per_day=1), None, NOW, OSLO, 5000)
    assert runs[-1].start <= NOW + FARTHEST + timedelta(days=1)
    assert sum(run.people for run in runs) == 5000
    again, _ = allot(Caps(per_day=1), taken, NOW, OSLO, 3)
    assert again == [(taken.hour, 3)]


@pytest.mark.parametrize("name", ZONES)
@given(st.integers(0, 6 * 365 * 24 * 60))
def test_windows_hold_their_instant_and_follow_one_another(name, minutes):
    zone, at = ZoneInfo(name), datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    hour, day = hour_start(at, zone), day_start(at, zone)
    assert day <= hour <= at < next_hour(hour, zone)
    assert at < next_day(day, zone)
    for start, of in ((next_hour(hour, zone), hour_start), (next_day(day, zone), day_start)):
        assert of(start, zone) == start
        assert of(start - timedelta(seconds=1), zone) == of(at, zone)


@given(
    st.integers(0, 5),
    st.integers(0, 9),
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 12)), max_size=6),
)
def test_no_window_gives_more_than_the_caps_and_order_is_kept(per_hour, per_day, arrivals):
    now, taken, starts = NOW, None, []
    for minutes, people in arrivals:
        now += timedelta(minutes=minutes)
        runs, taken = allot(Caps(per_hour, per_day), taken, now, OSLO, people)
        starts += [run.start for run in runs for _ in range(run.people)]
    assert len(starts) == sum(people for _, people in arrivals)
    assert starts == sorted(starts)
    hours = [hour_start(start, OSLO) for start in starts]
    days = [day_start(start, OSLO) for start in starts]
    assert not per_hour or all(hours.count(hour) <= per_hour for hour in hours)
    assert not per_day or all(days.count(day) <= per_day for day in days)
