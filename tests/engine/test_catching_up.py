"""After an outage nobody gets everything at once: the late are spread, inside their windows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.engine import catching_up
from tests.documents import journey, update, wait, webhook
from tests.engine.test_overdue import NINE_TO_FIVE
from tests.world_host import LEVEL, OWNER, STRANGER
from tests.world_parts import Died

HOUR = timedelta(hours=1)


def waiting(world, people=20, window=None):
    published = world.publish(journey(wait(1, "hours", window), update(LEVEL, "x"), webhook()))
    world.enter(people)
    world.run()
    return published


def outage(world):
    (row,) = world.rows(world.tables.outages)
    return row


def test_the_late_are_spread_over_an_hour_and_the_outage_is_told(world):
    waiting(world)
    before = world.now
    world.nobody_works(hours=5)
    world.run()
    due = [row["due_at"] for row in world.people()]
    assert world.now < min(due) < max(due) <= world.now + HOUR
    assert len(set(due)) == 20
    assert world.other_side.requests == []
    row = outage(world)
    assert (row["kind"], row["people"], row["began_at"]) == ("outage", 20, before)
    assert (row["noticed_at"], row["until"]) == (world.now, world.now + HOUR)
    assert row["finished_at"] == world.now
    world.turn(minutes=30)
    world.run()
    assert 0 < len(world.other_side.requests) < 20
    world.turn(minutes=30)
    world.run()
    assert world.states() == ["ended"] * 20


def test_who_is_late_by_no_more_than_an_hour_goes_on_at_once(world):
    waiting(world)
    world.nobody_works(hours=2)
    world.run()
    assert world.states() == ["ended"] * 20
    assert outage(world)["people"] == 0


def test_a_short_absence_is_no_outage(world):
    waiting(world)
    world.nobody_works(minutes=60)
    world.run()
    assert world.rows(world.tables.outages) == []
    assert world.states() == ["ended"] * 20


def test_windows_apply_again(world):
    waiting(world, window=NINE_TO_FIVE)
    world.nobody_works(hours=8, minutes=30)  # until 16:30
    world.run()
    due = [row["due_at"] for row in world.people()]
    closes = world.now + timedelta(minutes=30)
    opens = world.now + timedelta(hours=16.5)
    assert {at for at in due if closes <= at < opens} == set()
    assert min(due) < closes
    assert max(due) == opens


def test_time_that_leaps_in_a_living_process_is_told_from_an_outage(world):
    waiting(world)
    world.leap(days=2)
    world.tick()
    world.run()
    assert outage(world)["kind"] == "clock_jump"
    assert world.other_side.requests == []
    assert outage(world)["people"] == 20


def test_a_process_that_hung_as_long_as_the_clock_says_has_had_an_outage(world):
    waiting(world)
    world.leap(hours=9)
    world.seconds += 9 * 3600
    world.run()
    assert outage(world)["kind"] == "outage"
    assert world.other_side.requests == []


def test_where_another_worker_ran_meanwhile_nobody_is_late_for_want_of_workers(world):
    waiting(world)
    world.turn(hours=9)
    world.run()
    assert world.rows(world.tables.outages) == []
    assert world.states() == ["ended"] * 20


def test_what_is_off_stays_as_it_is(world):
    published = waiting(world)
    world.disable(published)
    planned = {row["due_at"] for row in world.people()}
    world.nobody_works(hours=9)
    world.run()
    assert {row["frozen_due_at"] for row in world.people()} == planned
    assert outage(world)["people"] == 0


def test_all_accounts_are_caught_up_with(world):
    waiting(world, 3)
    text = journey(wait(1, "hours"), lists=[9])
    world.publish(text, STRANGER)
    world.enter(4, 9)
    world.run()
    world.nobody_works(hours=9)
    world.run()
    assert outage(world)["people"] == 7
    assert {row["user_id"] for row in world.people() if row["due_at"] > world.now} == {
        OWNER,
        STRANGER,
    }


@pytest.mark.parametrize(
    ("point", "passing"),
    [("catchup.before_commit", 1), ("catchup.before_commit", 3), ("catchup.after_commit", 2)],
)
def test_a_death_while_catching_up_puts_nobody_off_twice(world, monkeypatch, point, passing):
    monkeypatch.setattr(catching_up, "BATCH", 4)
    waiting(world)
    world.nobody_works(hours=5)
    world.fate.point, world.fate.passing = point, passing
    with pytest.raises(Died):
        world.run()
    world.restart()
    world.run()
    row = outage(world)
    assert (row["people"], row["finished_at"]) == (20, world.now)
    assert all(world.now < r["due_at"] <= world.now + HOUR for r in world.people())
    assert {r["visit"] for r in world.people()} == {1}
