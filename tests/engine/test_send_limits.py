"""Send rates and the cap on messages to one person, also with many workers at once."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest

from plugin.domain.send_rates import ANY_RATE, Cap, SendLimits, SendRate
from tests.documents import journey, update
from tests.engine.mail import API, can_send, counted, messages, send
from tests.world_host import LANGUAGE, LIST, OTHER_LIST, OWNER
from tests.world_parts import counted as statements


@pytest.fixture
def world(make_world):
    return make_world(host_api_url=API)


@pytest.fixture
def gateway(world):
    return can_send(world)


def choose(world, rate=ANY_RATE, cap=None):
    with world.services.begin() as work:
        work.sending.choose(OWNER, SendLimits(rate, cap), world.now)


def until_all_are_sent(world, people):
    """Minute by minute. Answers how many went out in each of them, from the first on."""
    sent: list[int] = []
    for _ in range(200):
        before = counted(world).get("sent", 0)
        for _ in range(12):
            world.run()
            world.turn(seconds=5)
        sent.append(counted(world).get("sent", 0) - before)
        if counted(world).get("sent", 0) == people:
            return sent
    raise AssertionError(f"not all of {people} were sent: {sent}")


def test_a_journey_and_its_account_send_no_more_in_a_minute_than_they_may(world, gateway):
    choose(world, SendRate(per_minute=5))
    world.publish(journey(send(), name="A", send_rate={"per_minute": 3}))
    world.publish(journey(send(), name="B"))
    world.enter(12)
    sent = until_all_are_sent(world, 24)
    assert max(sent) == 5
    assert len(sent) <= 7
    minutes: Counter[object] = Counter()
    by_journey: Counter[object] = Counter()
    for at, number in messages(world, "sent_at", "journey_id"):
        minutes[at.replace(second=0)] += 1
        by_journey[number, at.replace(second=0)] += 1
    assert max(minutes.values()) <= 5
    first = min(number for number, _ in by_journey)
    assert max(n for (number, _), n in by_journey.items() if number == first) <= 3


def test_who_waits_for_room_is_shown_once_and_looked_over_when_it_is_sent(world, gateway):
    world.publish(journey(send(), send_rate={"per_hour": 1}, unsubscribed="continue"))
    ids = world.enter(3)
    world.run()
    first, second, third = (world.person(i) for i in ids)
    assert [p["state"] for p in (first, second, third)] == ["ended", "active", "active"]
    (line,) = world.history(second["id"])
    assert line["detail"]["asked"] == "rate"
    assert line["detail"]["until"] == second["due_at"].isoformat()
    world.host.unsubscribe(ids[1:2])
    for _ in range(4):
        world.turn(hours=1)
        world.run()
    assert counted(world) == {"sent": 2, "skipped:unsubscribed": 1}
    assert len(world.history(third["id"])) == 2


@pytest.mark.parametrize(
    ("over", "own", "end", "figures"),
    [
        ("wait", None, None, {"sent": 2}),
        ("skip", None, "completed", {"sent": 2, "skipped:capped": 1}),
        ("end", None, "message_cap", {"sent": 2, "skipped:capped": 1}),
        ("end", "skip", "completed", {"sent": 2, "skipped:capped": 1}),
        ("wait", "send", "completed", {"sent": 3}),
    ],
)
def test_who_had_enough_from_whatever_journey(world, gateway, over, own, end, figures):
    choose(world, cap=Cap(2, 7, over))
    world.publish(journey(send(), name="First"))
    world.publish(journey(send(), name="Second", lists=[OTHER_LIST]))
    last = world.publish(journey(send(over_cap=own), update(LANGUAGE, "on"), name="Third"))
    address = {"EmailAddress": "Ann@example.com"}
    (other,) = world.host.subscribe([{"EmailAddress": "ann@EXAMPLE.com"}], OTHER_LIST)
    world.enter([other], OTHER_LIST)
    world.run()
    sent_first = world.now
    world.turn(days=1)
    world.enter(world.host.subscribe([address]), LIST)
    world.run()
    (person,) = world.people(last)
    assert person["end_reason"] == end
    assert counted(world) == figures
    if over == "wait" and own is None:
        assert person["due_at"] == sent_first + timedelta(days=7)
        world.turn(days=7)
        world.run()
        assert counted(world) == {"sent": 3}


def test_two_passages_of_one_person_in_one_batch_are_counted_together(world, gateway):
    choose(world, cap=Cap(1, 1, "skip"))
    world.publish(journey(send(), reentry="every_time"))
    (ann,) = world.host.subscribe(1)
    world.report([ann])
    world.turn(seconds=1)
    world.report([ann])
    world.run()
    assert counted(world) == {"sent": 1, "skipped:capped": 1}


def test_workers_at_once_keep_to_the_cap_and_to_the_rate(world, gateway):
    """Each journey sends to the same people, at the same moment."""
    if world.is_sqlite:
        return  # it has one writer
    choose(world, SendRate(per_minute=25), Cap(2, 7, "skip"))
    for name in "ABCDE":
        world.publish(journey(send(), name=name))
    ids = world.host.subscribe(10)
    world.report(ids)
    world.turn_wheel(world.services.intake.route)
    others = [world.build() for _ in range(4)]
    ready = threading.Barrier(4)
    faults: list[BaseException] = []

    def work(services) -> None:
        try:
            ready.wait()
            for _ in range(60):
                services.executor.tick()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    world.run()
    assert until_all_are_sent(world, 20)
    handed = Counter(bytes(key) for key, at in messages(world, "person_key", "sent_at") if at)
    assert set(handed.values()) == {2}
    assert counted(world) == {"sent": 20, "skipped:capped": 30}


def test_a_thousand_take_as_many_statements_as_one(world, gateway):
    def cost(people):
        world.enter(people)
        with statements() as seen:
            world.tick()
        world.run()
        return len(seen.of_work())

    choose(world, SendRate(per_hour=5000), Cap(3, 7))
    world.publish(journey(send(from_name="{{ Subscriber:City }}"), send_rate={"per_hour": 4000}))
    cost(1)
    assert cost(1) == cost(120)
    assert counted(world) == {"sent": 122}
