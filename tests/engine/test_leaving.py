"""How people leave, are held and are frozen: unsubscribed, deleted, list gone, journey off."""

from datetime import timedelta

import pytest

from plugin.errors import Conflict
from tests.documents import decide, journey, rule, update, wait, webhook
from tests.world_host import LANGUAGE, LEVEL, LIST, OTHER_LIST


def test_who_leaves_the_list_ends_at_the_next_step_and_before_its_effect(world):
    published = world.publish(journey(wait(1, "hours"), update(LEVEL, "x"), webhook()))
    ann, bob = world.enter(2)
    world.run()
    world.host.unsubscribe([ann])
    world.turn(hours=1)
    world.run()
    row = world.person(ann)
    assert (row["state"], row["end_reason"], row["ended_at"]) == (
        "ended",
        "unsubscribed",
        world.now,
    )
    assert row["step_id"] == published.steps[0]
    assert world.path(row["id"]) == ["Wait until", "Wait end"]
    assert world.history(row["id"])[-1]["detail"] == {"reason": "unsubscribed"}
    assert world.host.values(LEVEL) == {ann: None, bob: "x"}
    assert len(world.other_side.requests) == 1
    assert world.counted("ended") == {"unsubscribed": 1, "completed": 1}


def test_who_left_before_the_first_step_takes_none(world):
    world.publish(journey(update(LEVEL, "x")))
    (ann,) = world.enter(1)
    world.host.unsubscribe([ann])
    world.run()
    assert world.person(ann)["end_reason"] == "unsubscribed"
    assert world.host.values(LEVEL) == {ann: None}


def test_a_journey_may_let_people_go_on_who_left_the_list(world):
    world.publish(journey(wait(1, "hours"), update(LEVEL, "x"), unsubscribed="continue"))
    (ann,) = world.enter(1)
    world.run()
    world.host.unsubscribe([ann])
    world.turn(hours=1)
    world.run()
    assert world.person(ann)["end_reason"] == "completed"
    assert world.host.values(LEVEL) == {ann: "x"}


@pytest.mark.parametrize("status", ["Opt-In Pending", "Opt-Out Pending"])
def test_who_has_not_left_goes_on(world, status):
    world.publish(journey(update(LEVEL, "x")))
    (ann,) = world.enter(world.host.subscribe(1, SubscriptionStatus=status))
    world.run()
    assert world.host.values(LEVEL) == {ann: "x"}


@pytest.mark.parametrize("unsubscribed", ["end", "continue"])
def test_who_is_deleted_ends(world, unsubscribed):
    world.publish(journey(wait(1, "hours"), update(LEVEL, "x"), unsubscribed=unsubscribed))
    ann, bob = world.enter(2)
    world.run()
    world.host.delete([ann])
    world.turn(hours=1)
    world.run()
    assert world.person(ann)["end_reason"] == "subscriber_deleted"
    assert world.person(bob)["end_reason"] == "completed"


def test_who_is_held_ends_when_they_leave(world):
    world.publish(journey(update(5, "no number"), reentry="once_at_a_time"))
    (ann,) = world.enter(1)
    world.run()
    world.host.unsubscribe([ann])
    world.turn(minutes=15)
    world.run()
    row = world.person(ann)
    assert (row["state"], row["end_reason"], row["cause"]) == ("ended", "unsubscribed", None)
    assert world.path(row["id"])[-1] == "UpdateCustomFieldValue end"


def test_people_of_a_list_that_is_gone_are_held_and_go_on_when_it_is_back(world):
    world.publish(journey(wait(1, "hours"), update(LANGUAGE, "x"), wait(1, "days"), lists=()))
    world.enter(3)
    world.enter(1, OTHER_LIST)
    world.run()
    world.host.rename("subscribers_1", "gone_1")
    world.turn(hours=1)
    world.run()
    held = world.people(list_id=LIST)
    assert [row["state"] for row in held] == ["held"] * 3
    assert {row["cause"] for row in held} == {"list_missing"}
    assert [row["state"] for row in world.people(list_id=OTHER_LIST)] == ["waiting"]
    world.turn(hours=2)
    world.run()
    assert [row["state"] for row in world.people(list_id=LIST)] == ["held"] * 3
    world.host.rename("gone_1", "subscribers_1")
    world.turn(hours=1)
    world.run()
    assert [row["state"] for row in world.people(list_id=LIST)] == ["waiting"] * 3
    assert len(world.host.account_values(LANGUAGE)) == 4
    assert world.path(held[0]["id"]) == [
        "Wait until",
        "UpdateCustomFieldValue hold",
        "UpdateCustomFieldValue next",
        "Wait until",
    ]


def test_a_wait_that_is_over_is_not_waited_again_after_the_list_came_back(world):
    world.publish(journey(wait(10, "days"), update(LEVEL, "x")))
    (ann,) = world.enter(1)
    world.run()
    world.host.rename("subscribers_1", "gone_1")
    world.turn(days=10)
    world.run()
    assert world.states() == ["held"]
    world.host.rename("gone_1", "subscribers_1")
    world.turn(hours=1)
    world.run()
    assert world.states() == ["ended"]
    assert world.host.values(LEVEL) == {ann: "x"}


