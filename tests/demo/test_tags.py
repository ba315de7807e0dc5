"""Tags of the demo's host: by its API, by hand, and what Journeys is told of them."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from demo.events import Event
from demo.manifest import read_manifest
from plugin.routes.event_schema import events_of
from tests.demo.api_world import STRANGER_KEY, ApiWorld
from tests.demo.test_user_area import person_path

ADA, BOB = "ada@example.com", "bob@example.com"
PATH = person_path(1, 1)


@pytest.fixture
def api(tmp_path) -> ApiWorld:
    """Ada and Bob on list 1, which has the tags 1 and 2."""
    made = ApiWorld(f"sqlite:///{tmp_path / 'host.sqlite3'}")
    made.join(1, ADA)
    made.join(1, BOB)
    for name in ("VIP", "buyer"):
        made.call("subscriber.tags.create", ListID=1, TagName=f" {name} ", TagDescription="Why")
    return made


def test_tags_are_made_read_renamed_and_forgotten(api):
    api.call("subscriber.tag", SubscriberListID=1, TagID="1,2", SubscriberID="1,2")
    tag = {"TagID": 1, "TagName": "vip", "TagDescription": "Why", "SubscriberCount": 2}
    assert api.call("subscriber.tags.get", ListID=1)["Tags"][0] == tag
    api.call("subscriber.tags.update", ListID=1, TagID=1, TagName="Very % important_1")
    assert api.code("subscriber.tags.get", key=STRANGER_KEY, ListID=1) == 2
    api.call("subscriber.tags.delete", SubscriberListID=1, TagIDs="2, 99")
    names = [row["TagName"] for row in api.call("subscriber.tags.get", ListID=1)["Tags"]]
    assert names == ["very % important_1"]
    person = api.call("subscriber.get", ListID=1, SubscriberID=1)
    assert person["SubscriberTags"] == [{"TagID": 1, "TagName": "very % important_1"}]
    assert len(api.rows("subscriber_tag_relations")) == 2


def test_only_what_changes_is_told(api):
    rule = {"type": "fields", "field_id": "EmailAddress", "operator": "is", "value": BOB}
    by_rule = {"RulesJSON": json.dumps([[rule]]), "RulesOperator": "and"}
    for command, who in (
        ("subscriber.tag", {"TagID": 1, "SubscriberID": 1}),
        ("subscriber.tag", {"TagID": [1, 2], "SubscriberID": "1,2,99"}),
        ("subscriber.tag", {"TagID": 2, "SubscriberID": 1}),
        ("subscriber.untag", {"TagID": 1} | by_rule),
        ("subscriber.untag", {"TagID": 1} | by_rule),
    ):
        api.call(command, SubscriberListID=1, **who)
    events: list[Event] = api.bridge.events
    told = [(e.type, e.subscriber_id, e.data["tag_id"], e.data["tag_ids"]) for e in events]
    assert told == [
        ("tag", 1, 1, [1]),
        ("tag", 1, 2, [1, 2]),
        ("tag", 2, 1, [1]),
        ("tag", 2, 2, [1, 2]),
        ("untag", 2, 1, [2]),
    ]
    for event in events:
        assert events_of({"events": [event.payload()]})[0].data == event.data
    assert {"tag", "untag"} <= read_manifest().event_types


def test_who_is_deleted_has_no_tags(api):
    api.call("subscriber.tag", SubscriberListID=1, TagID=1, SubscriberID="1,2")
    api.call("subscribers.delete", SubscriberListID=1, Subscribers="1")
    (row,) = api.rows("subscriber_tag_relations")
    assert row["RelSubscriberID"] == 2


def test_tags_by_hand_on_the_page_of_a_person(manager, bridge, engine, tables):
    page = manager.get(PATH)
    assert 'value="1">new here</option>' in page.text
    has = tables.subscriber_tag_relations
    mine = select(has.c.RelTagID).where(has.c.RelListID == 1, has.c.RelSubscriberID == 1)

    def tagged():
        with engine.connect() as connection:
            return sorted(connection.scalars(mine))

    before = tagged()
    verbs = ("untag", "tag") if 1 in before else ("tag", "untag")
    for verb in verbs:
        manager.send(PATH, f"{PATH}/tags", what=verb, tag=1)
    assert [(e.type, e.data["tag_id"]) for e in bridge.events] == [(verb, 1) for verb in verbs]
    assert tagged() == before
    assert manager.send(PATH, f"{PATH}/tags", what="tag", tag=3).status_code == 404
    assert manager.send(PATH, f"{PATH}/tags", what="dance", tag=1).status_code == 400
    manager.send(PATH, f"{PATH}/tags", what="new", name="Brand New")
    assert ">brand new</option>" in manager.get(PATH).text
    manager.send(PATH, f"{PATH}/tags", what="new", name="brand new")
    assert "a tag of that name already" in manager.get(PATH).text
