"""Accounts take turns, and while they share the workers their turns are short."""

from tests.documents import journey, wait
from tests.world_host import LIST, OWNER, STRANGER, STRANGERS_LIST


def due(world, user_id, list_id, people):
    text = journey(wait(9, "days"), lists=[list_id])
    published = world.publish(text, user_id)
    world.enter(people, list_id)
    return published


def test_nobody_waits_for_the_end_of_another_accounts_many(make_world):
    world = make_world(tick_rows=400)
    many = due(world, OWNER, LIST, 900)
    few = due(world, STRANGER, STRANGERS_LIST, 1)
    assert world.tick() == 400
    assert world.tick() == 1
    assert world.states(few) == ["waiting"]
    assert world.states(many).count("active") == 500


def test_while_accounts_share_the_workers_a_tick_is_half_of_one(make_world):
    world = make_world(tick_rows=400)
    due(world, OWNER, LIST, 1400)
    due(world, STRANGER, STRANGERS_LIST, 1)
    assert [world.tick() for _ in range(4)] == [400, 1, 200, 200]
    world.seconds += 59
    assert world.tick() == 200
    world.seconds += 2
    assert [world.tick() for _ in range(3)] == [400, 0, 0]


def test_an_account_that_is_alone_has_whole_ticks(make_world):
    world = make_world(tick_rows=400)
    due(world, OWNER, LIST, 900)
    assert [world.tick() for _ in range(3)] == [400, 400, 100]
