"""Waits: due at their instant and not a microsecond earlier, and then the step below."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.documents import decide, journey, rule, update, wait
from tests.world import START
from tests.world_host import LEVEL, STRANGER, STRANGERS_LIST


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "unit", "lasts"),
    [
        (1, "seconds", timedelta(seconds=1)),
        (90, "minutes", timedelta(minutes=90)),
        (5, "hours", timedelta(hours=5)),
        (2, "days", timedelta(days=2)),
        (3650, "days", timedelta(days=3650)),
    ],
)
def test_a_wait_is_over_exactly_when_it_is_due(world, amount, unit, lasts):
    published = world.publish(journey(wait(amount, unit), update(LEVEL, "woken")))
    (ann,) = world.enter(1)
    world.run()
    person = world.person(ann)
    assert (person["state"], person["due_at"]) == ("waiting", START + lasts)
    assert person["step_id"] == published.steps[0]
    world.now = START + lasts - timedelta(microseconds=1)
    assert world.tick() == 0
    assert world.host.values(LEVEL) == {ann: None}
    world.turn(microseconds=1)
    assert world.tick() == 1
    assert world.host.values(LEVEL) == {ann: "woken"}
    assert world.person(ann)["end_reason"] == "completed"


def test_the_history_says_from_when_until_when_and_by_which_clock(world):
    world.publish(journey(wait(1, "days"), time_zone="Asia/Kolkata"))
    (ann,) = world.enter(1)
    world.run()
    (line,) = world.history(world.person(ann)["id"])
    assert line["detail"] == {
        "from": "2026-03-02T08:00:00+00:00",
        "base": "2026-03-03T08:00:00+00:00",
        "until": "2026-03-03T08:00:00+00:00",
        "zone": "Asia/Kolkata",
    }
    assert (line["logged_at"], line["logged_on"]) == (START, START.date())


WEEKDAYS = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}


@pytest.mark.parametrize(
    ("start", "amount", "zone", "due"),
    [
        # Monday 08:00 + 2 h is inside the window
        ("2026-03-02 08:00", 2, "UTC", "2026-03-02 10:00"),
        # + 10 h is after it: tomorrow
        ("2026-03-02 08:00", 10, "UTC", "2026-03-03 09:00"),
        # Friday evening: on Monday
        ("2026-03-06 16:59", 1, "UTC", "2026-03-09 09:00"),
        # 09:00 by the clocks of the zone
        ("2026-03-02 20:00", 1, "Europe/Istanbul", "2026-03-03 06:00"),
        # the clocks went forward on Sunday: 09:00 is an hour earlier than it was
        ("2026-03-27 18:00", 1, "Europe/Berlin", "2026-03-30 07:00"),
    ],
)
def test_after_the_wait_comes_the_next_opening_of_the_window(world, start, amount, zone, due):
    world.now = at(start)
    world.publish(journey(wait(amount, window=WEEKDAYS), time_zone=zone))
    (ann,) = world.enter(1)
    world.run()
    assert world.person(ann)["due_at"] == at(due)


@pytest.mark.parametrize(
    ("start", "unit", "amount", "due"),
    [
        # the day on which clocks go forward has 23 hours, the one on which they go back 25
        ("2026-03-28 12:00", "days", 1, "2026-03-29 11:00"),
        ("2026-10-24 12:00", "days", 1, "2026-10-25 13:00"),
        ("2026-03-28 12:00", "hours", 24, "2026-03-29 12:00"),
        # 02:30 does not exist on that day: the first minute after the gap
        ("2026-03-28 01:30", "days", 1, "2026-03-29 01:00"),
        # 02:30 happens twice: the first one
        ("2026-10-24 00:30", "days", 1, "2026-10-25 00:30"),
    ],
)
def test_a_day_is_wall_clock_time_and_an_hour_is_an_hour(world, start, unit, amount, due):
    world.now = at(start)
    world.publish(journey(wait(amount, unit), time_zone="Europe/Berlin"))
    (ann,) = world.enter(1)
    world.run()
    assert world.person(ann)["due_at"] == at(due)


def test_without_a_zone_of_its_own_a_journey_lives_in_its_owners(world):
    world.now = at("2026-03-07 17:00")
    world.publish(journey(wait(1, "days"), lists=(STRANGERS_LIST,)), STRANGER)
    world.enter(1, STRANGERS_LIST)
    world.run()
    # noon in New York, where clocks go forward that night
    assert world.people()[0]["due_at"] == at("2026-03-08 16:00")


def test_waits_follow_one_another_from_the_moment_that_they_are_reached(world):
    world.publish(journey(wait(1, "hours"), wait(1, "hours"), wait(1, "hours")))
    (ann,) = world.enter(1)
    world.run()
    for hour in (1, 2):
        world.now = START + timedelta(hours=hour, minutes=10 * hour)
        world.run()
        assert world.person(ann)["due_at"] == world.now + timedelta(hours=1)
    world.turn(hours=1)
    world.run()
    assert world.path(world.person(ann)["id"]) == ["Wait until"] * 3


def test_a_wait_at_the_end_of_a_branch_leads_to_the_step_below_the_decision(world):
    is_set = {"all": [rule("EmailAddress", "is_set")]}
    world.publish(journey(decide(is_set, [wait(1, "hours")]), update(LEVEL, "below")))
    (ann,) = world.enter(1)
    world.run()
    world.turn(hours=1)
    world.run()
    assert world.host.values(LEVEL) == {ann: "below"}


def test_people_wait_each_on_their_own(world):
    world.publish(journey(wait(1, "hours"), update(LEVEL, "woken")))
    early, late = world.enter(1), []
    world.run()
    world.turn(minutes=30)
    late = world.enter(1)
    world.run()
    world.turn(minutes=30)
    assert world.tick() == 1
    assert world.host.values(LEVEL) == {early[0]: "woken", late[0]: None}
    world.turn(minutes=30)
    assert world.tick() == 1
    assert world.host.values(LEVEL) == {early[0]: "woken", late[0]: "woken"}


def test_an_hour_of_absence_wakes_everybody_at_once(world):
    world.publish(journey(wait(1, "minutes"), update(LEVEL, "woken")))
    for _ in range(5):
        world.enter(1)
        world.run()
        world.turn(seconds=7)
    world.turn(hours=1)
    assert world.tick() == 5
    assert set(world.states()) == {"ended"}
