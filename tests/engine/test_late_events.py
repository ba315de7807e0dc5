"""Events that come late, again, in the wrong order or twice, and what is counted of them."""

import threading
from datetime import timedelta

import pytest

from tests.documents import journey, wait
from tests.engine.test_exits import later
from tests.engine.test_workers import at_once
from tests.world_host import LIST, OWNER

OPENED = {"type": "EmailOpen", "params": {}}


def opens(world, who, **more):
    return world.event(who, type="open", **more)


def test_what_nothing_tells_apart_enrolls_for_a_day_and_facts_for_thirty(world):
    published = world.publish(journey(wait(), trigger=OPENED, reentry="every_time"))
    (ann,) = world.host.subscribe(1)
    day, month = timedelta(hours=24), timedelta(days=30)
    second = timedelta(seconds=1)
    world.accept(
        opens(world, ann, occurred_at=world.now - day),
        opens(world, ann, occurred_at=world.now - day - second),
        opens(world, ann, occurred_at=world.now - month, data={"row_id": 1}),
        opens(world, ann, occurred_at=world.now - month - second, data={"row_id": 2}),
    )
    world.run()
    fresh, old = ("routed", None), ("ignored", "too_old")
    assert world.inbox() == [fresh, old, fresh, old]
    assert len(world.people(published)) == 2
    assert world.counted("refused") == {"too_old": 2}


def test_a_subscription_is_a_fact(world):
    world.publish(journey(wait()))
    ann, bob = world.host.subscribe(2)
    days = timedelta(days=29), timedelta(days=31)
    world.accept(
        *(world.event(i, occurred_at=world.now - d) for i, d in zip((ann, bob), days, strict=True))
    )
    world.run()
    assert world.inbox() == [("routed", None), ("ignored", "too_old")]


def test_both_ages_are_settings(make_world):
    world = make_world(event_hours=1, event_days=2)
    world.publish(journey(wait(), trigger=OPENED, reentry="every_time"))
    (ann,) = world.host.subscribe(1)
    hours = timedelta(hours=2)
    world.accept(
        opens(world, ann, occurred_at=world.now - hours),
        opens(world, ann, occurred_at=world.now - hours, data={"row_id": 1}),
        opens(world, ann, occurred_at=world.now - 30 * hours, data={"row_id": 2}),
    )
    world.run()
    assert [state for state, _ in world.inbox()] == ["ignored", "routed", "ignored"]


def test_a_trigger_may_ask_for_younger_events(world):
    young = OPENED | {"max_age": {"amount": 30, "unit": "minutes"}}
    picky = world.publish(journey(wait(), trigger=young, name="Young"))
    usual = world.publish(journey(wait(), trigger=OPENED, name="Usual"))
    ann, bob = world.host.subscribe(2)
    minutes = timedelta(minutes=1)
    world.accept(
        opens(world, ann, occurred_at=world.now - 31 * minutes),
        opens(world, bob, occurred_at=world.now - 30 * minutes),
    )
    world.run()
    assert [row["subscriber_id"] for row in world.people(picky)] == [bob]
    assert [row["subscriber_id"] for row in world.people(usual)] == [ann, bob]
    assert world.counted("refused", journey_id=picky.id) == {"too_old": 1}
    assert world.inbox() == [("routed", None)] * 2


def test_what_lay_in_our_own_inbox_while_no_worker_ran_is_not_too_old(world):
    published = world.publish(journey(wait(), trigger=OPENED))
    (ann,) = world.host.subscribe(1)
    world.accept(opens(world, ann))
    world.turn(days=3)
    world.run()
    assert len(world.people(published)) == 1


def test_whoever_unsubscribed_long_ago_leaves_all_the_same(world):
    published = world.publish(journey(wait(90, "days")))
    (ann,) = world.enter(1)
    world.run()
    world.host.unsubscribe([ann])
    world.turn(days=40)
    at = world.now - timedelta(days=35)
    world.accept(world.event(ann, type="unsubscription", occurred_at=at))
    later(world)
    assert world.inbox()[-1] == ("ignored", "too_old")
    assert [row["end_reason"] for row in world.people(published)] == ["unsubscribed"]


