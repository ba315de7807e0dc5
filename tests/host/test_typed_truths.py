"""Operators on numbers, dates, times and choices, held against the expected table."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from plugin.domain.operators import OPERATORS
from tests.host.truths import assert_truths, operators
from tests.host.typed_truths import SEEN, TRUTHS, VALUES
from tests.host.world import FIELDS, LIST, MOMENT, World, column

PEOPLE = (1, 2, 3, 4, 5)


@pytest.fixture(scope="module")
def peopled(shared_world: World) -> World:
    """Five people with a value each in every field."""
    for person in PEOPLE:
        values = {column(f): held[person] for f, held in VALUES.items() if person in held}
        shared_world.subscribe({person: f"p{person}@example.com"}, **values)
    return shared_world


@pytest.mark.parametrize("field", VALUES)
def test_a_rule_is_true_for_exactly_the_values_that_the_table_names(
    peopled: World, field: int
) -> None:
    people = {person: person for person in VALUES[field]}
    assert_truths(peopled, LIST, column(field), TRUTHS[field], people)


@pytest.mark.parametrize("field", VALUES)
def test_every_operator_stands_in_the_table_for_every_type(field: int) -> None:
    assert operators(TRUTHS[field]) == set(OPERATORS)


def test_every_type_that_a_field_can_have_stands_in_the_table() -> None:
    typed = {field.id for field in FIELDS if field.list_id == LIST and field.data_type != "text"}
    assert set(TRUTHS) == set(VALUES) == typed


@pytest.mark.parametrize("field", VALUES)
def test_the_value_seen_reads_alike_on_every_database(peopled: World, field: int) -> None:
    answers = peopled.ask(column(field), "is_set")
    expected = {
        person: None if held is None else SEEN.get(field, {}).get(person, str(held))
        for person, held in VALUES[field].items()
    }
    assert {person: answers[person].seen for person in VALUES[field]} == expected


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", "2026-05-31"), ("Europe/Oslo", "2026-06-01"), ("America/Lima", "2026-05-31")],
)
def test_the_day_of_a_moment_is_that_of_the_zone_of_the_rule(
    peopled: World, zone: str, day: str
) -> None:
    today = datetime(2026, 6, 15, 12, tzinfo=ZoneInfo(zone))
    assert peopled.ask(column(MOMENT), "on", day, today=today)[3].truth
