"""Every operator on every kind of text in every kind of field, held against the expected table."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from plugin.domain.operators import OPERATORS
from tests.host.text_truths import NOT_SET, SEEN, TRUTHS, VALUES, VALUES_ON_V4
from tests.host.truths import assert_truths, operators
from tests.host.typed_truths import VALUES as TYPED
from tests.host.world import (
    ACCOUNT_TEXT,
    BOXES,
    CITY,
    CLOCK_AS_TEXT,
    DAY_AS_TEXT,
    FIELDS,
    HIDDEN,
    LIST,
    PARAGRAPH,
    TEXT,
    World,
    column,
)

NAMES = dict(enumerate(VALUES, 1))
#: Rules on a global field lie after 100, so that both sets of people fit on one list.
FIRST_OF_ACCOUNT = 100
NAMES_OF_ACCOUNT = {FIRST_OF_ACCOUNT + number: name for number, name in NAMES.items()}

#: The kinds of fields whose values are text: what a form shows makes no difference to a rule.
OF_LIST = {
    "single line": TEXT,
    "paragraph": PARAGRAPH,
    "drop-down": CITY,
    "checkboxes": BOXES,
    "date as text": DAY_AS_TEXT,
    "time as text": CLOCK_AS_TEXT,
    "hidden": HIDDEN,
}


def held_by(world: World) -> Mapping[str, str | None]:
    return VALUES_ON_V4 if world.flavour == "v4" else VALUES


@pytest.fixture(scope="module")
def peopled(world_of_any_age: World) -> World:
    """Somebody for each value, once in the columns of the list, once in a field of the account."""
    world, values = world_of_any_age, held_by(world_of_any_age)
    fields = [*OF_LIST.values(), *(TYPED if world.flavour == "v4" else ())]
    world.give_all(fields, {number: values[name] for number, name in NAMES.items()})
    others = {FIRST_OF_ACCOUNT + n: f"a{n}@example.com" for n in NAMES}
    world.subscribe(others | {FIRST_OF_ACCOUNT: "nothing@example.com"})
    world.give_account(ACCOUNT_TEXT, {f"A{n}@Example.com": values[v] for n, v in NAMES.items()})
    return world


@pytest.mark.parametrize("field", OF_LIST.values(), ids=OF_LIST)
def test_a_rule_is_true_for_exactly_the_values_that_the_table_names(
    peopled: World, field: int
) -> None:
    assert_truths(peopled, LIST, column(field), TRUTHS, NAMES)


def test_the_same_is_true_of_a_field_of_the_account(peopled: World) -> None:
    field, names = column(ACCOUNT_TEXT), NAMES_OF_ACCOUNT
    assert_truths(peopled, LIST, field, TRUTHS, names)


@pytest.mark.parametrize("world_of_any_age", ["mariadb_v4"], indirect=True)
@pytest.mark.parametrize("field", TYPED)
def test_on_an_old_host_the_same_is_true_of_fields_that_later_hosts_give_a_type(
    peopled: World, field: int
) -> None:
    assert_truths(peopled, LIST, column(field), TRUTHS, NAMES)


def test_every_operator_stands_in_the_table() -> None:
    assert operators(TRUTHS) == set(OPERATORS)


def test_every_field_of_the_list_stands_in_a_table() -> None:
    of_list = {field.id for field in FIELDS if field.list_id == LIST}
    assert {*OF_LIST.values(), *TYPED} == of_list


def test_the_value_seen_is_the_text_and_none_where_it_is_not_set(peopled: World) -> None:
    answers = peopled.ask(column(TEXT), "is_set")
    seen = {name: answers[number].seen for number, name in NAMES.items()}
    whole = {n: None if n in NOT_SET else value for n, value in held_by(peopled).items()}
    assert seen == whole | SEEN


def test_an_address_without_a_row_of_values_is_not_set(peopled: World) -> None:
    world, nobody = peopled, FIRST_OF_ACCOUNT
    assert world.ask(column(ACCOUNT_TEXT), "is_not_set")[nobody].truth
    assert world.ask(column(ACCOUNT_TEXT), "is_not", "x")[nobody].truth
    assert not world.ask(column(ACCOUNT_TEXT), "is", "x")[nobody].truth
    assert world.ask(column(ACCOUNT_TEXT), "is", "x", list_id=LIST)[nobody].seen is None
