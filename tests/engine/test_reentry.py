"""Who may enter again, and when: four rules, held by a unique key."""

from datetime import timedelta

import pytest

from tests.documents import journey, wait
from tests.world_host import LIST, OTHER_LIST


def enter_again(world, subscriber_id, list_id=LIST):
    """Reported anew; answers how many enrollments there are then."""
    world.turn(seconds=1)
    world.enter([subscriber_id], list_id)
    return len(world.people())


def again_after(days, since):
    return {"rule": "again_after", "days": days, "since": since}


def test_once_ever_is_once(world):
    world.publish(journey(wait(), reentry="once_ever"))
    (ann,) = world.enter(1)
    assert enter_again(world, ann) == 1
    world.run()
    world.turn(hours=1)
    world.run()
    assert world.states() == ["ended"]
    world.turn(days=4000)
    assert enter_again(world, ann) == 1
    assert world.counted("refused") == {"once_ever": 2}


def test_once_at_a_time_is_again_after_the_end(world):
    world.publish(journey(wait(), reentry="once_at_a_time"))
    (ann,) = world.enter(1)
    assert enter_again(world, ann) == 1
    world.run()
    assert enter_again(world, ann) == 1
    world.turn(hours=1)
    world.run()
    assert enter_again(world, ann) == 2
    assert world.states() == ["ended", "active"]
    assert world.counted("refused") == {"once_at_a_time": 2}


def test_every_time_is_every_time(world):
    world.publish(journey(wait(), reentry="every_time"))
    (ann,) = world.enter(1)
    assert enter_again(world, ann) == 2
    assert enter_again(world, ann) == 3
    assert world.counted("refused") == {}


@pytest.mark.parametrize("since", ["entry", "exit"])
def test_again_after_days_counts_them_to_the_microsecond(world, since):
    world.publish(journey(wait(36, "hours"), reentry=again_after(3, since)))
    (ann,) = world.enter(1)
    world.run()
    world.turn(hours=36)
    world.run()
    assert world.states() == ["ended"]
    world.turn(days=3, hours=0 if since == "exit" else -36, microseconds=-1)
    world.enter([ann])
    assert len(world.people()) == 1
    assert world.counted("refused") == {"again_after": 1}
    world.turn(microseconds=1)
    world.accept(world.event(ann, event_id="later"))
    world.run()
    assert len(world.people()) == 2


def test_since_exit_means_the_moment_at_which_they_left_and_not_when_they_were_due(world):
    world.publish(journey(wait(1, "hours"), reentry=again_after(1, "exit")))
    (ann,) = world.enter(1)
    world.run()
    world.turn(hours=10)
    world.run()
    left = world.person(ann)
    assert left["ended_at"] == world.now
    world.turn(hours=23)
    assert enter_again(world, ann) == 1
    world.turn(hours=1)
    assert enter_again(world, ann) == 2


def test_nobody_enters_again_while_still_inside_however_long_that_takes(world):
    world.publish(journey(wait(30, "days"), reentry=again_after(3, "entry")))
    (ann,) = world.enter(1)
    world.run()
    world.turn(days=10)
    assert enter_again(world, ann) == 1
    world.turn(days=20)
    world.run()
    assert world.states() == ["ended"]
    assert enter_again(world, ann) == 2


def test_a_batch_with_new_early_and_ripe_people_lets_in_whom_it_may(world):
    world.publish(journey(wait(1, "seconds"), reentry=again_after(3, "entry")))
    ripe = world.enter(2)
    world.run()
    world.turn(days=2)
    early = world.enter(2)
    world.run()
    world.turn(days=1)
    world.run()
    fresh = world.host.subscribe(2)
    world.enter([*ripe, *early, *fresh])
    inside = [row["subscriber_id"] for row in world.people() if row["state"] != "ended"]
    assert sorted(inside) == sorted([*ripe, *fresh])
    assert world.counted("refused") == {"again_after": 2}


def test_two_events_of_one_person_in_one_batch_enroll_once(world):
    world.publish(journey(wait()))
    (ann,) = world.host.subscribe(1)
    later = world.now + timedelta(seconds=1)
    world.accept(world.event(ann), world.event(ann, occurred_at=later))
    world.run()
    assert len(world.people()) == 1
    assert world.inbox() == [("routed", None)] * 2
    assert world.counted("refused") == {"once_at_a_time": 1}


@pytest.mark.parametrize(("scope", "entered"), [("person", 1), ("subscriber", 2)])
def test_the_same_address_on_two_lists_is_one_person_or_two_rows(make_world, scope, entered):
    world = make_world(reentry_scope=scope)
    world.publish(journey(wait(), lists=()))
    for list_id, address in ((LIST, "Ann@Example.com"), (OTHER_LIST, "ann@example.com")):
        world.enter(world.host.subscribe([{"EmailAddress": address}], list_id), list_id)
    assert len(world.people()) == entered


def test_addresses_that_only_look_alike_are_two_people(world):
    world.publish(journey(wait(), lists=()))
    world.enter(world.host.subscribe([{"EmailAddress": "jose@example.com"}]))
    world.enter(world.host.subscribe([{"EmailAddress": "jos\u00e9@example.com"}]))
    world.enter(world.host.subscribe([{"EmailAddress": "jose\u0301@example.com"}]))
    assert len(world.people()) == 2


def test_by_hand_every_time_is_every_time_and_else_the_rule_holds(world):
    every = world.publish(journey(wait(), lists=None, reentry="every_time"))
    once = world.publish(journey(wait(), lists=None, reentry="once_ever"))
    ids = world.host.subscribe(2)
    for _ in range(3):
        for published in (every, once):
            world.services.enrolling.enroll(1, published.id, LIST, ids)
    assert len(world.people(every)) == 6
    assert len(world.people(once)) == 2


def test_another_journey_has_its_own_keys(world):
    first = world.publish(journey(wait(), reentry="once_ever"))
    second = world.publish(journey(wait(), reentry="once_ever"))
    (ann,) = world.enter(1)
    world.enter([ann])
    assert len(world.people(first)) == len(world.people(second)) == 1
