"""A webhook that waits: who stays, who goes where, and what is kept of the answer."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from plugin.engine.delivery import SCHEDULE
from plugin.engine.terms import MOST_KEPT_BYTES
from plugin.errors import InvalidDocument
from tests.documents import journey, step, update, wait, webhook
from tests.world_host import CITY, LEVEL
from tests.world_parts import answered, counted, no_answer

URL = "https://example.com/ask"


def asking(branches=None, **settings):
    return step("Webhook", branches, url=URL, **settings)


def as_json(data, status=200):
    return answered(status, json.dumps(data).encode())


def settle(world):
    """Every try there is."""
    for pause in (*SCHEDULE, timedelta()):
        world.run()
        world.now += pause


def levels(world):
    return list(world.host.values(LEVEL).values())


def test_without_need_of_the_answer_people_go_on_at_once(world):
    world.publish(journey(asking({"failed": []}), update(LEVEL, "on")))
    world.enter(2)
    world.tick()
    assert world.states() == ["ended", "ended"]
    assert len(world.deliveries()) == 2 and world.other_side.requests == []


@pytest.mark.parametrize(
    ("branches", "settings"),
    [
        ({"failed": [wait(1, "seconds")]}, {}),
        (None, {"keep": {"a": "b"}}),
        (None, {"on_failure": "go_on"}),
        (None, {"wait_for_answer": True}),
    ],
)
def test_with_a_need_of_the_answer_they_stay_until_it_is_there(world, branches, settings):
    world.publish(journey(asking(branches, **settings), update(LEVEL, "on")))
    world.enter(2)
    while world.tick():
        pass
    assert world.states() == ["active", "active"]
    assert len(world.deliveries()) == 2
    world.turn(days=2)
    while world.tick():
        pass
    assert world.states() == ["active", "active"]
    world.run()
    assert world.states() == ["ended", "ended"]
    assert len(world.other_side.requests) == len(world.deliveries()) == 2
    assert world.path(world.people()[0]["id"])[:2] == ["Webhook stay", "Webhook next"]


def test_a_passing_fault_keeps_them_until_it_has_passed(world):
    answers = iter([answered(503), no_answer("timeout"), answered(429, retry_after=120)])
    world.other_side.answer = lambda request: next(answers, answered(204))
    world.publish(journey(asking({"failed": [update(LEVEL, "failed")]}), update(CITY, "below")))
    world.enter(1)
    for seconds in (0, 10, 60):
        world.turn(seconds=seconds)
        world.run()
        assert world.states() == ["active"]
    world.turn(seconds=119)
    world.run()
    assert len(world.other_side.requests) == 3
    world.turn(seconds=181)
    world.run()
    assert world.states() == ["ended"]
    assert (levels(world), list(world.host.values(CITY).values())) == ([None], ["below"])
    assert len(set(world.other_side.ids())) == 1


@pytest.mark.parametrize(
    ("policy", "branch", "expected"),
    [
        (None, True, ("completed", "failed", "below")),
        ("branch", True, ("completed", "failed", "below")),
        ("go_on", True, ("completed", None, "below")),
        ("end", True, ("webhook_failed", None, None)),
        ("branch", False, ("completed", None, "below")),
        ("go_on", False, ("completed", None, "below")),
        ("end", False, ("webhook_failed", None, None)),
    ],
)
def test_what_has_failed_for_good_goes_by_the_policy(world, policy, branch, expected):
    world.other_side.answer = lambda request: answered(404, b"no")
    branches = {"failed": [update(LEVEL, "failed")]} if branch else None
    world.publish(journey(asking(branches, on_failure=policy), update(CITY, "below")))
    world.enter(1)
    world.run()
    (person,) = world.people()
    (city,) = world.host.values(CITY).values()
    assert (person["end_reason"], levels(world)[0], city) == expected
    assert len(world.other_side.requests) == 1
    line = world.history(person["id"])[1]
    assert (line["detail"]["answer"], line["detail"]["tries"]) == ("404", 1)


def test_a_receiver_that_never_answers_has_failed_after_all_tries(world):
    world.other_side.answer = lambda request: no_answer("refused")
    world.publish(journey(asking({"failed": [update(LEVEL, "failed")]})))
    world.enter(1)
    settle(world)
    assert (world.states(), levels(world)) == (["ended"], ["failed"])
    assert len(world.other_side.requests) == 8
    assert world.history(world.people()[0]["id"])[1]["detail"]["answer"] == "refused"


def test_what_is_kept_can_be_written_and_sent(world):
    tag = "{{ Subscriber:EmailAddress }}"
    data = {"tier": "gold", "n": [1, 2.5], "yes": True, "list": [], "null": None, "evil": tag}
    world.other_side.answer = lambda request: as_json(data)
    keep = {"tier": "tier", "n": "n[1]", "yes": "yes", "list": "list", "no": "null", "evil": "evil"}
    text = '{{ Kept:tier }}|{{ Kept:n }}|{{ Kept:yes }}|{{ Kept:list|"-" }}|{{ Kept:no|"?" }}'
    body = {"text": text, "evil": "{{ Kept:evil }}"}
    world.publish(journey(asking(keep=keep), webhook(body)))
    world.enter(1)
    world.run()
    told = json.loads(world.other_side.requests[1].body)
    assert told["text"].lower() == "gold|2.5|true|-|?"
    assert told["evil"] == tag
    (row,) = world.rows(world.tables.enrollment_data)
    assert row["kept"] == {"tier": "gold", "n": 2.5, "yes": True, "evil": tag}
    detail = world.history(world.people()[0]["id"])[1]["detail"]
    assert detail == {"answer": "200", "kept": "tier, n, yes, evil", "not_in_it": "list, no"}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 5000, b"\xff", b'{"a": NaN}', b"7"])
def test_an_answer_that_is_no_json_keeps_nothing_and_goes_on(world, body):
    world.other_side.answer = lambda request: answered(200, body)
    world.publish(journey(asking(keep={"a": "a"}), webhook({"a": '{{ Kept:a|"none" }}'})))
    world.enter(1)
    world.run()
    assert json.loads(world.other_side.requests[1].body) == {"a": "none"}


def test_a_later_answer_takes_the_place_of_an_earlier_one_also_by_being_without(world):
    answers = iter([as_json({"a": 1, "b": 1}), as_json({"b": 2})])
    world.other_side.answer = lambda request: next(answers, as_json({}))
    other = {"a": "a", "c": "b"}
    world.publish(journey(asking(keep={"a": "a", "b": "b"}), asking(keep=other)))
    world.enter(1)
    world.run()
    assert world.row(world.tables.enrollment_data)["kept"] == {"b": 1, "c": 2}


def test_values_stand_beside_the_data_of_the_event(world):
    click = {"type": "EmailLinkClick", "params": {}}
    world.other_side.answer = lambda request: as_json({"a": "k"})
    body = {"both": "{{ Event:url }} {{ Kept:a }}"}
    world.publish(journey(asking(keep={"a": "a"}), webhook(body), trigger=click))
    (ann,) = world.host.subscribe(1)
    world.accept(world.event(ann, type="click", data={"url": "https://e.example/"}))
    world.run()
    told = json.loads(world.other_side.requests[1].body)
    assert told == {"both": "https://e.example/ k"}


def test_one_person_keeps_sixteen_kilobytes_and_no_more(world):
    half = "x" * (MOST_KEPT_BYTES // 2 - 50)
    world.other_side.answer = lambda request: as_json({"v": half, "s": "small"})
    keeps = [{"a": "v"}, {"b": "v"}, {"c": "v", "d": "s"}]
    world.publish(journey(*(asking(keep=keep) for keep in keeps)))
    world.enter(1)
    world.run()
    kept = world.row(world.tables.enrollment_data)["kept"]
    assert set(kept) == {"a", "b", "d"}
    assert len(json.dumps(kept)) <= MOST_KEPT_BYTES
    last = world.history(world.people()[0]["id"])[-1]["detail"]
    assert (last["kept"], last["too_large"]) == ("d", "c")


def test_a_value_that_no_step_keeps_cannot_be_named(world):
    for steps in (
        (asking(keep={"tier": "a"}), update(LEVEL, "{{ Kept:tire }}")),
        (asking(keep={"tier": "a"}) | {"published": False}, update(LEVEL, "{{ Kept:tier }}")),
    ):
        with pytest.raises(InvalidDocument) as refused:
            world.publish(journey(*steps))
        assert [p.path for p in refused.value.problems] == ["/steps/1/params/value"]


@pytest.mark.parametrize(
    "keep", [{"a b": "x"}, {"1a": "x"}, {"a": "x["}, {"a": 1}, ["a"], {"a" * 41: "x"}]
)
def test_names_and_paths_are_checked(world, keep):
    with pytest.raises(InvalidDocument) as refused:
        world.publish(journey(asking(keep=keep)))
    assert all(p.path.startswith("/steps/0/params/keep") for p in refused.value.problems)


def test_whoever_has_left_is_not_moved_by_an_answer_that_comes_later(world):
    world.publish(journey(asking(on_failure="end"), update(LEVEL, "on")))
    (ann,) = world.enter(1)
    while world.tick():
        pass
    world.turn(minutes=1)
    world.host.unsubscribe([ann], 1)
    world.accept(world.event(ann, type="unsubscription"))
    world.services.intake.route()
    world.turn(seconds=5)
    world.seconds += 5
    world.tick()
    before = world.person(ann)
    assert before["end_reason"] == "unsubscribed"
    world.run()
    assert world.person(ann) == before
    assert [row["state"] for row in world.deliveries()] == ["done"]
    assert world.deliveries()[0]["result"]["status"] == 200


def test_frozen_people_look_when_their_journey_is_turned_on(world):
    world.other_side.answer = lambda request: as_json({"a": "kept"})
    published = world.publish(journey(asking(keep={"a": "a"}), update(LEVEL, "{{ Kept:a }}")))
    world.enter(1)
    while world.tick():
        pass
    world.disable(published)
    world.turn(days=2)
    world.run()
    assert (world.states(), levels(world)) == (["active"], [None])
    assert [row["state"] for row in world.deliveries()] == ["done"]
    assert world.rows(world.tables.enrollment_data) == []
    world.enable(published)
    world.run()
    assert (world.states(), levels(world)) == (["ended"], ["kept"])
    assert len(world.other_side.requests) == 1


def test_a_thousand_answers_cost_as_many_statements_as_ten(make_world):
    world = make_world(tick_rows=2000, delivery_threads=50, deliveries_per_receiver=50)
    world.other_side.answer = lambda request: as_json({"a": request.headers["webhook-id"]})
    world.publish(journey(asking(keep={"a": "a"}), wait(1, "days")))
    found = {}
    for n in (3, 10, 150):
        world.enter(n)
        while world.tick():
            pass
        while world.deliver():
            pass
        with counted() as statements:
            world.tick()
        found[n] = len(statements.of_work())
        assert {row["state"] for row in world.people()} == {"waiting"}
    assert found[10] == found[150]
