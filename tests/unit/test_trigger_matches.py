"""What the triggers on tags, fields, revenue and own events take, case by case."""

from datetime import UTC, datetime

import pytest

from plugin.domain.event import Event
from plugin.engine import triggers
from plugin.engine.kinds import Registry, TriggerKind, find

LIST, OTHER_LIST = 1, 2
AT = datetime(2026, 5, 31, tzinfo=UTC)
KINDS = Registry(find(TriggerKind, triggers))


def enrolls(kind, params, event, data):
    placed = KINDS.load(kind, params)
    happened = Event("a", event, AT, LIST, 7, data=data)
    return event in placed.listens_to and placed.matches(happened)


TAGS = [
    ("Tag", "tag", [], {"tag_id": 7}, True),
    ("Tag", "tag", [7], {"tag_id": 7}, True),
    ("Tag", "tag", [7], {"tag_id": "7"}, True),
    ("Tag", "tag", [7], {"tag_id": 8}, False),
    ("Tag", "tag", [7], {"tag_id": 8, "tag_ids": [7, 8]}, False),
    ("Tag", "tag", [7, 8], {"tag_id": 8, "tag_ids": [7, 8, 9]}, True),
    ("Tag", "tag", [7, 8], {"tag_id": 8, "tag_ids": [7]}, True),
    ("Tag", "tag", [7, 8], {"tag_id": 8, "tag_ids": [8]}, False),
    ("Tag", "tag", [7, 8], {"tag_id": 8}, False),
    ("Tag", "untag", [7], {"tag_id": 7}, False),
    ("UnTag", "untag", [], {"tag_id": 7}, True),
    ("UnTag", "untag", [7], {"tag_id": 7}, True),
    ("UnTag", "untag", [7], {"tag_id": 8}, False),
    ("UnTag", "untag", [7, 8], {"tag_id": 8, "tag_ids": []}, True),
    ("UnTag", "untag", [7, 8], {"tag_id": 8, "tag_ids": [7]}, False),
    ("UnTag", "untag", [7, 8], {"tag_id": 8}, False),
    ("UnTag", "tag", [7], {"tag_id": 7}, False),
]


@pytest.mark.parametrize(("kind", "event", "tags", "data", "enters"), TAGS)
def test_of_several_tags_the_last_one_counts(kind, event, tags, data, enters):
    assert enrolls(kind, {"tag_ids": tags}, event, data) == enters


CHANGES = [
    ({}, {"field_id": 3}, True),
    ({"field": 3}, {"field_id": 3, "from": "a", "to": "b"}, True),
    ({"field": 3}, {"field_id": 4, "from": "a", "to": "b"}, False),
    ({"list_ids": [LIST], "field": 3}, {"field_id": 3}, True),
    ({"list_ids": [OTHER_LIST]}, {"field_id": 3}, False),
    ({"from_value": "a", "to_value": "b"}, {"field_id": 3, "from": "a", "to": "b"}, True),
    ({"from_value": "a", "to_value": "b"}, {"field_id": 3, "from": "A", "to": "b"}, False),
    ({"from_value": "a"}, {"field_id": 3, "from": "a", "to": "c"}, True),
    ({"from_value": "a"}, {"field_id": 3, "to": "c"}, False),
    ({"from_value": ""}, {"field_id": 3, "from": None, "to": "c"}, True),
    ({"from_value": ""}, {"field_id": 3, "to": "c"}, False),
    ({"to_value": ""}, {"field_id": 3, "from": "c", "to": ""}, True),
    ({"to_value": "7"}, {"field_id": 5, "from": None, "to": 7}, True),
]


@pytest.mark.parametrize(("params", "data", "enters"), CHANGES)
def test_a_change_from_a_value_to_another_starts(params, data, enters):
    assert enrolls("CustomFieldValueChanged", params, "field_changed", data) == enters


REVENUES = [
    ("100", {"amount": 100}, True),
    ("100", {"amount": "100.00"}, True),
    ("100", {"amount": 99.99}, False),
    ("99.99", {"amount": 99.99}, True),
    ("0", {"amount": 0}, True),
    ("0", {}, False),
    ("1", {"amount": "many"}, False),
]


@pytest.mark.parametrize(("amount", "data", "enters"), REVENUES)
def test_revenue_of_the_least_amount_or_more_starts(amount, data, enters):
    assert enrolls("RevenueHit", {"amount": amount}, "revenue", data) == enters
    assert not enrolls("RevenueHit", {"amount": amount}, "conversion", data)


BIG = [{"property": "total", "operator": "at_least", "value": "50"}]
EVENTS = [
    ({"event": "cart"}, {"name": "cart"}, True),
    ({"event": "cart"}, {"name": "Cart"}, False),
    ({"event": "cart", "conditions": BIG}, {"name": "cart", "properties": {"total": 50}}, True),
    ({"event": "cart", "conditions": BIG}, {"name": "cart", "properties": {"total": 49}}, False),
    ({"event": "cart", "conditions": BIG}, {"name": "cart"}, False),
    ({"event": "cart", "correlation": "id"}, {"name": "cart", "properties": {"id": 7}}, True),
    ({"event": "cart", "correlation": "id"}, {"name": "cart", "properties": {"id": ""}}, False),
    ({"event": "cart", "correlation": "id"}, {"name": "cart", "properties": {"id": [7]}}, False),
    ({"event": "cart", "correlation": "id"}, {"name": "cart"}, False),
]


@pytest.mark.parametrize(("params", "data", "enters"), EVENTS)
def test_an_event_of_ones_own_starts_by_its_name_and_properties(params, data, enters):
    assert enrolls("CustomEvent", params, "custom", data) == enters
