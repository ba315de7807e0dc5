"""Every operator on each of a subscriber's own columns, held against the expected table."""

from __future__ import annotations

import pytest

from plugin.domain.catalog import SUBSCRIBER_COLUMNS
from plugin.domain.operators import OPERATORS
from tests.host.own_truths import PEOPLE, TRUTHS
from tests.host.truths import assert_truths, operators
from tests.host.world import OTHER_LIST, World

NAMES = {person: person for person in PEOPLE}
AS_DAYS = ("SubscriptionDate", "UnsubscriptionDate", "OptInDate")


@pytest.fixture(scope="module")
def peopled(world_of_any_age: World) -> World:
    for person, values in PEOPLE.items():
        given = {name: value for name, value in values.items() if name != "EmailAddress"}
        world_of_any_age.subscribe({person: values["EmailAddress"]}, OTHER_LIST, **given)
    return world_of_any_age


@pytest.mark.parametrize("name", TRUTHS)
def test_a_rule_is_true_for_exactly_the_people_that_the_table_names(
    peopled: World, name: str
) -> None:
    assert_truths(peopled, OTHER_LIST, name, TRUTHS[name], NAMES)


@pytest.mark.parametrize("name", TRUTHS)
def test_every_operator_stands_in_the_table_for_every_column(name: str) -> None:
    assert operators(TRUTHS[name]) == set(OPERATORS)


def test_every_column_that_can_be_asked_about_stands_in_the_table() -> None:
    assert set(TRUTHS) == set(SUBSCRIBER_COLUMNS)


def test_the_value_seen_is_what_the_host_would_show(peopled: World) -> None:
    old = peopled.flavour == "v4"
    for name in AS_DAYS:
        seen = {i: a.seen for i, a in peopled.ask(name, "is_set", list_id=OTHER_LIST).items()}
        kept = {i: values[name][:10] if old else values[name] for i, values in PEOPLE.items()}
        assert seen == {i: None if v.startswith("0000") else v for i, v in kept.items()}
    addresses = peopled.ask("EmailAddress", "is_set", list_id=OTHER_LIST)
    assert (addresses[1].seen, addresses[3].seen) == ("Ann@Example.com", "?" if old else "😀")
