"""Changeovers, met by what else moves people or waits for them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.engine.moves import Mover
from plugin.engine.overdue import Choice
from plugin.engine.thawing import Means, Thawing
from tests.documents import journey, update, wait, webhook
from tests.engine.versions import go_over, later, placed, publish, waiting
from tests.world_host import LEVEL, OWNER

ACTOR = "user:1"


def completed(journey_id):
    return {"type": "JourneyCompleted", "params": {"journey_id": journey_id}}


def test_whose_way_is_cut_off_behind_them_have_completed_the_journey_for_others_too(world):
    made = waiting(world, wait(2, "days"), people=2)
    follows = world.publish(journey(wait(1, "days"), trigger=completed(made.id)))
    publish(world, made, update(LEVEL, "other"))
    go_over(world)
    world.run()
    assert [row["end_reason"] for row in world.people(made)] == ["completed"] * 2
    assert len(world.people(follows)) == 2


def thaw(world):
    """What a worker does about those who are frozen, and nothing else."""
    load = lambda version, step: world.services.actions.load(step.action, step.params)  # noqa: E731
    world.turn_wheel(
        Thawing(world.services.begin, Means(load, Mover(lambda: 0.5)), world.around).step
    )


@pytest.mark.parametrize("first", [thaw, go_over])
def test_a_changed_wait_and_overdue_people_who_are_spread_make_no_blast(world, first):
    made = waiting(world, wait(2, "hours"), update(LEVEL, "x"), people=20)
    world.disable(made)
    world.turn(hours=3)
    world.run()
    publish(
        world,
        made,
        placed(made.steps[0], wait(1, "hours")),
        placed(made.steps[1], update(LEVEL, "x")),
    )
    world.services.authoring.enable(OWNER, made.id, ACTOR, Choice("spread", 10))
    first(world)
    go_over(world)
    thaw(world)
    due = [row["due_at"] for row in world.people()]
    assert all(at > world.now for at in due)
    assert max(due) > world.now + timedelta(hours=8)


def test_a_shorter_wait_is_shorter_for_who_was_not_put_off(world):
    made = waiting(world, wait(9, "days"), update(LEVEL, "x"))
    world.turn(days=3)
    publish(
        world,
        made,
        placed(made.steps[0], wait(2, "days")),
        placed(made.steps[1], update(LEVEL, "x")),
    )
    go_over(world)
    world.run()
    assert world.states() == ["ended"]


def test_people_who_were_put_off_after_an_outage_stay_put_off(world):
    made = waiting(world, wait(2, "hours"), update(LEVEL, "x"), people=20)
    world.nobody_works(hours=5)
    world.run()
    assert all(row["due_at"] > world.now for row in world.people())
    due = [row["due_at"] for row in world.people()]
    publish(
        world,
        made,
        placed(made.steps[0], wait(1, "hours")),
        placed(made.steps[1], update(LEVEL, "x")),
    )
    go_over(world)
    assert [row["due_at"] for row in world.people()] == due


def test_a_webhook_that_comes_again_further_down_is_sent_again(world):
    """Its first answer was to another visit."""
    asks = webhook(wait_for_answer=True)
    made = waiting(world, asks, wait(2, "days"))
    assert len(world.other_side.requests) == 1
    assert world.states() == ["waiting"]
    first, second = made.steps
    publish(world, made, placed(second, wait(2, "days")), placed(first, asks))
    go_over(world)
    world.turn(days=2)
    world.run()
    world.run()
    assert world.states() == ["ended"]
    assert len(world.other_side.requests) == 2
    keys = {row["delivery_key"] for row in world.rows(world.tables.deliveries)}
    assert len(keys) == 2


def test_an_answer_to_a_step_that_is_gone_moves_nobody(world):
    made = world.publish(
        journey(webhook(wait_for_answer=True), wait(2, "days"), update(LEVEL, "x"))
    )
    world.enter(1)
    world.services.executor.tick()
    assert world.states() == ["active"]
    publish(
        world,
        made,
        placed(made.steps[1], wait(2, "days")),
        placed(made.steps[2], update(LEVEL, "x")),
    )
    go_over(world)
    world.run()
    later(world)
    world.run()
    assert world.states() == ["waiting"]
    assert set(world.host.values(LEVEL).values()) == {None}
