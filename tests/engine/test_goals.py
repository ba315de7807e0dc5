"""Goals that are events: reached once, counted, and where they lead people."""

from __future__ import annotations

import pytest

from plugin.routes.goal_words import goal_lines
from plugin.routes.kind_words import Wording
from plugin.routes.timeline import timeline
from tests.documents import step, update, wait
from tests.engine.aiming import BOUGHT, aiming, buy, goal, reached
from tests.world_host import LEVEL, ORDERS, OTHER_LIST, OWNER

# Events


def test_an_event_reaches_the_goal_once_and_is_counted_once(world):
    made = world.publish(aiming(wait(5, "days"), goals=[goal()]))
    ann, _bob = world.enter(2)
    world.run()
    at = world.now
    buy(world, ann, ann)
    world.turn(hours=1)
    buy(world, ann)
    world.run()
    (row,) = world.rows(world.tables.goals_reached)
    assert (row["enrollment_id"], row["goal"], row["reached_at"]) == (
        world.person(ann)["id"],
        "Bought",
        at,
    )
    assert world.counted("goal", journey_id=made.id) == {"Bought": 1}
    assert world.states() == ["waiting", "waiting"]
    assert world.services.reading.journey(OWNER, made.id).goals == {"Bought": 1}


def test_the_person_is_meant_on_whatever_list_it_happened(world):
    world.publish(aiming(wait(5, "days"), goals=[goal()]))
    (ann,) = world.host.subscribe([{"EmailAddress": "ann@example.com"}])
    (there,) = world.host.subscribe([{"EmailAddress": "Ann@example.com"}], OTHER_LIST)
    world.enter([ann])
    world.run()
    buy(world, there, list_id=OTHER_LIST)
    assert len(reached(world)) == 1


@pytest.mark.parametrize(
    ("happened", "told", "counts"),
    [(1, 1, True), (3, 3, True), (3.001, 3.001, False), (2.5, 3.4, True), (3.1, 3.4, False)],
)
def test_what_happened_within_the_days_counts_however_late_it_is_told(
    world, happened, told, counts
):
    """Also when the passage is over by then."""
    world.publish(aiming(wait(1, "hours"), goals=[goal(days=3)]))
    (ann,) = world.enter(1)
    world.run()
    entered = world.now
    world.turn(hours=1)
    world.run()
    assert world.states() == ["ended"]
    world.turn(days=told)
    world.now = entered
    world.turn(days=happened)
    at = world.now
    world.turn(days=told - happened)
    buy(world, ann, occurred_at=at, event_id="one")
    assert len(reached(world)) == counts


def test_without_days_it_counts_while_somebody_is_inside(world):
    world.publish(aiming(wait(1, "hours"), goals=[goal()]))
    (ann,) = world.enter(1)
    world.run()
    world.turn(hours=1)
    world.run()
    buy(world, ann)
    assert reached(world) == []


def test_an_event_that_came_before_the_one_that_enrolled_reaches_nothing(world):
    world.publish(aiming(wait(5, "days"), goals=[goal()]))
    (ann,) = world.host.subscribe(1)
    data = {"name": "bought", "properties": {}}
    world.accept(world.event(ann, type="custom", data=data), world.event(ann))
    world.run()
    assert reached(world) == []
    assert world.states() == ["waiting"]


def test_what_machines_do_reaches_nothing(world):
    opened = {"type": "EmailOpen", "params": {}}
    world.publish(aiming(wait(5, "days"), goals=[goal(event=opened)]))
    (ann,) = world.enter(1)
    world.run()
    world.accept(world.event(ann, type="open", data={"automated": True}))
    world.run()
    assert reached(world) == []


# Where goals lead


def test_a_goal_leads_to_its_step_out_of_a_wait_once(world):
    """Everybody else goes the long way."""
    made = world.publish(
        aiming(
            wait(5, "days"),
            update(LEVEL, "long"),
            wait(5, "days") | {"id": 7},
            goals=[goal(jump_to=7)],
        )
    )
    ann, bob = world.enter(2)
    world.run()
    buy(world, ann)
    world.seconds += 2
    world.run()
    assert [row["step_id"] for row in world.people()] == [made.steps[2], made.steps[0]]
    assert world.states() == ["waiting", "waiting"]
    assert world.path(world.person(ann)["id"]) == ["Wait until", "Wait jumped", "Wait until"]
    assert world.host.values(LEVEL) == {ann: None, bob: None}
    left = world.counted("left", step_id=made.steps[0])
    assert left == {"goal": 1}
    buy(world, ann)
    world.seconds += 2
    world.run()
    assert len(world.history(world.person(ann)["id"])) == 3
    figures = world.services.reading.journey(OWNER, made.id).counts
    assert (figures[made.steps[0]]["here"], figures[made.steps[0]].get("passed", 0)) == (1, 0)
    (line,) = [r for r in world.history(world.person(ann)["id"]) if r["outcome"] == "jumped"]
    assert (line["detail"]["goal"], line["detail"]["to"]) == ("Bought", made.steps[2])


