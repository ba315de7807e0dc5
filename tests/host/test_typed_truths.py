"""Operators on numbers, dates, times, choices and the subscriber's own columns."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plugin.domain.operators import OPERATORS
from tests.host.typed_truths import SEEN, TRUTHS, VALUES, Truth
from tests.host.world import MOMENT, OTHER_LIST, World, column

PEOPLE = (1, 2, 3, 4, 5)


@pytest.fixture(scope="module", autouse=True)
def people(shared_world: World) -> None:
    """Five people with a value each in every field."""
    for person in PEOPLE:
        values = {column(f): held[person] for f, held in VALUES.items() if person in held}
        shared_world.subscribe({person: f"p{person}@example.com"}, **values)
    shared_world.subscribe(
        {1: "Ann@Example.com"},
        OTHER_LIST,
        SubscriptionStatus="Unsubscribed",
        BounceType="Hard",
        SubscriptionDate="2026-05-31 22:30:00",
        SubscriptionIP="192.0.2.7",
    )


def true_for(world: World, truth: Truth, operator: str) -> set[int]:
    answers = world.ask(column(truth.field), operator, truth.value)
    return {person for person in VALUES[truth.field] if answers[person].truth}


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: truth.id)
def test_a_rule_is_true_for_the_values_that_the_table_names(
    shared_world: World, truth: Truth
) -> None:
    assert true_for(shared_world, truth, truth.operator) == truth.expected(shared_world.is_sqlite)


@pytest.mark.parametrize(
    "truth", [t for t in TRUTHS if t.negation], ids=lambda t: f"{t.field} {t.negation} {t.value}"
)
def test_a_negation_is_true_for_exactly_the_others(shared_world: World, truth: Truth) -> None:
    assert truth.negation
    others = set(VALUES[truth.field]) - truth.expected(shared_world.is_sqlite)
    assert true_for(shared_world, truth, truth.negation) == others


@pytest.mark.parametrize("field", VALUES)
def test_every_operator_stands_in_the_table_for_every_type(field: int) -> None:
    of_field = [truth for truth in TRUTHS if truth.field == field]
    known = {truth.operator for truth in of_field} | {truth.negation for truth in of_field}
    assert known - {None} == set(OPERATORS)


@pytest.mark.parametrize("field", VALUES)
def test_the_value_seen_reads_alike_on_every_database(shared_world: World, field: int) -> None:
    answers = shared_world.ask(column(field), "is_set")
    expected = {
        person: None if held is None else SEEN.get(field, {}).get(person, str(held))
        for person, held in VALUES[field].items()
    }
    assert {person: answers[person].seen for person in VALUES[field]} == expected


@pytest.mark.parametrize(
    ("name", "operator", "value", "seen"),
    [
        ("SubscriberID", "equals", 1, "1"),
        ("EmailAddress", "is", "ann@example.com", "Ann@Example.com"),
        ("EmailAddress", "ends_with", "@EXAMPLE.com", "Ann@Example.com"),
        ("BounceType", "is", "Hard", "Hard"),
        ("SubscriptionStatus", "is_not", "Subscribed", "Unsubscribed"),
        ("SubscriptionDate", "on", "2026-05-31", "2026-05-31 22:30:00"),
        ("SubscriptionIP", "begins_with", "192.0.2.", "192.0.2.7"),
        ("UnsubscriptionDate", "is_not_set", None, None),
        ("UnsubscriptionIP", "is_not_set", None, None),
        ("OptInDate", "not_in_last_days", 7, None),
    ],
)
def test_every_column_of_a_subscriber_can_be_asked_about(
    shared_world: World, name: str, operator: str, value: Any, seen: str | None
) -> None:
    answer = shared_world.ask(name, operator, value, list_id=OTHER_LIST)[1]
    assert (answer.truth, answer.seen) == (True, seen)


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", "2026-05-31"), ("Europe/Oslo", "2026-06-01"), ("America/Lima", "2026-05-31")],
)
def test_the_day_of_a_moment_is_that_of_the_zone_of_the_rule(
    shared_world: World, zone: str, day: str
) -> None:
    today = datetime(2026, 6, 15, 12, tzinfo=ZoneInfo(zone))
    assert shared_world.ask(column(MOMENT), "on", day, today=today)[3].truth
