"""Goals about people; versions, circles and deaths with goals; and faults of goals."""

from __future__ import annotations

import json

import pytest

from plugin.errors import InvalidDocument
from tests.documents import decide, journey, rule, step, update, wait, webhook
from tests.engine.aiming import OSLO, aiming, buy, goal, look, reached
from tests.engine.versions import draft, go_over, revision
from tests.world_host import CITY, LEVEL, OWNER
from tests.world_parts import Died

# Criteria


def test_criteria_are_asked_before_each_step(world):
    """Who fits goes on at once to the step that the goal leads to; of the others nothing more."""
    made = world.publish(
        aiming(
            update(LEVEL, "1"),
            decide(rule(LEVEL, "is", "1"), [update(CITY, "Oslo"), update(LEVEL, "2")]),
            update(LEVEL, "3"),
            wait(5, "days") | {"id": 7},
            goals=[goal("Oslo", criteria=OSLO, jump_to=7)],
        )
    )
    (ann,) = world.enter(1)
    world.run()
    assert world.host.values(LEVEL) == {ann: "1"}
    assert world.path(world.person(ann)["id"])[-2:] == [
        "UpdateCustomFieldValue jumped",
        "Wait until",
    ]
    assert world.person(ann)["step_id"] == made.steps[-1]
    assert world.counted("goal") == {"Oslo": 1}


def test_of_those_who_wait_the_regular_look_asks_them(world):
    made = world.publish(
        aiming(
            wait(5, "days"),
            update(LEVEL, "long"),
            wait(9, "days") | {"id": 7},
            goals=[
                goal("Oslo", criteria=OSLO, days=1, jump_to=7),
                goal("Level", criteria=rule(LEVEL, "is", "x")),
            ],
        )
    )
    ann, _bob = world.enter(2)
    world.run()
    world.host.change([ann], CustomField3="Oslo", CustomField4="x")
    look(world)
    who = world.person(ann)["id"]
    assert reached(world) == [(who, "Level"), (who, "Oslo")]
    assert [row["step_id"] for row in world.people()] == [made.steps[2], made.steps[0]]
    look(world)
    assert world.counted("goal") == {"Oslo": 1, "Level": 1}


def test_after_its_days_criteria_are_not_asked_any_more(world):
    world.publish(
        aiming(wait(5, "days"), wait(5, "days"), goals=[goal("Oslo", criteria=OSLO, days=2)])
    )
    ann, bob = world.enter(2)
    world.run()
    world.turn(days=1)
    world.host.change([ann], CustomField3="Oslo")
    look(world)
    world.turn(days=1)
    world.host.change([bob], CustomField3="Oslo")
    look(world)
    world.turn(days=3)
    world.run()
    assert reached(world) == [(world.person(ann)["id"], "Oslo")]


def test_a_goal_that_cannot_be_told_holds_nobody(world):
    world.publish(aiming(wait(1, "hours"), update(LEVEL, "x"), goals=[goal("Oslo", criteria=OSLO)]))
    (ann,) = world.enter(1)
    world.run()
    world.host.forget_field(CITY)
    world.restart()
    world.turn(hours=1)
    world.run()
    assert world.person(ann)["end_reason"] == "completed"
    assert reached(world) == []


# Versions, circles, deaths


def test_it_is_measured_by_version_and_reached_once_over_all_of_them(world):
    made = world.publish(aiming(wait(5, "days"), goals=[goal()]))
    ann, bob = world.enter(2)
    world.run()
    buy(world, ann)
    edited = draft(world, made)
    edited["steps"][0]["params"]["amount"] = 6
    text, number = json.dumps(edited), revision(world, made)
    world.services.editing.update_text(OWNER, made.id, text, "cli", number)
    world.services.publishing.publish(OWNER, made.id, "cli")
    go_over(world)
    buy(world, ann, bob)
    by_version = {}
    for row in world.rows(world.tables.counters, figure="goal"):
        number = world.row(world.tables.versions, id=row["version_id"])["number"]
        by_version[number] = by_version.get(number, 0) + row["n"]
    assert by_version == {1: 1, 2: 1}


