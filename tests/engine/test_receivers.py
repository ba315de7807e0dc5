"""Receivers take turns, and one that does not answer is left alone: nobody else waits for it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from plugin.domain.breaker import FAULTS_TO_OPEN, FIRST_PAUSE, GIVE_UP, LONGEST_PAUSE
from tests.documents import journey, webhook
from tests.world_host import STRANGER, STRANGERS_LIST
from tests.world_parts import answered, no_answer

DEAD, WELL = "https://dead.example/in", "https://well.example/in"


def tick_all(world):
    world.turn_wheel(world.services.intake.route, world.services.executor.tick)


def deliver_all(world):
    while world.deliver():
        pass


def dead(request):
    return no_answer("timeout") if "dead" in request.url else answered(200)


def receiver(world, host="dead.example", user_id=1):
    return world.row(world.tables.receivers, host=host, user_id=user_id)


@pytest.fixture
def broken(make_world):
    """Thirty deliveries to a receiver that does not answer, of which ten have been tried."""
    world = make_world(deliveries_per_receiver=1)
    world.other_side.answer = dead
    world.publish(journey(webhook(url=DEAD)))
    world.enter(30)
    tick_all(world)
    deliver_all(world)
    return world


def test_a_breaker_opens_after_ten_faults_in_a_row(broken):
    assert len(broken.other_side.requests) == FAULTS_TO_OPEN
    assert sorted(row["attempts"] for row in broken.deliveries()) == [0] * 20 + [1] * 10
    assert receiver(broken)["open_until"] == broken.now + FIRST_PAUSE


def test_while_it_is_open_nothing_is_sent_and_no_try_is_used_up(broken):
    broken.now += FIRST_PAUSE - timedelta(microseconds=1)
    deliver_all(broken)
    assert len(broken.other_side.requests) == FAULTS_TO_OPEN


def test_then_one_is_sent_to_see_and_the_pauses_grow(broken):
    pauses = []
    for _ in range(8):
        broken.now = receiver(broken)["open_until"]
        before = len(broken.other_side.requests)
        deliver_all(broken)
        assert len(broken.other_side.requests) == before + 1
        pauses.append(receiver(broken)["open_until"] - broken.now)
    assert pauses == [min(FIRST_PAUSE * 2**n, LONGEST_PAUSE) for n in range(1, 9)]


def test_an_answer_closes_it_and_all_the_others_follow(broken):
    broken.other_side.answer = lambda request: answered(404)
    broken.now += FIRST_PAUSE
    deliver_all(broken)
    assert [row["state"] for row in broken.deliveries()] == ["failed"] * 30
    assert (receiver(broken)["faults"], receiver(broken)["open_until"]) == (0, None)


def test_no_other_worker_probes_while_one_does(broken):
    broken.now += FIRST_PAUSE
    other, seen = broken.build(), []

    def slow(request):
        seen.append(request)
        if len(seen) == 1:
            assert other.deliverer.deliver() == 0
        return answered(200)

    broken.other_side.answer = slow
    assert broken.deliver() == 1
    assert len(seen) == 1


def test_what_waits_for_two_days_behind_it_is_given_up(broken):
    untried = [row["id"] for row in broken.deliveries() if row["attempts"] == 0]
    broken.now += GIVE_UP
    with broken.host.engine.begin() as connection:
        table = broken.tables.receivers
        still = broken.now + timedelta(minutes=5)
        connection.execute(table.update().values(open_until=still))
    before = len(broken.other_side.requests)
    deliver_all(broken)
    assert len(broken.other_side.requests) == before
    given_up = [row for row in broken.deliveries() if row["state"] == "failed"]
    assert {row["error"] for row in given_up} == {"receiver away"}
    assert {row["id"] for row in given_up} >= set(untried)


def test_refusals_and_requests_to_slow_down_are_no_faults(world):
    answers = iter([answered(status) for status in (404, 429, 301, 408) * 5])
    world.other_side.answer = lambda request: next(answers)
    world.publish(journey(webhook(url=DEAD)))
    world.enter(20)
    tick_all(world)
    deliver_all(world)
    assert len(world.other_side.requests) == 20
    assert receiver(world)["faults"] == 0


def test_a_dead_receiver_keeps_neither_other_receivers_nor_other_accounts_waiting(world):
    world.other_side.answer = dead
    world.publish(journey(webhook(url=DEAD)))
    world.publish(journey(webhook(url=WELL), name="Well"))
    world.publish(
        journey(webhook(url=DEAD.replace("dead", "well")), lists=(STRANGERS_LIST,)), STRANGER
    )
    world.enter(40)
    world.enter(3, STRANGERS_LIST)
    tick_all(world)
    for _ in range(16):
        world.deliver()
        world.turn(milliseconds=1)
    urls = [request.url for request in world.other_side.requests]
    assert urls.count(WELL) >= 4
    owners = {row["user_id"] for row in world.deliveries(state="done")}
    assert owners == {1, STRANGER}


def test_one_accounts_faults_open_nobody_elses_breaker(broken):
    broken.publish(journey(webhook(url=DEAD), lists=(STRANGERS_LIST,)), STRANGER)
    broken.enter(1, STRANGERS_LIST)
    tick_all(broken)
    broken.deliver()
    assert receiver(broken, user_id=STRANGER)["faults"] == 1
    assert receiver(broken, user_id=STRANGER)["open_until"] is None


def test_accounts_and_receivers_take_turns(world):
    for n in range(3):
        world.publish(journey(webhook(url=f"https://r{n}.example/"), name=f"J{n}"))
    world.publish(journey(webhook(url="https://s.example/"), lists=(STRANGERS_LIST,)), STRANGER)
    world.enter(3)
    world.enter(3, STRANGERS_LIST)
    tick_all(world)
    for _ in range(4):
        world.turn(milliseconds=1)
        world.deliver()
    assert len({request.url for request in world.other_side.requests}) == 4


def test_a_slow_answer_does_not_keep_the_others_waiting(make_world):
    world = make_world(delivery_threads=8)
    gate = threading.Event()

    def slow(request):
        if "dead" in request.url:
            gate.wait(30)
        return answered(200)

    world.other_side.answer = slow
    world.patience = 0.05
    world.restart()
    world.publish(journey(webhook(url=DEAD)))
    world.publish(journey(webhook(url=WELL), name="Well"))
    world.enter(9)
    tick_all(world)
    for _ in range(20):
        world.deliver()
        if len(world.deliveries(state="done")) == 9:
            break
    try:
        assert {row["url"] for row in world.deliveries(state="done")} == {WELL}
        assert len(world.deliveries(state="sending")) == 4
    finally:
        gate.set()
    world.services.deliverer.drain(30)
    deliver_all(world)
    assert {row["state"] for row in world.deliveries()} == {"done"}
    assert len(world.other_side.ids()) == len(set(world.other_side.ids())) == 18
