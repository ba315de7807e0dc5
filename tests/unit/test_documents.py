"""Is a document fit to run? Each fault with its place, also deep inside of parameters."""

import json

import pytest

from plugin.domain.catalog import Catalog, HostField, HostList
from plugin.domain.codec import decode
from plugin.engine import actions, triggers
from plugin.engine.documents import Checker
from plugin.engine.kinds import Action, Registry, TriggerKind, find
from tests.documents import decide, journey, off, rule, step, update, wait, webhook

CHECKER = Checker(Registry(find(Action, actions)), Registry(find(TriggerKind, triggers)))
CATALOG = Catalog(
    user_id=1,
    zone="UTC",
    lists={1: HostList(1, "News"), 2: HostList(2, "Shop")},
    fields={
        3: HostField(3, "City", "City", 1, "Single line"),
        4: HostField(4, "Orders", "Orders", 2, "Single line"),
        28: HostField(28, "Language", "Language", None, "Single line"),
    },
)
SET = rule("EmailAddress", "is_set")


def shape(text):
    return [problem.path for problem in CHECKER.shape(decode(json.loads(text)))]


def publishable(text):
    problems = CHECKER.publishable(decode(json.loads(text)), CATALOG)
    return {problem.path: problem.text for problem in problems}


@pytest.mark.parametrize(
    ("placed", "pointers"),
    [
        (step("Fly"), ["/action"]),
        (step("wait", amount=1, unit="days"), ["/action"]),
        (wait(0), ["/params/amount"]),
        (wait(1, "weeks"), ["/params/unit"]),
        (wait(4000, "days"), ["/params/amount"]),
        (step("Wait"), ["/params/amount", "/params/unit"]),
        (step("Wait", amount=1, unit="days", colour="blue"), ["/params/colour"]),
        (
            wait(window={"from": "9", "to": "25:00", "days": ["mon", "someday"]}),
            ["/params/window/days/1", "/params/window/from", "/params/window/to"],
        ),
        (wait(window={"from": "09:00"}), ["/params/window/to"]),
        (wait(window={"from": "09:00", "to": "17:00", "days": []}), ["/params/window/days"]),
        (wait(1) | {"branches": {"true": []}}, ["/branches/true"]),
        (wait(1) | {"branches": {"a/b": []}}, ["/branches/a~1b"]),
        (decide({}), ["/params/criteria"]),
        (decide({"all": []}), ["/params/criteria/all"]),
        (
            decide({"all": [SET, {"any": [rule("EmailAddress", "sounds_like", "x"), 7]}]}),
            ["/params/criteria/all/1/any/0/operator", "/params/criteria/all/1/any/1"],
        ),
        (decide(rule(3, "is")), ["/params/criteria/value"]),
        (update(0, "x"), ["/params/field"]),
        (update("3", "x"), ["/params/field"]),
        (update(3, "{{ Nobody:X }}"), ["/params/value"]),
        (update(3, "x" * 5001), ["/params/value"]),
        (webhook(url="ftp://example.com"), ["/params/url"]),
        (webhook(url="http://["), ["/params/url"]),
        (webhook(url="https://user:secret@example.com/"), ["/params/url"]),
        (webhook(url="https://exämple.com/"), ["/params/url"]),
        (webhook(url="https://example.com/ x"), ["/params/url"]),
        (webhook({"a": {"b/c": ["x", "{{ Oops"]}}), ["/params/body/a/b~1c/1"]),
        (webhook(secret="UPPER"), ["/params/secret"]),
        (step("Webhook", url="https://example.com/", body=[1]), ["/params/body"]),
    ],
)
def test_what_is_wrong_in_a_step_is_told_with_its_place(placed, pointers):
    assert sorted(shape(journey(placed))) == [f"/steps/0{pointer}" for pointer in pointers]
    inside = decide(SET, [wait(1)], [wait(1), placed])
    found = sorted(shape(journey(wait(1), inside)))
    assert found == [f"/steps/1/branches/false/1{pointer}" for pointer in pointers]


@pytest.mark.parametrize(
    ("trigger", "pointers"),
    [
        ({"type": "Full moon"}, ["/trigger/type"]),
        ({"type": "ListSubscription", "params": {"list_ids": [0]}}, ["/trigger/params/list_ids/0"]),
        ({"type": "ListSubscription", "params": {"list_ids": 1}}, ["/trigger/params/list_ids"]),
        ({"type": "ListSubscription", "params": {"list": 1}}, ["/trigger/params/list"]),
        ({"type": "Manual", "params": {"x": 1}}, ["/trigger/params/x"]),
    ],
)
def test_what_is_wrong_in_the_trigger_is_told_with_its_place(trigger, pointers):
    assert shape(json.dumps(json.loads(journey(wait(1))) | {"trigger": trigger})) == pointers


@pytest.mark.parametrize(
    ("placed", "pointer"),
    [
        (update(99, "x"), "/params/field"),
        (update(4, "x"), "/params/field"),
        (update(3, "{{ Subscriber:Nickname }}"), "/params/value"),
        (update(3, "{{ Subscriber:Orders }}"), "/params/value"),
        (decide({"all": [SET, rule(99, "is_set")]}), "/params/criteria/all/1/field"),
        (decide({"not": rule(4, "is_set")}), "/params/criteria/not/field"),
        (decide({"all": [rule("Password", "is_set")]}), "/params/criteria/all/0/field"),
        (webhook({"a/b": ["{{ Subscriber:Nickname }}"]}), "/params/body/a~1b/0"),
        (webhook({"x": "{{ Kept:basket }}"}), "/params/body/x"),
    ],
)
def test_what_does_not_exist_keeps_a_journey_from_being_published(placed, pointer):
    assert shape(journey(placed)) == []
    found = publishable(journey(placed))
    assert list(found) == [f"/steps/0{pointer}"]
    assert found[f"/steps/0{pointer}"].endswith(".")


def test_a_step_that_is_off_may_name_what_is_gone():
    assert publishable(journey(off(update(99, "x")), wait(1))) == {}
    assert shape(journey(off(wait(0)))) == ["/steps/0/params/amount"]


def test_a_field_of_one_list_fits_a_journey_of_that_list_only():
    assert publishable(journey(update(3, "x"), lists=(1,))) == {}
    assert publishable(journey(update(28, "x"), lists=())) == {}
    for lists in ((), (2,), (1, 2)):
        assert "News" in publishable(journey(update(3, "x"), lists=lists))["/steps/0/params/field"]
    assert publishable(journey(update(3, "x"), lists=None)) == {}


def test_a_list_that_is_gone_and_a_journey_without_steps_are_not_published():
    assert list(publishable(journey(wait(1), lists=(1, 7)))) == ["/trigger/params/list_ids/1"]
    assert list(publishable(journey())) == ["/steps"]
    assert shape(journey()) == []


@pytest.mark.parametrize(
    "tag",
    [
        *("Subscriber:City", "Subscriber:CustomField3", "Subscriber:EmailAddress"),
        *("Subscriber:Language", "Journey:JourneyID", "Journey:ActionID", "Journey:Name"),
        *("List:ListID", "List:Name"),
    ],
)
def test_every_merge_tag_that_can_be_read_can_be_published(tag):
    assert publishable(journey(update(3, f"{{{{ {tag} }}}}"))) == {}
