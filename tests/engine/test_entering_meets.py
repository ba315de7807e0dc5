"""People who are entering, met by everything else: they have a place and have arrived nowhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.engine.overdue import Choice
from tests.documents import journey, update, wait, webhook
from tests.engine.versions import edit, go_over, last_line, later, numbers, placed, publish
from tests.world_host import LEVEL, OWNER

ACTOR = "user:1"


@pytest.fixture
def lined_up(world):
    """Makes a journey of one place an hour: one person is inside, two are entering."""

    def make(*steps):
        published = world.publish(journey(*steps, caps={"per_hour": 1}))
        world.enter(3)
        world.run()
        assert world.states()[1:] == ["entering", "entering"]
        return published

    return make


def capped(world, made, *steps, removed="next"):
    return publish(world, made, *steps, removed=removed, caps={"per_hour": 1})


def here(world, made):
    """How many stand at each step, by the counters."""
    steps = world.services.reading.journey(OWNER, made.id).counts
    return {step: figures["here"] for step, figures in steps.items() if figures.get("here")}


def test_an_archived_journey_has_nobody_who_is_entering(world, lined_up):
    made = lined_up(wait(9, "days"))
    world.services.archiving.archive(OWNER, made.id, ACTOR)
    assert set(world.states()) == {"ended"}
    (task,) = world.services.reading.tasks(OWNER, made.id)
    assert (task.people, task.done) == (3, 3)
    assert world.counted("ended") == {"archived": 3}
    assert here(world, made) == {}


def test_they_go_over_to_a_new_version_and_start_at_its_first_step(world, lined_up):
    made = lined_up(wait(9, "days"), update(LEVEL, "old"))
    due = [row["due_at"] for row in world.people()]
    published = capped(world, made, update(LEVEL, "new"), placed(made.steps[0], wait(9, "days")))
    assert published.people == 3
    go_over(world)
    assert numbers(world, made) == [2, 2, 2]
    assert world.states() == ["waiting", "entering", "entering"]
    assert [row["due_at"] for row in world.people()] == due
    world.turn(hours=2)
    world.run()
    assert list(world.host.values(LEVEL).values()) == [None, "new", "new"]
    assert here(world, made) == {made.steps[0]: 3}


@pytest.mark.parametrize("removed", ["next", "exit"])
def test_whose_first_step_is_removed_have_not_begun_with_it(world, lined_up, removed):
    made = lined_up(wait(9, "days"), update(LEVEL, "old"))
    capped(world, made, update(LEVEL, "new"), wait(8, "days"), removed=removed)
    go_over(world)
    assert world.states()[1:] == ["entering", "entering"]
    assert last_line(world, world.people()[1])["outcome"] == "moved"
    world.turn(hours=2)
    world.run()
    assert list(world.host.values(LEVEL).values())[1:] == ["new", "new"]
    assert "moved" not in world.counted("left")


def test_the_preview_counts_them_at_the_step_where_they_will_start(world, lined_up):
    made = lined_up(wait(9, "days"), update(LEVEL, "old"))
    edit(world, made, update(LEVEL, "new"), caps={"per_hour": 1})
    preview = world.services.publishing.preview(OWNER, made.id, "exit")
    assert preview.people == 3
    words = {going.word: going.people for going in preview.goings}
    assert words == {"leaves": 1, "not_begun": 2}


def test_a_changeover_keeps_the_places_of_those_who_are_frozen(world, lined_up):
    made = lined_up(wait(9, "days"))
    world.disable(made)
    world.turn(hours=3)
    world.run()
    frozen = [row["frozen_due_at"] for row in world.people()]
    capped(world, made, update(LEVEL, "new"), wait(8, "days"))
    go_over(world)
    rows = world.people()[1:]
    assert [row["frozen_due_at"] for row in rows] == frozen[1:]
    assert {row["due_at"] for row in rows} == {None}


def overdue(world, made, how):
    world.disable(made)
    world.turn(hours=3)
    world.run()
    world.services.authoring.enable(OWNER, made.id, ACTOR, Choice(how, 2))
    later(world)
    world.run()


def test_past_the_step_at_which_they_would_have_started(world, lined_up):
    made = lined_up(webhook(), update(LEVEL, "x"), wait(9, "days"))
    overdue(world, made, "skip")
    assert len(world.other_side.requests) == 1
    assert set(world.host.values(LEVEL).values()) == {"x"}
    assert here(world, made) == {made.steps[2]: 3}


def test_spread_they_are_entering_until_then(world, lined_up):
    made = lined_up(update(LEVEL, "x"), wait(9, "days"))
    overdue(world, made, "spread")
    assert world.states()[1:] == ["entering", "entering"]
    world.turn(hours=2)
    world.run()
    assert here(world, made) == {made.steps[1]: 3}


def test_out_of_the_journey_they_leave_no_step(world, lined_up):
    made = lined_up(wait(9, "days"))
    overdue(world, made, "end")
    assert world.states()[1:] == ["ended", "ended"]
    assert here(world, made) == {made.steps[0]: 1}


def test_after_an_outage_they_start_one_by_one(world, lined_up):
    made = lined_up(update(LEVEL, "x"), wait(9, "days"))
    world.nobody_works(hours=4)
    world.run()
    rows = world.people()[1:]
    assert [row["state"] for row in rows] == ["entering", "entering"]
    assert all(world.now < row["due_at"] <= world.now + timedelta(hours=1) for row in rows)
    world.turn(hours=1)
    world.run()
    assert here(world, made) == {made.steps[1]: 3}
