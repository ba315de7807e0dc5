"""Every command of the host's API: what it needs, and the code for each thing that is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.demo.api_world import (
    DISABLED_KEY,
    OWNER_KEY,
    POWERLESS_KEY,
    STRANGER_KEY,
    ApiWorld,
)
from tests.demo.lists_world import E_MAIL, IP, OWNER

ADA, BOB, GONE = "ada@example.com", "bob@example.com", "gone@example.com"
SUBSCRIBE, UNSUBSCRIBE = "subscriber.subscribe", "subscriber.unsubscribe"
TAG, UNTAG = "subscriber.tag", "subscriber.untag"
NEW_TAG, RENAME, TAGS = (f"subscriber.tags.{verb}" for verb in ("create", "update", "get"))
FORGET = "subscriber.tags.delete"
UPDATE, GET, DELETE = "subscriber.update", "subscriber.get", "subscribers.delete"
TAKEN = {"ListID": 1, "EmailAddress": "new@example.com", "IPAddress": IP}
LEAVES = {"ListID": 2, "EmailAddress": ADA, "IPAddress": IP}
CHANGES = {"SubscriberID": 1, "SubscriberListID": 1}
TAGGED = {"SubscriberListID": 1, "TagID": 1, "SubscriberID": 1}
BY_RULE = {"SubscriberListID": 1, "TagID": 1, "RulesOperator": "and"}
IS_ADA = json.dumps(
    [[{"type": "fields", "field_id": "EmailAddress", "operator": "is", "value": ADA}]]
)
ODD = json.dumps([[{"type": "journeys", "operator": "in", "value": 1}]])


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("mariadb", marks=pytest.mark.services)],
    ids=["sqlite", "mariadb"],
)
def world(request, tmp_path_factory) -> Iterator[ApiWorld]:
    """Ada and Bob on list 1, Ada on list 2, somebody who left list 2. Refusals change nothing."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('api') / 'host.sqlite3'}"
    else:
        url = request.getfixturevalue("module_mysql_url")
    made = ApiWorld(url)
    made.join(1, ADA, CustomField2="taken")
    made.join(1, BOB)
    made.join(2, ADA)
    made.join(2, GONE)
    made.leave(2, GONE)
    for list_id, name in ((1, "first"), (2, "of the other list"), (1, "second")):
        assert made.code(NEW_TAG, ListID=list_id, TagName=name) == 0
    made.suppress(2, OWNER, "bad@example.com")
    yield made
    made.engine.dispose()


def without(values, *names):
    return {name: value for name, value in values.items() if name not in names}


