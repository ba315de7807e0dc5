"""What a re-drive asks once more, it asks with the key and the body of the first time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.engine.tasks_port import Order
from tests.documents import journey, step, update
from tests.engine.modes import by_call
from tests.world_host import LEVEL, OTHER_LIST, OWNER
from tests.world_parts import answered

SUCCESS = answered(200, b'{"Success":true,"ErrorCode":0}')


@pytest.fixture
def world(make_world):
    """Three people whose call of the host was given up after all its tries."""
    made = by_call(make_world)
    made.host.set_user(OWNER, APIKey="key-of-the-owner")
    made.other_side.answer = lambda request: answered(503)
    return made


def worn_out(world):
    published = world.publish(journey(step("Subscribe", list_id=OTHER_LIST), update(LEVEL, "on")))
    world.enter(3)
    world.run()
    while {row["state"] for row in world.deliveries()} != {"failed"}:
        world.turn(hours=25)
        world.run()
    assert set(world.states()) == {"held"}
    return published


def promises(world):
    rows = world.deliveries()
    return [(r["delivery_key"], r["enrollment_id"], r["visit"], bytes(r["body"])) for r in rows]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_failed_call_is_made_again_with_its_key_visit_and_body(world, at_once):
    published = worn_out(world)
    before, tries = promises(world), len(world.rows(world.tables.delivery_tries))
    sent = len(world.other_side.requests)
    world.other_side.answer = lambda request: SUCCESS
    cause = world.people()[0]["cause"]
    if at_once:
        order = Order(OWNER, published.id, "retry", "user:1", 0, cause)
        assert world.services.redriving.all(order).people == 3
    else:
        for row in world.people():
            world.services.redriving.one(OWNER, published.id, row["id"], "retry", "user:1")
    world.run()
    assert promises(world) == before
    assert {row["state"] for row in world.deliveries()} == {"done"}
    assert len(world.other_side.requests) == sent + 3
    assert {r.body for r in world.other_side.requests[sent:]} == {
        r.body for r in world.other_side.requests[:3]
    }
    assert len(world.rows(world.tables.delivery_tries)) == tries + 3
    assert world.states() == ["ended"] * 3
    assert set(world.host.values(LEVEL).values()) == {"on"}


def test_it_has_all_its_tries_again(world):
    published = worn_out(world)
    row = world.people()[0]
    made = world.deliveries(enrollment_id=row["id"])[0]["attempts"]
    world.services.redriving.one(OWNER, published.id, row["id"], "retry", "user:1")
    world.run()
    (delivery,) = world.deliveries(enrollment_id=row["id"])
    assert (delivery["state"], delivery["attempts"], delivery["earlier"]) == ("new", made + 1, made)
    assert delivery["next_at"] == world.now + timedelta(seconds=10)


def test_who_passes_the_step_leaves_the_call_as_it_is(world):
    published = worn_out(world)
    before = promises(world)
    order = Order(OWNER, published.id, "skip", "user:1", 0, world.people()[0]["cause"])
    world.services.redriving.all(order)
    world.run()
    assert promises(world) == before
    assert {row["state"] for row in world.deliveries()} == {"failed"}
    assert world.states() == ["ended"] * 3
