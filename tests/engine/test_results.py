"""Events about messages: whose they are, what is new in them, and that it can be counted again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.domain.message_figures import HEARD
from tests.documents import journey
from tests.engine.mail import API, EMAIL, can_send, counted, messages, send
from tests.world_host import OTHER_LIST


@pytest.fixture
def world(make_world):
    made = make_world(host_api_url=API)
    can_send(made)
    return made


@pytest.fixture
def sent(world):
    """Two people with a message each: by subscriber, the keys of their messages."""
    world.publish(journey(send()))
    ids = world.enter(2)
    world.run()
    return dict(zip(ids, messages(world, "delivery_key"), strict=True))


def report(world, event_type, subscriber_id, **data):
    at = data.pop("at", world.now)
    world.accept(world.event(subscriber_id, type=event_type, data=data, occurred_at=at))


def test_each_kind_of_event_stamps_its_moment_once_and_counts_once(world, sent):
    ann, key = next(iter(sent.items()))
    for event_type in HEARD:
        more = {"amount": "19.99"} if event_type == "revenue" else {}
        for minutes in (5, 3, 9):
            at = world.now + timedelta(minutes=minutes)
            report(world, event_type, ann, message=key, at=at, **more)
    world.run()
    assert counted(world) == {
        "sent": 2,
        "delivered": 1,
        "opened": 1,
        "clicked": 1,
        "converted": 1,
        "bounced": 1,
        "complained": 1,
        "unsubscribed": 1,
    }
    assert world.counted("revenue") == {"": 5997}
    names = ("delivered_at", "opened_at", "clicked_at", "converted_at", "bounced_at")
    (first, other) = messages(world, *names, "complained_at", "unsubscribed_at")
    assert set(first) == {world.now + timedelta(minutes=3)}
    assert set(other) == {None}
    assert messages(world, "revenue") == [5997, 0]
    assert {state for state, _ in world.inbox()} == {"routed"}


def test_what_machines_do_and_what_is_about_another_message_counts_nowhere(world, sent):
    (ann, key), (bob, other) = sent.items()
    report(world, "open", ann, message=key, automated=True)
    report(world, "open", ann, message=other)
    report(world, "open", bob, message="no such key")
    report(world, "open", bob, campaign_id=4, email_id=EMAIL)
    world.accept(world.event(ann, OTHER_LIST, type="open", data={"message": key}))
    world.run()
    assert counted(world) == {"sent": 2}
    assert messages(world, "opened_at") == [None, None]


def test_a_click_is_an_opening_and_a_bounce_that_is_hard_stays_hard(world, sent):
    (ann, _), (bob, key) = sent.items()
    report(world, "click", ann, email_id=EMAIL, url="https://example.com/")
    report(world, "open", ann, message_id="m-1")
    for kind in ("Soft", "Hard", "soft"):
        report(world, "bounce", bob, message=key, bounce_type=kind)
    world.run()
    assert counted(world) == {"sent": 2, "clicked": 1, "opened": 1, "bounced": 1}
    assert messages(world, "bounce_type") == [None, "hard"]


def test_an_event_that_comes_before_the_answer_is_not_lost(world):
    world.publish(journey(send()))
    (ann,) = world.enter(1)
    world.tick()
    report(world, "open", ann, message=messages(world, "delivery_key")[0])
    world.turn_wheel(world.services.intake.route)
    assert counted(world) == {"opened": 1}
    world.run()
    assert counted(world) == {"opened": 1, "sent": 1}


def test_events_of_many_messages_take_as_many_statements_as_of_one(world, sent):
    from tests.world_parts import counted as statements

    def cost(people):
        for who in people:
            report(world, "delivery", who, message=sent_to[who])
        with statements() as seen:
            world.services.intake.route()
        return len(seen.of_work())

    world.enter(30)
    world.run()
    rows = world.rows(world.tables.messages)
    sent_to = {row["subscriber_id"]: row["delivery_key"] for row in rows}
    people = list(sent_to)
    assert cost(people[:1]) == cost(people[1:])
    assert counted(world)["delivered"] == 32