@pytest.mark.parametrize(
    "point",
    ["route.before_commit", "route.after_commit", "step.after_settle", "step.before_commit"],
)
def test_a_death_anywhere_leaves_one_goal_and_one_jump(world, point):
    made = world.publish(
        aiming(
            wait(5, "days"),
            webhook({"a": "long"}),
            webhook({"a": "short"}) | {"id": 7},
            wait(9, "days"),
            goals=[goal(jump_to=7), goal("Oslo", criteria=OSLO)],
        )
    )
    world.enter(world.host.subscribe([{"CustomField3": "Oslo"}, {"CustomField3": None}]))
    world.run()
    first, second = world.people(made)
    world.fate.point = point
    with pytest.raises(Died):
        buy(world, first["subscriber_id"], second["subscriber_id"])
        world.seconds += 2
        world.run()
    world.restart()
    world.seconds += 2
    world.run()
    assert reached(world) == [
        (first["id"], "Bought"),
        (first["id"], "Oslo"),
        (second["id"], "Bought"),
    ]
    assert [json.loads(row["body"]) for row in world.deliveries()] == [{"a": "short"}] * 2
    assert world.counted("goal") == {"Bought": 2, "Oslo": 1}


def test_a_goal_that_leads_past_a_wait_closes_a_circle(world):
    first = world.publish(journey(wait(1, "days"), lists=None, name="First"))
    second = world.publish(journey(step("StartJourney", journey_id=first.id), lists=None))
    edited = draft(world, first)
    start = step("StartJourney", journey_id=second.id)
    edited["steps"] = [edited["steps"][0], start]
    number = revision(world, first)
    services = world.services
    services.editing.update_text(OWNER, first.id, json.dumps(edited), "cli", number)
    services.publishing.publish(OWNER, first.id, "cli")
    edited = draft(world, first)
    edited["goals"] = [goal(jump_to=edited["steps"][1]["id"])]
    number = revision(world, first)
    services.editing.update_text(OWNER, first.id, json.dumps(edited), "cli", number)
    with pytest.raises(InvalidDocument) as refused:
        services.publishing.publish(OWNER, first.id, "cli")
    assert "circle" in refused.value.problems[0].text


def test_whoever_is_led_back_to_a_split_has_the_arm_that_they_had(world):
    arms = [{"name": "a", "weight": 1}, {"name": "b", "weight": 1}]
    made = world.publish(
        aiming(step("Split", arms=arms) | {"id": 7}, wait(5, "days"), goals=[goal(jump_to=7)])
    )
    people = world.enter(30)
    world.run()
    edited = draft(world, made)
    edited["steps"][0]["params"]["arms"][0]["weight"] = 1000
    text, number = json.dumps(edited), revision(world, made)
    world.services.editing.update_text(OWNER, made.id, text, "cli", number)
    world.services.publishing.publish(OWNER, made.id, "cli")
    go_over(world)
    buy(world, *people)
    world.seconds += 2
    world.run()
    for row in world.people():
        first, second = [
            line["branch"]
            for line in world.history(row["id"])
            if line["action"] == "Split" and line["branch"]
        ]
        assert first == second


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ([goal(jump_to=99)], "/goals/0/jump_to"),
        ([goal(jump_to=7, end=True)], "/goals/0/end"),
        ([goal(), goal()], "/goals/1/name"),
        ([goal(name="")], "/goals/0/name"),
        ([goal(days=0)], "/goals/0/days"),
        ([goal(event={"type": "Manual"})], "/goals/0/event/type"),
        ([goal() | {"criteria": OSLO}], "/goals/0"),
        ([goal(criteria=rule(999, "is_set"))], "/goals/0/criteria/field"),
        ([{"name": "x"}], "/goals/0"),
        ([goal(name=f"g{n}") for n in range(11)], "/goals"),
    ],
)
def test_a_fault_is_told_at_its_place(world, given, path):
    with pytest.raises(InvalidDocument) as refused:
        world.publish(aiming(wait() | {"id": 7}, goals=given))
    assert [problem.path for problem in refused.value.problems] == [path]