def test_somebody_whose_wait_is_over_in_the_same_moment_goes_where_the_goal_leads(world):
    made = world.publish(
        aiming(
            wait(1, "hours"),
            update(LEVEL, "long"),
            wait(5, "days") | {"id": 7},
            goals=[goal(jump_to=7)],
        )
    )
    ann, bob = world.enter(2)
    world.run()
    world.turn(hours=1)
    buy(world, ann)
    world.run()
    assert world.host.values(LEVEL) == {ann: None, bob: "long"}
    assert {row["step_id"] for row in world.people()} == {made.steps[2]}


def test_a_goal_that_ends_the_passage_ends_it_with_its_own_reason(world):
    world.publish(aiming(wait(5, "days"), goals=[goal(end=True)]))
    (ann,) = world.enter(1)
    world.run()
    buy(world, ann)
    world.seconds += 2
    world.run()
    row = world.person(ann)
    assert (row["state"], row["end_reason"]) == ("ended", "goal_reached")
    assert world.counted("ended") == {"goal_reached": 1}


def test_an_exit_goes_before_a_goal_that_leads_elsewhere(world):
    made = world.publish(
        aiming(
            wait(5, "days"),
            update(LEVEL, "no") | {"id": 7},
            goals=[goal(jump_to=7)],
            exit_rules=[{"event": BOUGHT}],
        )
    )
    (ann,) = world.enter(1)
    world.run()
    buy(world, ann)
    world.seconds += 2
    world.run()
    assert world.person(ann)["end_reason"] == "exit_rule"
    assert world.counted("goal", journey_id=made.id) == {"Bought": 1}
    assert world.host.values(LEVEL) == {ann: None}


def test_the_parked_and_the_held_are_led_on_as_well(world):
    made = world.publish(
        aiming(update(ORDERS, "no number"), wait(9, "days") | {"id": 7}, goals=[goal(jump_to=7)])
    )
    (ann,) = world.enter(1)
    world.run()
    assert world.states() == ["held"]
    buy(world, ann)
    world.seconds += 2
    world.run()
    row = world.person(ann)
    assert (row["state"], row["step_id"], row["attempts"]) == ("waiting", made.steps[1], 0)


def test_whoever_waits_for_a_place_reaches_the_goal_and_goes_the_usual_way(world):
    world.publish(
        aiming(
            update(LEVEL, "first"),
            wait(9, "days") | {"id": 7},
            goals=[goal(jump_to=7)],
            caps={"per_hour": 1},
        )
    )
    ann, bob = world.enter(2)
    world.run()
    assert world.states() == ["waiting", "entering"]
    buy(world, bob)
    world.seconds += 2
    world.run()
    assert len(reached(world)) == 1
    assert world.states() == ["waiting", "entering"]
    world.turn(hours=1)
    world.run()
    assert world.host.values(LEVEL) == {ann: "first", bob: "first"}


def test_people_of_a_journey_that_is_off_are_led_on_when_it_is_on_again(world):
    made = world.publish(
        aiming(
            wait(5, "days"),
            update(LEVEL, "there") | {"id": 7},
            wait(9, "days"),
            goals=[goal(jump_to=7)],
        )
    )
    (ann,) = world.enter(1)
    world.run()
    world.disable(made)
    buy(world, ann)
    world.seconds += 2
    world.run()
    assert world.host.values(LEVEL) == {ann: None}
    world.enable(made)
    world.seconds += 2
    world.run()
    assert world.host.values(LEVEL) == {ann: "there"}


def test_a_goal_leads_out_of_a_wait_for_an_event_and_nobody_waits_on(world):
    """The event that they waited for finds them no more."""
    waits = step("WaitForEvent", what="clicked", amount=9, unit="days")
    made = world.publish(
        aiming(waits, update(LEVEL, "long"), wait(5, "days") | {"id": 7}, goals=[goal(jump_to=7)])
    )
    (ann,) = world.enter(1)
    world.run()
    assert len(world.rows(world.tables.waiters)) == 1
    buy(world, ann)
    world.seconds += 2
    world.run()
    assert world.rows(world.tables.waiters) == []
    assert (world.person(ann)["state"], world.person(ann)["step_id"]) == ("waiting", made.steps[2])
    assert world.host.values(LEVEL) == {ann: None}


def test_pages_and_history_say_who_reached_what(world):
    made = world.publish(aiming(wait(5, "days"), goals=[goal(days=3), goal("Later")]))
    (ann,) = world.enter(1)
    world.run()
    world.turn(hours=1)
    buy(world, ann)
    page = world.services.reading.journey(OWNER, made.id)
    wording = Wording(world.services, world.services.catalog(OWNER))
    first, second = goal_lines(page.document, page.goals, wording)
    assert first.startswith("Goal “Bought”: ") and "within 3 days (1 reached it)" in first
    assert second.startswith("Goal “Later”: ")
    person = world.services.reading.person(OWNER, made.id, world.person(ann)["id"])
    steps = {s.id: s for s in person.document.steps}
    items = timeline(person.moments, steps, wording, person.document)
    assert [item.title for item in items[1:]] == [
        "Reached the goal “Bought”",
        "Reached the goal “Later”",
    ]
    assert ("Happened at", world.now.isoformat()) in items[1].facts
