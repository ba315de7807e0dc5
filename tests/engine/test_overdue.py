"""Turned on again: what becomes of those whose time came while the journey was off."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.engine import thawing
from plugin.engine.overdue import MOST_AT_ONCE, Choice, unasked
from tests.documents import journey, update, wait, webhook
from tests.world_host import LEVEL, OWNER
from tests.world_parts import Died

NINE_TO_FIVE = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}


@pytest.fixture
def paused(world):
    """Makes a journey that is off, with overdue people and one who is not."""

    def make(people=6, window=None, frozen=True):
        steps = (wait(1, "hours", window), update(LEVEL, "x"), webhook(), wait(9, "days"))
        published = world.publish(journey(*steps))
        world.enter(people)
        world.run()
        world.turn(minutes=50)
        world.enter(1)
        world.run()
        world.disable(published)
        world.turn(minutes=20)
        if frozen:
            world.run()
        return published

    return make


def enable(world, published, how, hours=1):
    world.services.authoring.enable(OWNER, published.id, "user:1", Choice(how, hours))


def settled(world):
    """The workers have done as was chosen."""
    world.seconds += 2
    world.run()


def mark(world):
    row = world.rows(world.tables.journeys)[0]
    return row["frozen_mark"], row["thaw"]


def test_who_is_overdue_is_told_by_step(world, paused):
    published = paused()
    assert world.services.reading.overdue(OWNER, published.id) == {published.steps[0]: 6}


@pytest.mark.parametrize("frozen", [True, False])
def test_spread_over_hours_they_go_on_one_by_one_and_the_others_as_planned(world, paused, frozen):
    published = paused(60, frozen=frozen)
    on, planned = world.now, world.people()[-1]
    planned = planned["due_at"] or planned["frozen_due_at"]
    enable(world, published, "spread", 4)
    settled(world)
    due = [row["due_at"] for row in world.people()]
    assert due.pop() == planned
    assert on < min(due) < on + timedelta(minutes=30)
    assert on + timedelta(hours=3.5) < max(due) <= on + timedelta(hours=4)
    assert len(set(due)) == 60
    assert set(world.states()) == {"waiting"}
    assert mark(world) == (0, None)
    world.turn(hours=4)
    world.run()
    assert set(world.host.values(LEVEL).values()) == {"x"}


def test_whose_wait_has_a_window_go_on_inside_it(world, paused):
    published = paused(6, NINE_TO_FIVE)
    world.turn(hours=8)
    world.run()
    enable(world, published, "spread", 12)
    settled(world)
    due = [row["due_at"].hour for row in world.people()[:6]]
    assert {hour for hour in due if not 9 <= hour < 17} == set()
    assert all(row["due_at"] > world.now for row in world.people()[:6])


@pytest.mark.parametrize("frozen", [True, False])
def test_past_the_step_whose_turn_had_come(world, paused, frozen):
    published = paused(frozen=frozen)
    enable(world, published, "skip")
    settled(world)
    values = world.host.values(LEVEL)
    assert set(values.values()) == {None}
    assert len(world.other_side.requests) == 6
    row = world.people()[0]
    assert world.path(row["id"])[:3] == [
        "Wait until",
        "UpdateCustomFieldValue skipped",
        "Webhook next",
    ]
    assert world.people()[-1]["step_id"] == published.steps[0]


def test_while_many_are_thawed_others_who_are_due_have_their_turn(world, paused, monkeypatch):
    monkeypatch.setattr(thawing, "CHOSEN_BATCH", 2)
    published = paused(6)
    other = world.publish(journey(update(LEVEL, "y"), wait(1, "days")))
    enable(world, published, "spread")
    (ann,) = world.enter(1)
    world.seconds += 2
    world.tick()
    assert mark(world)[0] > 0
    assert world.states(other) == ["waiting"]
    assert world.host.values(LEVEL)[ann] == "y"


@pytest.mark.parametrize("frozen", [True, False])
def test_out_of_the_journey(world, paused, frozen):
    published = paused(frozen=frozen)
    enable(world, published, "end")
    settled(world)
    assert world.states() == ["ended"] * 6 + ["waiting"]
    assert world.counted("ended") == {"overdue": 6}
    assert world.other_side.requests == []


def test_at_once(world, paused):
    published = paused()
    enable(world, published, "now")
    settled(world)
    assert len(world.other_side.requests) == 6


def test_nobody_chose_few_go_at_once_and_many_are_spread(world, paused):
    assert (unasked(MOST_AT_ONCE), unasked(MOST_AT_ONCE + 1)) == (Choice("now"), Choice("spread"))
    published = paused(MOST_AT_ONCE + 1)
    world.services.authoring.enable(OWNER, published.id, "cli")
    settled(world)
    assert world.other_side.requests == []
    assert max(r["due_at"] for r in world.people()[:-1]) <= world.now + timedelta(hours=1)


def test_a_tick_before_the_thawing_runs_nobody_who_is_overdue(world, paused):
    published = paused(frozen=False)
    world.seconds += 0.5
    world.tick()
    enable(world, published, "end")
    world.tick()
    assert world.other_side.requests == []
    settled(world)
    assert world.counted("ended") == {"overdue": 6}


def test_off_and_on_again_the_later_choice_counts(world, paused):
    published = paused()
    enable(world, published, "end")
    world.disable(published)
    enable(world, published, "now")
    settled(world)
    assert len(world.other_side.requests) == 6


@pytest.mark.parametrize("point", ["thaw.after_claim", "thaw.before_commit", "thaw.after_commit"])
@pytest.mark.parametrize("how", ["spread", "skip", "end"])
def test_every_choice_survives_a_killed_worker(world, paused, monkeypatch, point, how):
    monkeypatch.setattr(thawing, "CHOSEN_BATCH", 2)
    published = paused()
    enable(world, published, how)
    world.fate.point, world.fate.passing = point, 3
    world.seconds += 2
    with pytest.raises(Died):
        world.run()
    world.restart()
    world.run()
    assert mark(world) == (0, None)
    rows = world.people()[:6]
    if how == "spread":
        assert all(world.now < row["due_at"] <= world.now + timedelta(hours=1) for row in rows)
        assert {row["visit"] for row in rows} == {1}
    elif how == "skip":
        assert len(world.other_side.requests) == 6
        assert {world.path(row["id"]).count("UpdateCustomFieldValue skipped") for row in rows} == {
            1
        }
    else:
        assert world.counted("ended") == {"overdue": 6}
