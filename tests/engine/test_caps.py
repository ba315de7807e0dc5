"""Caps delay and never drop: over the cap people are entering until their hour or day comes."""

from collections import Counter
from datetime import timedelta

from tests.documents import journey, update, wait
from tests.engine.test_exits import later
from tests.engine.test_workers import at_once, until_idle
from tests.world_host import LEVEL, LIST, OWNER
from tests.world_parts import counted

HOUR = timedelta(hours=1)


def capped(*steps, per_hour=0, per_day=0, **more):
    caps = {"per_hour": per_hour, "per_day": per_day}
    return journey(*(steps or (wait(9, "days"),)), caps=caps, **more)


def starts(world, published=None):
    """How many start when, as hours from now on."""
    found = Counter((row["due_at"] - world.now) / HOUR for row in world.people(published))
    return dict(sorted(found.items()))


def test_over_the_cap_people_are_entering_in_the_order_of_arrival(world):
    published = world.publish(capped(per_hour=2))
    ids = world.enter(5)
    assert [row["subscriber_id"] for row in world.people()] == ids
    assert world.states() == ["active", "active", "entering", "entering", "entering"]
    assert starts(world) == {0: 2, 1: 2, 2: 1}
    assert {row["step_id"] for row in world.people()} == {published.steps[0]}
    assert world.counted("entered") == {"": 5}
    assert world.counted("arrived") == {"": 2}


def test_whoever_has_a_place_starts_when_it_comes_and_not_before(world):
    world.publish(capped(update(LEVEL, "x"), per_hour=2))
    ids = world.enter(5)
    for expected in (2, 4, 5):
        world.run()
        assert [i for i, value in world.host.values(LEVEL).items() if value] == ids[:expected]
        world.turn(minutes=59)
        world.run()
        assert len([v for v in world.host.values(LEVEL).values() if v]) == expected
        world.turn(minutes=1)
    assert world.states() == ["ended"] * 5
    assert world.counted("arrived") == {"": 5}


def test_days_are_those_of_the_journeys_zone_and_both_caps_hold(world):
    world.publish(capped(per_hour=3, per_day=4, time_zone="Asia/Kathmandu"))
    world.enter(9)
    # 13:45 there: the hour ends at 08:15 of ours, the day at 18:15.
    assert starts(world) == {0: 3, 0.25: 1, 10.25: 3, 11.25: 1, 34.25: 1}


def test_who_is_entering_holds_the_entry_key(world):
    world.publish(capped(per_hour=1))
    ids = world.enter(2)
    world.turn(seconds=1)
    world.enter(ids)
    assert len(world.people()) == 2
    assert world.counted("refused") == {"once_at_a_time": 2}


def test_who_is_refused_takes_no_place(world):
    world.publish(capped(per_hour=3))
    ids = world.enter(2)
    world.turn(seconds=1)
    world.enter([*ids, *world.host.subscribe(2)])
    assert world.states() == ["active", "active", "active", "entering"]


def test_the_history_says_when_their_place_comes(world):
    world.publish(capped(per_hour=1))
    world.enter(2)
    first, second = world.people()
    until = (world.now + HOUR).isoformat()
    waits = {"from": world.now.isoformat(), "zone": "UTC", "until": until}
    assert [line["detail"] for line in world.history(first["id"])] == [{}]
    assert [line["detail"] for line in world.history(second["id"])] == [waits]
    world.turn(hours=1)
    world.run()
    assert world.path(second["id"]) == ["entered", "Wait until"]


def test_unsubscribing_ends_who_is_entering_without_having_arrived(world):
    world.publish(capped(per_hour=1))
    _, bob = world.enter(2)
    world.host.unsubscribe([bob])
    world.accept(world.event(bob, type="unsubscription"))
    later(world)
    row = world.person(bob)
    assert (row["state"], row["end_reason"], row["due_at"]) == ("ended", "unsubscribed", None)
    assert world.counted("left") == {}


def test_who_left_meanwhile_does_not_start(world):
    world.publish(capped(update(LEVEL, "x"), per_hour=1))
    _, bob = world.enter(2)
    world.host.unsubscribe([bob])
    world.turn(hours=1)
    world.run()
    assert world.person(bob)["end_reason"] == "unsubscribed"
    assert world.host.values(LEVEL)[bob] is None


def test_a_journey_that_is_off_freezes_who_is_entering(world):
    published = world.publish(capped(update(LEVEL, "x"), per_hour=1))
    _, bob = world.enter(2)
    world.run()
    world.disable(published)
    world.turn(hours=3)
    world.run()
    row = world.person(bob)
    assert (row["state"], row["due_at"]) == ("entering", None)
    assert row["frozen_due_at"] == world.now - 2 * HOUR
    assert world.host.values(LEVEL)[bob] is None
    world.enable(published)
    world.run()
    assert world.host.values(LEVEL)[bob] == "x"


def test_whose_list_is_gone_when_their_place_comes_is_held_at_the_first_step(world):
    world.publish(capped(update(LEVEL, "x"), per_hour=1))
    _, bob = world.enter(2)
    world.host.rename("subscribers_1", "gone")
    world.turn(hours=1)
    world.run()
    row = world.person(bob)
    assert (row["state"], row["cause"]) == ("held", "list_missing")


def test_by_hand_and_by_a_step_the_same_queue_is_met(world):
    published = world.publish(capped(per_hour=1, lists=None))
    start = {"action": "StartJourney", "params": {"journey_id": published.id}}
    world.publish(journey(start))
    ann, bob = world.host.subscribe(2)
    done = world.services.enrolling.enroll(OWNER, published.id, LIST, [ann])
    assert done.entered == 1
    world.enter([bob])
    world.run()
    assert starts(world, published) == {24 * 9: 1, 1: 1}


def test_hundreds_enter_in_as_many_statements_as_ten(world):
    world.publish(capped(per_hour=7))
    world.enter(1)
    found = {}
    for n in (10, 300):
        world.report(world.host.subscribe(n))
        with counted() as statements:
            world.services.intake.route()
        found[n] = len(statements.of_work())
    assert found[10] == found[300]
    assert max(starts(world).values()) == 7


def test_two_workers_at_once_give_no_place_twice(make_world):
    world = make_world(intake_rows=20)
    world.publish(capped(per_hour=7))
    world.report(world.host.subscribe(200))
    workers = [world.build() for _ in range(2)]
    at_once(*(until_idle(worker.intake.route) for worker in workers))
    found = starts(world)
    assert sum(found.values()) == 200
    assert set(list(found.values())[:-1]) == {7}
