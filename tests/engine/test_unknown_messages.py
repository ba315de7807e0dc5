"""A death at every point of a send: no message twice, none lost, and what is unknown is shown."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.documents import journey, update
from tests.engine.invariants import broken
from tests.engine.mail import API, can_send, counted, messages, refused, send
from tests.world_host import LEVEL
from tests.world_parts import Died, answered, no_answer

#: Where a worker may die while it sends, and whether the gateway has the message by then.
DEATHS = {
    "step.after_run": False,
    "step.before_commit": False,
    "step.after_commit": False,
    "deliver.after_lease": False,
    "in the request": False,
    "in the answer": True,
    "deliver.after_send": True,
    "deliver.before_commit": True,
    "deliver.after_commit": True,
}
#: Points at which an attempt was begun and its result not noted.
DOUBTFUL = ("deliver.after_lease", "in the request", "in the answer")
DOUBTFUL += ("deliver.after_send", "deliver.before_commit")


@pytest.fixture
def world(make_world):
    return make_world(host_api_url=API)


@pytest.fixture
def gateway(world):
    return can_send(world)


def die(world, gateway, point):
    """Somebody is sent to, and the worker dies at this point; the next one finds it so."""

    def answer(number):
        if number == 1 and point == "in the request":
            raise Died(point)
        if number == 1 and point == "in the answer":
            gateway.take(gateway.asked[-1])
            raise Died(point)
        return None

    gateway.answer = answer
    world.fate.point, world.fate.passing = point, 1
    with pytest.raises(Died):
        world.run()
    gateway.answer = lambda number: None
    world.restart()


def live_on(world):
    """Leases run out, and every patience with them."""
    for _ in range(4):
        world.turn(minutes=20)
        world.run()


def report(world, event_type, subscriber_id, **data):
    world.accept(world.event(subscriber_id, type=event_type, data=data))


@pytest.mark.parametrize("policy", ["skip", "send_again"])
@pytest.mark.parametrize("point", DEATHS)
def test_after_a_death_at_any_point(world, gateway, point, policy):
    world.publish(journey(send(after_unknown=policy), update(LEVEL, "on")))
    (ann,) = world.host.subscribe(1)
    world.report([ann])
    die(world, gateway, point)
    live_on(world)
    assert world.person(ann)["end_reason"] == "completed"
    assert world.host.values(LEVEL) == {ann: "on"}
    doubtful, had = point in DOUBTFUL, DEATHS[point]
    if policy == "skip":
        assert len(gateway.taken) == (1 if had or not doubtful else 0)
        assert messages(world, "state") == ["unknown" if doubtful else "sent"]
        assert counted(world) == {"unknown" if doubtful else "sent": 1}
    else:
        assert len(gateway.taken) == 1 + (had and doubtful)
        assert len({str(sent["Headers"]) for sent in gateway.taken}) == 1
        assert counted(world) == {"sent": 1}


@pytest.mark.parametrize("policy", ["skip", "send_again"])
def test_news_of_it_settle_what_nobody_knew(world, gateway, policy):
    published = world.publish(journey(send(after_unknown=policy), update(LEVEL, "on")))
    (ann,) = world.host.subscribe(1)
    world.report([ann])
    die(world, gateway, "deliver.after_send")
    world.turn(minutes=2)
    world.run()
    (key,) = messages(world, "delivery_key")
    assert messages(world, "state") == ["unknown"]
    assert counted(world) == {"unknown": 1}
    page = world.services.reading.journey(1, published.id)
    assert page.counts[published.steps[0]]["unknown"] == 1
    assert world.person(ann)["state"] == "active"
    report(world, "delivery", ann, message=key)
    world.run()
    assert world.person(ann)["end_reason"] == "completed"
    assert messages(world, "state") == ["sent"]
    assert counted(world) == {"sent": 1, "delivered": 1}
    live_on(world)
    assert len(gateway.taken) == 1


def test_news_that_come_before_anybody_wonders_settle_it_too(world, gateway):
    world.publish(journey(send()))
    (ann,) = world.host.subscribe(1)
    world.report([ann])
    die(world, gateway, "in the answer")
    (key,) = messages(world, "delivery_key")
    report(world, "open", ann, message=key)
    world.turn(minutes=2)
    world.run()
    assert messages(world, "state") == ["sent"]
    assert counted(world) == {"sent": 1, "opened": 1}
    assert world.person(ann)["end_reason"] == "completed"


@pytest.mark.parametrize(
    ("answer", "unknown"),
    [
        (no_answer("timeout"), True),
        (no_answer("reset"), True),
        (no_answer("tls"), True),
        (answered(500, b"<h1>Oops</h1>"), True),
        (answered(502, b"Bad gateway"), True),
        (answered(504, b""), True),
        (no_answer("refused"), False),
        (no_answer("dns"), False),
        (answered(503, b"The database is down.", retry_after=30), False),
        (answered(429, b""), False),
        (refused(429), False),
    ],
)
def test_what_may_have_left_is_unknown_and_what_has_not_is_tried_again(
    world, gateway, answer, unknown
):
    world.publish(journey(send()))
    gateway.answer = lambda number: answer if number == 1 else None
    world.host.subscribe(1)
    world.report(list(world.host.values(LEVEL)))
    world.run()
    live_on(world)
    assert len(gateway.asked) == (1 if unknown else 2)
    assert counted(world) == {"unknown" if unknown else "sent": 1}


def test_two_deaths_and_it_is_sent_again_with_the_one_key(world, gateway):
    world.publish(journey(send(after_unknown="send_again")))
    (ann,) = world.host.subscribe(1)
    world.report([ann])
    for _ in range(2):
        die(world, gateway, "deliver.after_send")
        world.turn(minutes=2)
        world.run()
        world.turn(minutes=16)
    world.run()
    assert len({str(sent["Headers"]) for sent in gateway.taken}) == 1
    assert len(gateway.taken) == 3
    assert counted(world) == {"sent": 1}
    assert broken(world) == []


def dies(world, gateway, point):
    """Whether a worker dies at this point, which it passes for the second time, or in the third
    request from now on."""
    at = len(gateway.asked) + 3

    def answer(number):
        if number != at or not point.startswith("in the"):
            return None
        if point == "in the answer":
            gateway.take(gateway.asked[-1])
        raise Died(point)

    gateway.answer = answer
    world.fate.point, world.fate.passing = point, 2
    try:
        world.run()
    except Died:
        world.restart()
        return True
    finally:
        gateway.answer, world.fate.point = lambda number: None, None
    return False


@pytest.mark.parametrize("policy", ["skip", "send_again"])
def test_many_are_sent_to_while_workers_die_one_after_the_other(world, gateway, policy):
    world.publish(journey(send(after_unknown=policy), update(LEVEL, "on")))
    world.report(world.host.subscribe(24))
    died = 0
    for point in (*DEATHS, *DOUBTFUL, *DEATHS):
        died += dies(world, gateway, point)
        assert broken(world) == []
        world.turn(minutes=2)
    live_on(world)
    assert died > 8
    assert {row["end_reason"] for row in world.people()} == {"completed"}
    got = Counter(content["To"][0]["email"] for content in gateway.taken)
    figures = counted(world)
    if policy == "skip":
        assert set(got.values()) == {1}
        assert figures["sent"] + figures["unknown"] == 24
        assert figures["unknown"] == messages(world, "state").count("unknown") > 0
    else:
        assert len(got) == 24
        assert figures == {"sent": 24}
    keys = {(c["To"][0]["email"], c["Headers"]["X-Journeys-Message"]) for c in gateway.taken}
    assert len(keys) == len(got)


def test_workers_that_die_in_every_note_send_nothing_twice(world, gateway):
    world.publish(journey(send(), update(LEVEL, "on")))
    (ann,) = world.host.subscribe(1)
    world.report([ann])
    for _ in range(20):
        die(world, gateway, "deliver.after_send")
        world.turn(minutes=2)
    live_on(world)
    assert len(gateway.asked) == 1
    assert world.person(ann)["end_reason"] == "completed"
    assert counted(world) == {"unknown": 1}
