"""Every operator on every kind of text in every kind of field, held against the expected table."""

from __future__ import annotations

import pytest

from plugin.domain.operators import OPERATORS
from tests.host.text_truths import NOT_SET, SEEN, TRUTHS, VALUES, Truth
from tests.host.world import (
    ACCOUNT_TEXT,
    BOXES,
    CITY,
    CLOCK_AS_TEXT,
    DAY_AS_TEXT,
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
every_field = pytest.mark.parametrize(
    "field", [*OF_LIST.values(), ACCOUNT_TEXT], ids=[*OF_LIST, "of the account"]
)


@pytest.fixture(scope="module", autouse=True)
def people(shared_world: World) -> None:
    """Somebody for each value, once in a column of the list, once in a field of the account."""
    held = {number: VALUES[name] for number, name in NAMES.items()}
    shared_world.give_all(list(OF_LIST.values()), held)
    others = {FIRST_OF_ACCOUNT + n: f"a{n}@example.com" for n in NAMES}
    shared_world.subscribe(others | {FIRST_OF_ACCOUNT: "nothing@example.com"})
    values = {f"A{n}@Example.com": VALUES[name] for n, name in NAMES.items()}
    shared_world.give_account(ACCOUNT_TEXT, values)


def true_for(world: World, field: int, operator: str, truth: Truth) -> set[str]:
    """The names of the values for which the rule is true; of the account's field if it is one."""
    answers = world.ask(column(field), operator, truth.value)
    offset = FIRST_OF_ACCOUNT if field == ACCOUNT_TEXT else 0
    return {name for n, name in NAMES.items() if answers[offset + n].truth}


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: truth.id)
@every_field
def test_a_rule_is_true_for_the_values_that_the_table_names(
    shared_world: World, field: int, truth: Truth
) -> None:
    expected = truth.expected(shared_world.is_sqlite)
    assert true_for(shared_world, field, truth.operator, truth) == expected


@pytest.mark.parametrize(
    "truth", [t for t in TRUTHS if t.negation], ids=lambda truth: f"{truth.negation} {truth.id}"
)
@every_field
def test_a_negation_is_true_for_exactly_the_others(
    shared_world: World, field: int, truth: Truth
) -> None:
    assert truth.negation
    expected = set(VALUES) - truth.expected(shared_world.is_sqlite)
    assert true_for(shared_world, field, truth.negation, truth) == expected


def test_every_operator_stands_in_the_table() -> None:
    known = {truth.operator for truth in TRUTHS} | {truth.negation for truth in TRUTHS}
    assert known - {None} == set(OPERATORS)


def test_the_value_seen_is_the_text_and_none_where_it_is_not_set(shared_world: World) -> None:
    answers = shared_world.ask(column(TEXT), "is_set")
    seen = {name: answers[number].seen for number, name in NAMES.items()}
    whole = {n: None if n in NOT_SET else value for n, value in VALUES.items()}
    assert seen == whole | SEEN


def test_an_address_without_a_row_of_values_is_not_set(shared_world: World) -> None:
    nobody = FIRST_OF_ACCOUNT
    assert shared_world.ask(column(ACCOUNT_TEXT), "is_not_set")[nobody].truth
    assert shared_world.ask(column(ACCOUNT_TEXT), "is_not", "x")[nobody].truth
    assert not shared_world.ask(column(ACCOUNT_TEXT), "is", "x")[nobody].truth
    assert shared_world.ask(column(ACCOUNT_TEXT), "is", "x", list_id=LIST)[nobody].seen is None