@pytest.mark.parametrize(
    ("command", "parameters", "code"),
    [
        (SUBSCRIBE, without(TAKEN, "ListID"), 1),
        (SUBSCRIBE, without(TAKEN, "EmailAddress"), 2),
        (SUBSCRIBE, without(TAKEN, "IPAddress"), 3),
        (SUBSCRIBE, {}, [1, 2, 3]),
        (SUBSCRIBE, TAKEN | {"ListID": 99}, 4),
        (SUBSCRIBE, TAKEN | {"ListID": "x"}, 4),
        (SUBSCRIBE, TAKEN | {"ListID": "99,1"}, 4),
        (SUBSCRIBE, TAKEN | {"EmailAddress": "nobody"}, 5),
        (SUBSCRIBE, TAKEN | {"CustomField1": ""}, 6),
        (SUBSCRIBE, TAKEN | {"EnforceRequiredFields": "true"}, 6),
        (SUBSCRIBE, TAKEN | {"CustomField1": [" "], "EnforceRequiredFields": True}, 6),
        (SUBSCRIBE, TAKEN | {"CustomField2": "taken"}, 7),
        (SUBSCRIBE, TAKEN | {"CustomField3": "2026-02-31"}, 8),
        (SUBSCRIBE, TAKEN | {"CustomField4": "XXL"}, 8),
        (SUBSCRIBE, TAKEN | {"CustomField5": "many"}, 8),
        (SUBSCRIBE, TAKEN | {"EmailAddress": ADA.upper()}, 9),
        (SUBSCRIBE, TAKEN | {"ListID": 2, "EmailAddress": "bad@example.com"}, 10),
        (UNSUBSCRIBE, without(LEAVES, "ListID"), 1),
        (UNSUBSCRIBE, without(LEAVES, "IPAddress"), 2),
        (UNSUBSCRIBE, without(LEAVES, "ListID", "IPAddress"), [1, 2]),
        (UNSUBSCRIBE, without(LEAVES, "EmailAddress"), 3),
        (UNSUBSCRIBE, without(LEAVES, "EmailAddress") | {"RulesJSON": ""}, 3),
        (UNSUBSCRIBE, LEAVES | {"ListID": 99}, 4),
        (UNSUBSCRIBE, LEAVES | {"EmailAddress": "nobody"}, 6),
        (UNSUBSCRIBE, LEAVES | {"EmailAddress": "nobody@example.com"}, 7),
        (UNSUBSCRIBE, LEAVES | {"SubscriberID": 99}, 7),
        (UNSUBSCRIBE, LEAVES | {"RulesJSON": "[[{}]]", "RulesOperator": "and"}, 7),
        (UNSUBSCRIBE, LEAVES | {"RulesJSON": "{", "RulesOperator": "and"}, 7),
        (UNSUBSCRIBE, LEAVES | {"RulesJSON": [[{"type": "fields"}]], "RulesOperator": "and"}, 7),
        (UNSUBSCRIBE, LEAVES | {"RulesJSON": 0}, 7),
        (UNSUBSCRIBE, LEAVES | {"CampaignID": 5}, 8),
        (UNSUBSCRIBE, LEAVES | {"EmailAddress": GONE}, 9),
        (UNSUBSCRIBE, LEAVES | {"EmailID": 99}, 10),
        (UNSUBSCRIBE, LEAVES | {"RulesJSON": ODD, "RulesOperator": "and"}, 11),
        (UNSUBSCRIBE, LEAVES | {"RulesJSON": IS_ADA, "RulesOperator": "xor"}, 11),
        (UPDATE, without(CHANGES, "SubscriberID"), 1),
        (UPDATE, without(CHANGES, "SubscriberListID"), 2),
        (UPDATE, {}, [1, 2]),
        (UPDATE, CHANGES | {"EmailAddress": ""}, 3),
        (UPDATE, CHANGES | {"EmailAddress": "nobody", "Fields": {"CustomField1": "A"}}, 4),
        (UPDATE, CHANGES | {"SubscriberListID": 9}, 5),
        (UPDATE, CHANGES | {"SubscriberListID": 99}, 5),
        (UPDATE, CHANGES | {"SubscriberID": 99}, 6),
        (UPDATE, CHANGES | {"EmailAddress": BOB, "Fields": {"CustomField1": "A"}}, 7),
        (UPDATE, CHANGES | {"Fields": {"CustomField1": ""}}, 8),
        (UPDATE, CHANGES | {"Fields": {"CustomField4": "S"}}, 8),
        (
            UPDATE,
            {"SubscriberID": 2, "SubscriberListID": 1, "EnforceRequiredFields": 1}
            | {"Fields": {"CustomField1": "B", "CustomField2": "taken"}},
            9,
        ),
        (UPDATE, CHANGES | {"Fields": {"CustomField1": "A", "CustomField3": "x"}}, 10),
        (UPDATE, CHANGES | {"Fields": {"CustomField77": "A"}}, 11),
        (GET, {"ListID": 1}, [1]),
        (GET, {"EmailAddress": ADA}, [2]),
        (GET, {}, [1, 2]),
        (GET, {"ListID": 1, "EmailAddress": "nobody@example.com"}, [3]),
        (GET, {"ListID": 1, "SubscriberID": 99}, [3]),
        (GET, {"ListID": 9, "SubscriberID": 1}, [4]),
        (DELETE, {"Subscribers": "1"}, 2),
        (DELETE, {"SubscriberListID": 9, "Subscribers": "1"}, 5),
        (DELETE, {"SubscriberListID": 1, "RulesJSON": ODD, "RulesOperator": "and"}, 6),
        (DELETE, {"SubscriberListID": 1, "RulesJSON": "[]", "RulesOperator": "and"}, 7),
        (DELETE, {"SubscriberListID": 1, "Subscribers": "1,x"}, 8),
        (DELETE, {"SubscriberListID": 1, "Subscribers": "-1"}, 8),
        *(
            (verb, parameters, code)
            for verb in (TAG, UNTAG)
            for parameters, code in (
                (without(TAGGED, "TagID"), 1),
                (without(TAGGED, "SubscriberListID"), 2),
                ({}, [1, 2]),
                (TAGGED | {"SubscriberListID": 9}, 4),
                (TAGGED | {"SubscriberListID": 99}, 4),
                (without(TAGGED, "SubscriberID"), [6, 7]),
                (without(BY_RULE, "RulesOperator") | {"RulesJSON": IS_ADA}, 7),
                (BY_RULE, 6),
                (TAGGED | {"TagID": 99}, 6),
                (TAGGED | {"TagID": 2}, 6),  # another list's
                (TAGGED | {"TagID": "1,x"}, 6),
                (TAGGED | {"TagID": [1, 99]}, 6),
                (BY_RULE | {"RulesJSON": "[]"}, 7),
                (BY_RULE | {"RulesJSON": ODD}, 8),
                (TAGGED | {"SubscriberID": 99}, 0),
            )
        ),
        (NEW_TAG, {"TagName": "x"}, 1),
        (NEW_TAG, {"ListID": 1}, 2),
        (NEW_TAG, {"ListID": 1, "TagName": "a/b"}, 3),
        (NEW_TAG, {"ListID": 9, "TagName": "x"}, 4),
        (NEW_TAG, {"ListID": 1, "TagName": " First "}, 5),
        (RENAME, {"TagID": 1}, 1),
        (RENAME, {"ListID": 1}, 2),
        (RENAME, {"ListID": 1, "TagID": 1, "TagName": "<x>"}, 3),
        (RENAME, {"ListID": 9, "TagID": 1}, 4),
        (RENAME, {"ListID": 1, "TagID": 2}, 4),
        (RENAME, {"ListID": 1, "TagID": 1, "TagName": " "}, 4),
        (RENAME, {"ListID": 1, "TagID": 1, "TagName": "second"}, 5),
        (TAGS, {}, 1),
        (TAGS, {"ListID": 9}, 2),
        (FORGET, {"TagIDs": "1"}, 2),
        (FORGET, {"SubscriberListID": 9, "TagIDs": "1"}, 4),
        (FORGET, {"SubscriberListID": 1}, [5]),
        (FORGET, {"SubscriberListID": 1, "TagIDs": ","}, [5]),
        (FORGET, {"SubscriberListID": 1, "TagIDs": "2"}, 0),
        ("customfields.get", {}, [1]),
        ("customfields.get", {"SubscriberListID": 9}, [2]),
        ("emails.get", {"EmailIDs": "x, ,"}, [1]),
        ("emails.get", {"EmailIDs": ",".join(map(str, range(1, 102)))}, [3]),
        ("lists.get", {}, 0),
        ("emails.get", {"EmailIDs": str(E_MAIL)}, 0),
        ("user.current", {}, 0),
    ],
)
def test_what_is_wrong_has_the_hosts_code_and_changes_nothing(world, command, parameters, code):
    tables = ("subscriber_lists", "subscriber_tags", "subscriber_tag_relations")
    before = [*map(world.rows, tables), world.count(1), world.count(2)]
    assert world.code(command, **parameters) == code
    assert [*map(world.rows, tables), world.count(1), world.count(2)] == before
    assert world.bridge.events == []