@pytest.mark.parametrize("together", [True, False])
def test_unsubscribed_and_subscribed_again_stays_in_whatever_order_it_is_told(world, together):
    """The last thing that happened counts, not the last that came."""
    published = world.publish(journey(wait(9, "days")))
    (ann,) = world.host.subscribe(1)
    world.turn(seconds=20)
    subscribed = world.event(ann, occurred_at=world.now)
    left = world.event(ann, type="unsubscription", occurred_at=world.now - timedelta(seconds=10))
    if together:
        world.accept(subscribed, left)
    else:
        world.accept(subscribed)
        world.run()
        world.accept(left)
    later(world)
    assert [row["end_reason"] for row in world.people(published)] == [None]
    assert world.inbox() == [("routed", None), ("ignored", "subscribed_again")]


@pytest.mark.parametrize("together", [True, False])
def test_subscribed_and_unsubscribed_is_out_in_whatever_order_it_is_told(world, together):
    published = world.publish(journey(wait(9, "days")))
    (ann,) = world.host.subscribe(1)
    world.host.unsubscribe([ann])
    left = world.event(ann, type="unsubscription", occurred_at=world.now)
    subscribed = world.event(ann, occurred_at=world.now - timedelta(seconds=10))
    if together:
        world.accept(left, subscribed)
    else:
        world.accept(left)
        world.run()
        world.accept(subscribed)
    later(world)
    assert world.people(published) == []
    assert world.inbox() == [("routed", None), ("ignored", "not_subscribed")]
    assert world.counted("refused") == {"unsubscribed": 1}


def test_each_refusal_is_counted_for_the_journey_with_its_reason(world):
    published = world.publish(journey(wait(9, "days")))
    other = world.publish(journey(wait(), trigger=OPENED))
    ann, bob = world.host.subscribe(2)
    world.host.unsubscribe([bob])
    world.report([ann, bob, 4711])
    world.accept(world.event(ann, hops=51, occurred_at=world.now - timedelta(seconds=9)))
    world.accept(world.event(ann, occurred_at=world.now - timedelta(hours=1)))
    world.run()
    counts = {"unsubscribed": 1, "unknown_subscriber": 1, "loop": 1, "once_at_a_time": 1}
    assert world.counted("refused", journey_id=published.id) == counts
    assert world.counted("refused", journey_id=other.id) == {}
    page = world.services.reading.journey(OWNER, published.id)
    assert page.refusals == counts
    assert page.refused == 4


def test_our_own_step_and_the_hosts_report_of_it_are_one_fact(make_world):
    """Where we write to lists ourselves, we report what we did."""
    world = make_world(host_writes="tables", host_api_url="")
    published = world.publish(journey(wait(9, "days"), lists=[2], reentry="every_time"))
    subscribe = {"action": "Subscribe", "params": {"list_id": 2}}
    world.publish(journey(subscribe))
    world.enter(1)
    world.run()
    (own,) = [row for row in world.rows(world.tables.inbox) if row["list_id"] == 2]
    reported = world.event(own["subscriber_id"], 2, occurred_at=own["occurred_at"])
    assert world.accept(reported) == (0, 1)
    world.run()
    assert len(world.people(published)) == 1


def test_sixteen_at_once_enroll_one_person_two_hundred_times_and_one_is_inside(world):
    published = world.publish(journey(wait(9, "days"), lists=None))
    (ann,) = world.host.subscribe(1)
    threads, times = (16, 13) if not world.is_sqlite else (4, 50)
    entered, lock = [], threading.Lock()

    def enroll(enroller):
        for _ in range(times):
            done = enroller.enroll(OWNER, published.id, LIST, [ann])
            with lock:
                entered.append(done.entered)

    enrollers = [world.build().enrolling for _ in range(threads)]
    at_once(*(lambda one=one: enroll(one) for one in enrollers))
    assert len(entered) >= 200
    assert sum(entered) == len(world.people(published)) == 1
    assert world.counted("refused") == {"once_at_a_time": len(entered) - 1}
