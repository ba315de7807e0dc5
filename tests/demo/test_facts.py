"""Facts that the demo plays: told in the form that Journeys takes, and fields are written."""

import pytest

from demo.events import Event
from demo.manifest import read_manifest
from plugin.routes.event_schema import events_of
from tests.demo.test_user_area import person_path

PATH = person_path(1, 1)

FACTS = [
    ("revenue", {"amount": "12.5"}, "revenue", {"amount": 12.5, "currency": "EUR"}),
    (
        "custom",
        {"name": "cart_left", "order_id": "A-1", "amount": "60"},
        "custom",
        {"name": "cart_left", "properties": {"order_id": "A-1", "total": 60.0}},
    ),
    ("custom", {"name": "seen"}, "custom", {"name": "seen", "properties": {}}),
]


@pytest.mark.parametrize(("what", "form", "type_", "data"), FACTS)
def test_a_fact_is_told_in_the_form_that_journeys_takes(manager, bridge, what, form, type_, data):
    manager.send(PATH, f"{PATH}/tell", what=what, **form)
    (event,) = bridge.events
    assert (event.type, event.data) == (type_, data)
    assert events_of({"events": [event.payload()]})[0].data == data


def test_a_changed_field_is_written_and_told_with_both_values(manager, bridge):
    for value in ("1990-05-31", ""):
        manager.send(PATH, f"{PATH}/tell", what="changed", field=4, field_value=value)
    first, second = bridge.events
    assert isinstance(first, Event)
    assert (first.type, first.data["field_id"], first.data["to"]) == (
        "field_changed",
        4,
        "1990-05-31",
    )
    assert second.data == {"field_id": 4, "from": "1990-05-31", "to": None}
    for event in (first, second):
        assert events_of({"events": [event.payload()]})[0].data == event.data


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"what": "tagged", "tag": 1}, 400),
        ({"what": "revenue", "amount": "nan"}, 400),
        ({"what": "custom", "name": " "}, 400),
        ({"what": "changed", "field": 4, "field_value": "soon"}, 400),
        ({"what": "changed", "field": 23, "field_value": "x"}, 404),
        ({"what": "dance"}, 400),
    ],
)
def test_what_is_no_fact_is_refused_and_told_to_nobody(manager, bridge, form, status):
    assert manager.send(PATH, f"{PATH}/tell", **form).status_code == status
    assert not bridge.events


def test_what_is_played_is_wanted_by_the_manifest():
    assert {type_ for _, _, type_, _ in FACTS} | {"field_changed"} <= read_manifest().event_types