def test_a_held_person_logs_one_line_however_long_it_takes(world):
    world.publish(journey(decide({"all": [rule(LEVEL, "is", "x")]}, [wait()])))
    (ann,) = world.host.subscribe(1)
    world.host.rename_column(LIST, f"CustomField{LEVEL}", "Gone", "TEXT")
    world.enter([ann])
    world.restart()
    for _ in range(20):
        world.run()
        world.turn(minutes=10)
    assert world.path(world.person(ann)["id"]) == ["Decision hold"]


def due(row):
    """When they are due, or were when the journey was turned off."""
    return row["due_at"] or row["frozen_due_at"]


def test_off_means_that_nobody_moves_and_on_that_they_go_on(world):
    published = world.publish(journey(wait(1, "hours"), update(LEVEL, "x"), wait(1, "hours")))
    (ann,) = world.enter(1)
    world.run()
    before = world.person(ann)
    world.disable(published)
    world.turn(hours=5)
    world.run()
    row = world.person(ann)
    assert (row["state"], row["step_id"], due(row)) == ("waiting", before["step_id"], due(before))
    assert world.path(row["id"]) == ["Wait until"]
    assert world.host.values(LEVEL) == {ann: None}
    world.enable(published)
    row = world.person(ann)
    assert (row["due_at"], row["frozen_due_at"]) == (due(before), None)
    world.run()
    assert world.host.values(LEVEL) == {ann: "x"}
    assert world.person(ann)["due_at"] == world.now + timedelta(hours=1)


def test_whoever_is_due_while_the_journey_is_off_is_looked_at_once(world):
    published = world.publish(journey(wait(1, "hours"), lists=None))
    ids = world.host.subscribe(50)
    world.services.enrolling.enroll(1, published.id, LIST, ids)
    world.run()
    world.disable(published)
    world.turn(hours=1)
    looks = [world.tick() for _ in range(5)]
    assert sum(looks) <= 50 and looks[-1] == 0


def test_turned_off_and_on_before_they_are_due_people_wait_as_long_as_before(world):
    published = world.publish(journey(wait(1, "hours"), update(LEVEL, "x")))
    world.enter(1)
    world.run()
    world.turn(minutes=10)
    world.disable(published)
    world.turn(minutes=10)
    world.enable(published)
    world.turn(minutes=39, seconds=59)
    assert world.tick() == 0
    world.turn(seconds=1)
    assert world.tick() == 1


def test_people_in_every_state_survive_an_off_and_on(world):
    published = world.publish(
        journey(wait(1, "hours"), update(5, "{{ Subscriber:City }}"), wait(1, "days"))
    )
    people = world.host.subscribe([{"CustomField3": "1"}, {"CustomField3": "one"}])
    world.enter(people)
    world.run()
    world.turn(hours=1)
    world.run()
    (fresh,) = world.enter(1)
    before = world.people()
    assert world.states() == ["waiting", "held", "active"]
    world.disable(published)
    world.turn(days=2)
    world.run()
    world.enable(published)
    unchanged = ("state", "frozen_due_at", "step_id", "cause", "attempts", "visit", "due_at")
    for old, new in zip(before, world.people(), strict=True):
        assert {name: old[name] for name in unchanged} == {name: new[name] for name in unchanged}
        assert new["epoch"] >= old["epoch"]
    assert fresh


def test_a_person_who_slipped_past_the_freezing_is_frozen_by_the_tick(world):
    published = world.publish(journey(wait(1, "hours"), update(LEVEL, "x")))
    (ann,) = world.enter(1)
    world.run()
    world.disable(published)
    table = world.tables.enrollments
    with world.host.engine.begin() as connection:
        connection.execute(table.update().values(due_at=world.now, frozen_due_at=None))
    assert world.tick() == 1
    row = world.person(ann)
    assert (row["due_at"], row["frozen_due_at"], row["state"]) == (None, world.now, "waiting")
    assert world.host.values(LEVEL) == {ann: None}
    assert world.tick() == 0


def test_thousands_are_frozen_and_thawed(world):
    published = world.publish(journey(wait(1, "hours"), lists=None))
    ids = world.host.subscribe(5100)
    world.services.enrolling.enroll(1, published.id, LIST, ids)
    world.disable(published)
    world.turn_wheel(world.tick)
    assert set(world.states()) == {"active"}
    world.enable(published)
    world.turn_wheel(world.tick)
    assert set(world.states()) == {"waiting"}


def test_on_and_off_are_refused_where_nothing_would_change(world):
    published = world.publish(journey(wait(1, "hours")))
    with pytest.raises(Conflict, match="enabled already"):
        world.enable(published)
    world.disable(published)
    with pytest.raises(Conflict, match="disabled already"):
        world.disable(published)


def test_people_of_an_archived_journey_end(world):
    published = world.publish(journey(wait(1, "hours"), update(LEVEL, "x")))
    (ann,) = world.enter(1)
    world.run()
    with world.host.engine.begin() as connection:
        connection.execute(world.tables.journeys.update().values(status="archived"))
    world.turn(hours=1)
    world.run()
    assert world.person(ann)["end_reason"] == "archived"
    assert world.host.values(LEVEL) == {ann: None}
    assert published
