"""A deliverer that dies or sleeps: its parcels go out again, under the same key, and count once."""

from datetime import timedelta

import pytest

from plugin.engine.delivery import LEASE_FACTOR
from tests.documents import journey, webhook
from tests.world_parts import Died, answered

LEASE = timedelta(seconds=15) * LEASE_FACTOR


@pytest.fixture
def ready(world):
    """Three parcels to be sent."""
    world.publish(journey(webhook()))
    world.enter(3)
    while world.tick():
        pass
    return world


def deliver_all(world):
    while world.deliver():
        pass


def die_while_delivering(world, point):
    world.fate.point = point
    with pytest.raises(Died):
        deliver_all(world)
    world.restart()


def test_a_parcel_whose_sender_died_before_sending_is_sent_when_its_lease_is_over(ready):
    die_while_delivering(ready, "deliver.after_lease")
    assert ready.other_side.requests == []
    deliver_all(ready)
    assert len(ready.other_side.requests) == 2
    ready.now += LEASE - timedelta(microseconds=1)
    assert ready.deliver() == 0
    ready.turn(microseconds=1)
    deliver_all(ready)
    assert len(ready.other_side.requests) == 3
    assert [row["state"] for row in ready.deliveries()] == ["done"] * 3
    assert sorted(row["attempts"] for row in ready.deliveries()) == [1, 1, 2]


@pytest.mark.parametrize("point", ["deliver.after_send", "deliver.before_commit"])
def test_a_parcel_whose_result_was_lost_goes_out_again_the_same(ready, point):
    die_while_delivering(ready, point)
    assert len(ready.other_side.requests) == 1
    ready.now += LEASE
    deliver_all(ready)
    assert [row["state"] for row in ready.deliveries()] == ["done"] * 3
    requests = ready.other_side.requests
    assert len(requests) == 4
    twice = [r for r in requests if ready.other_side.ids().count(r.headers["webhook-id"]) == 2]
    first, second = twice
    assert (first.body, first.url) == (second.body, second.url)
    assert ready.counted("delivered") == {"": 3}


def test_a_death_after_the_result_is_kept_sends_nothing_again(ready):
    die_while_delivering(ready, "deliver.after_commit")
    ready.now += LEASE
    deliver_all(ready)
    assert len(ready.other_side.requests) == 3


@pytest.mark.parametrize(("late", "early"), [(500, 200), (200, 200), (404, 200), (200, 404)])
def test_the_result_of_somebody_who_slept_over_the_lease_is_not_listened_to(world, late, early):
    world.publish(journey(webhook()))
    world.enter(1)
    while world.tick():
        pass
    other, answers = world.build(), iter([early])

    def slow(request):
        if len(world.other_side.requests) == 1:
            world.now += LEASE
            assert other.deliverer.deliver() == 1
            return answered(late, b"late")
        return answered(next(answers), b"early")

    world.other_side.answer = slow
    assert world.deliver() == 1
    (delivery,) = world.deliveries()
    expected = "done" if early == 200 else "failed"
    assert (delivery["state"], delivery["status"], delivery["attempts"]) == (expected, early, 2)
    (tried,) = world.rows(world.tables.delivery_tries)
    assert (tried["attempt"], tried["answer"]) == (2, "early")
    assert len(set(world.other_side.ids())) == 1
    assert sum(world.counted("delivered").values()) == (expected == "done")


def test_a_request_that_cannot_even_be_made_loses_no_other_result(ready):
    def breaks_once(request):
        if len(ready.other_side.requests) == 2:
            raise RuntimeError("a bug")
        return answered(200)

    ready.other_side.answer = breaks_once
    deliver_all(ready)
    assert [row["state"] for row in ready.deliveries()] == ["done", "new", "done"]
    ready.turn(seconds=10)
    deliver_all(ready)
    assert [row["state"] for row in ready.deliveries()] == ["done"] * 3
