"""The natural key: one fact from two sources is one, two facts are two."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from plugin.domain.event import TYPES, Event, as_text

AT = datetime(2026, 5, 31, 12, 0, 0, tzinfo=UTC)
EVENT = Event("a", "subscription", AT, 1, 7)


@pytest.mark.parametrize("kind", ["subscription", "unsubscription", "subscriber_deleted"])
def test_what_happens_once_a_second_is_known_by_its_second(kind):
    event = replace(EVENT, type=kind)
    assert len(event.natural_key()) == 16
    same = (
        replace(event, event_id="b"),
        replace(event, email="ann@example.com"),
        replace(event, occurred_at=AT + timedelta(microseconds=999_999)),
        replace(event, occurred_at=AT.astimezone(timezone(timedelta(hours=3)))),
        replace(event, data={"source": "plugin"}),
        replace(event, hops=3),
    )
    assert {other.natural_key() for other in same} == {event.natural_key()}


def test_another_second_list_subscriber_or_type_is_another_fact():
    keys = {
        EVENT.natural_key(),
        replace(EVENT, occurred_at=AT + timedelta(seconds=1)).natural_key(),
        replace(EVENT, occurred_at=AT - timedelta(microseconds=1)).natural_key(),
        replace(EVENT, list_id=2).natural_key(),
        replace(EVENT, subscriber_id=8).natural_key(),
        replace(EVENT, type="unsubscription").natural_key(),
        replace(EVENT, list_id=17, subscriber_id=7).natural_key(),
        replace(EVENT, list_id=1, subscriber_id=77).natural_key(),
    }
    assert len(keys) == 8


@pytest.mark.parametrize(
    "kind", sorted(set(TYPES) - {"subscription", "unsubscription", "subscriber_deleted"})
)
def test_what_may_happen_twice_in_a_second_has_a_key_only_by_its_row(kind):
    event = replace(EVENT, type=kind)
    assert event.natural_key() is None
    assert replace(event, data={"row_id": 9}).natural_key() is not None


def test_the_hosts_row_tells_apart_what_may_happen_twice_in_a_second():
    first = replace(EVENT, type="open", data={"row_id": 9})
    later = replace(first, occurred_at=AT + timedelta(hours=5), event_id="b")
    assert first.natural_key() == later.natural_key()
    assert first.natural_key() != replace(first, data={"row_id": 10}).natural_key()


def test_the_row_of_a_subscriber_stays_the_same_ever_after_and_so_tells_nothing():
    with_row = replace(EVENT, data={"row_id": 7})
    assert with_row.natural_key() == EVENT.natural_key()
    next_year = replace(with_row, occurred_at=AT + timedelta(days=365))
    assert with_row.natural_key() != next_year.natural_key()


def test_a_row_number_is_no_second():
    second = int(AT.timestamp())
    opened = replace(EVENT, type="open", data={"row_id": second})
    assert opened.natural_key() != replace(EVENT, type="open").natural_key()


def test_a_tag_is_known_by_its_number_and_second():
    tagged = replace(EVENT, type="tag", data={"tag_id": 7})
    keys = {
        tagged.natural_key(),
        replace(tagged, data={"tag_id": 8}).natural_key(),
        replace(tagged, type="untag").natural_key(),
        replace(tagged, occurred_at=AT + timedelta(seconds=1)).natural_key(),
    }
    assert len(keys) == 4 and None not in keys
    again = replace(tagged, event_id="b", data={"tag_id": 7, "tag_ids": [7]})
    assert again.natural_key() == tagged.natural_key()


def test_a_change_is_known_by_its_field_new_value_and_second():
    changed = replace(EVENT, type="field_changed", data={"field_id": 3, "from": "a", "to": "7"})
    same = replace(changed, event_id="b", data={"field_id": 3, "to": 7})
    assert same.natural_key() == changed.natural_key()
    others = (
        replace(changed, data={"field_id": 4, "to": "7"}),
        replace(changed, data={"field_id": 3, "to": "8"}),
        replace(changed, occurred_at=AT + timedelta(seconds=1)),
    )
    assert len({changed.natural_key(), *(o.natural_key() for o in others)}) == 4
    assert replace(changed, data={"field_id": 3}).natural_key() is None


@pytest.mark.parametrize("kind", ["date_reached", "pulled"])
def test_what_we_plan_happens_once_in_its_slot_whenever_it_is_found(kind):
    planned = replace(EVENT, type=kind, data={"journey_id": 5, "slot": "2026-05-31"})
    late = replace(planned, event_id="b", occurred_at=AT + timedelta(days=2))
    assert late.natural_key() == planned.natural_key()
    for data in ({"journey_id": 6, "slot": "2026-05-31"}, {"journey_id": 5, "slot": "2026-06-01"}):
        assert replace(planned, data=data).natural_key() != planned.natural_key()


def test_what_is_planned_is_for_its_journey_and_no_journey_follows_upon_itself():
    planned = replace(EVENT, type="pulled", data={"journey_id": 5})
    assert [planned.may_start(i) for i in (5, 6)] == [True, False]
    completed = replace(EVENT, type="journey_completed", data={"journey_id": 5})
    assert [completed.may_start(i) for i in (5, 6)] == [False, True]
    assert EVENT.may_start(5)


def test_values_of_data_read_alike_however_they_were_written():
    values = [None, "", 7, 7.0, 7.5, True, False, "x", 1e300]
    assert [as_text(v) for v in values] == ["", "", "7", "7", "7.5", "true", "false", "x", "1e+300"]