@pytest.mark.parametrize("command", [UPDATE, GET, DELETE, TAG, NEW_TAG, FORGET, "lists.get"])
@pytest.mark.parametrize(
    ("key", "code"),
    [("", 99998), ("wrong", 99998), (DISABLED_KEY, 99998), (POWERLESS_KEY, 99999)],
)
def test_a_command_needs_a_key_whose_owner_may_do_it(world, command, key, code):
    assert world.code(command, key=key) == code


@pytest.mark.parametrize("key", ["wrong", DISABLED_KEY])
def test_commands_for_every_user_need_a_key_too(world, key):
    assert world.code("emails.get", key=key) == 99998
    assert world.code("user.current", key=key) == 99998
    assert world.code("emails.get", key="") == 99998
    assert world.code("user.current", key="") == [1]


def test_a_session_id_is_not_known(world):
    assert world.code("user.current", key="", SessionID="abc") == 99998


def test_the_error_names_the_field_to_blame(world):
    content = world.call(SUBSCRIBE, key="", **TAKEN, CustomField1="")
    assert (content["ErrorCustomFieldID"], content["ErrorCustomFieldTitle"]) == (1, "First name")
    content = world.call(UPDATE, **CHANGES, Fields={"CustomField78": "a", "CustomField77": "b"})
    assert content["ErrorCustomFieldIDs"] == [77, 78]


def test_the_two_meanings_of_seven_differ_in_their_text(world):
    rules = world.call(UNSUBSCRIBE, **LEAVES, RulesJSON="[]", RulesOperator="and")
    assert "RulesJSON" in rules["ErrorText"]
    nobody = world.call(UNSUBSCRIBE, **LEAVES | {"EmailAddress": "nobody@example.com"})
    assert "ErrorText" not in nobody


@pytest.mark.parametrize("key", [OWNER_KEY, STRANGER_KEY])
def test_another_users_lists_and_mails_do_not_exist(world, key):
    mine = key == OWNER_KEY
    assert (world.code(GET, key=key, ListID=1, EmailAddress=ADA) == 0) is mine
    assert (world.code("customfields.get", key=key, SubscriberListID=1) == 0) is mine
    emails = world.call("emails.get", key=key, EmailIDs=str(E_MAIL))["Emails"]
    assert bool(emails) is mine
    names = [row["Name"] for row in world.call("lists.get", key=key)["Lists"]]
    assert names == (["List 1", "List 2", "List 3"] if mine else ["List 9"])
