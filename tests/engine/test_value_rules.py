"""Decisions by what a webhook's answer has left, and by the data of the event that enrolled."""

from __future__ import annotations

import json

import pytest

from plugin.errors import InvalidDocument
from tests.documents import decide, journey, rule, step, update, wait
from tests.world_host import LEVEL
from tests.world_parts import answered

CLICK = {"type": "EmailLinkClick", "params": {}}


def asking(**keep):
    return step("Webhook", url="https://example.com/ask", keep=keep)


def kept(name, operator, value=None):
    return {"kept": name, "operator": operator} | ({} if value is None else {"value": value})


def deciding(criteria):
    return decide(criteria, [update(LEVEL, "yes")], [update(LEVEL, "no")])


def levels(world):
    return list(world.host.values(LEVEL).values())


def answer_in_turn(world, *answers):
    left = iter(answers)
    world.other_side.answer = lambda request: answered(200, json.dumps(next(left)).encode())


def test_people_go_by_what_the_answer_said(world):
    answer_in_turn(world, {"tier": "Gold"}, {"tier": "silver"}, {"tier": 7})
    world.publish(journey(asking(tier="tier"), deciding(kept("tier", "is", "gold"))))
    world.enter(3)
    world.run()
    assert levels(world) == ["yes", "no", "no"]
    seen = [world.history(row["id"])[2]["detail"]["rules"][0]["seen"] for row in world.people()]
    assert seen == ["Gold", "silver", "7"]


def test_a_value_that_is_not_there_holds_the_person(world):
    answer_in_turn(world, {})
    world.publish(journey(asking(tier="tier"), deciding(kept("tier", "is_not", "gold"))))
    world.enter(1)
    world.run()
    (person,) = world.people()
    assert (person["state"], person["cause"]) == ("held", "cannot_tell")


def test_whether_it_is_there_can_be_asked(world):
    answer_in_turn(world, {}, {"tier": "x"})
    rules = {"all": [kept("tier", "is_set"), kept("tier", "is", "x")]}
    world.publish(journey(asking(tier="tier"), deciding(rules)))
    world.enter(2)
    world.run()
    assert levels(world) == ["no", "yes"]


def test_rules_of_all_forms_stand_side_by_side(world):
    answer_in_turn(world, {"n": 5}, {"n": 5})
    rules = {
        "all": [
            kept("n", "at_least", 5),
            rule("BounceType", "is", "Hard"),
            {"list": 2, "operator": "absent"},
            {"event": "url", "operator": "contains", "value": "/shop"},
        ]
    }
    world.publish(journey(asking(n="n"), decide(rules), trigger=CLICK))
    people = world.host.subscribe([{"BounceType": "Hard"}, {"BounceType": "Soft"}])
    data = {"url": "https://example.com/shop"}
    world.accept(*(world.event(i, type="click", data=data) for i in people))
    world.run()
    branches = [world.history(row["id"])[2]["branch"] for row in world.people()]
    assert branches == ["true", "false"]


def test_who_was_enrolled_without_an_event_has_no_such_value(world):
    rules = {"event": "url", "operator": "is_not", "value": "x"}
    world.publish(journey(wait(1, "seconds"), deciding(rules)))
    world.enter(1)
    world.run()
    world.turn(seconds=1)
    world.run()
    assert levels(world) == ["yes"]


def test_nothing_can_be_told_of_an_event_that_was_too_large(world):
    rules = {"event": "url", "operator": "is_not_set"}
    world.publish(journey(decide(rules), trigger=CLICK))
    (ann,) = world.host.subscribe(1)
    world.accept(world.event(ann, type="click", data={"more": "x" * 20_000}))
    world.run()
    assert world.person(ann)["cause"] == "cannot_tell"


def test_a_rule_on_a_value_that_no_step_keeps_is_refused(world):
    with pytest.raises(InvalidDocument) as refused:
        world.publish(journey(asking(tier="t"), deciding(kept("tire", "is", "gold"))))
    (problem,) = refused.value.problems
    assert problem.path == "/steps/1/params/criteria/kept"
