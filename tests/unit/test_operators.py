"""What each operator takes for a value, and what it refuses."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.operators import MAX_DAYS, MAX_TEXT, OPERATORS, value_problem
from tests.unit.strategies import field_rules

FITTING = {
    "nothing": [None],
    "text": ["", "Oslo", " ", "😀", "x" * MAX_TEXT, "None"],
    "number": [0, -1, 10**29, 1.5, "7", "-7.25", "+7", ".5", "0007", "1e3"],
    "date": ["2026-05-31", "2024-02-29", "0001-01-01", "9999-12-31"],
    "dates": [["2026-05-31", "2026-06-01"], ["2026-05-31", "2026-05-31"]],
    "days": [1, 7, MAX_DAYS],
}
WRONG = {
    "nothing": ["", "x", 0, False, []],
    "text": [None, 7, 1.5, True, ["Oslo"], "x" * (MAX_TEXT + 1)],
    "number": [
        *(None, True, False, "", " ", "seven", [7], {}, "1,5", "7 ", " 7", "1_000", "٧", "0x1F"),
        *("NaN", "Infinity", "-inf", "sNaN", float("nan"), float("inf"), "9" * 31, 10**30),
        *("1e", "--1", "1.2.3", 10**5000),
    ],
    "date": [
        *(None, 20260531, "", "2026-5-31", "20260531", "2026-02-30", "2026-02-29", "31.05.2026"),
        *(
            "2026-05-31 00:00:00",
            "2026-W01-1",
            "0000-00-00",
            " 2026-05-31",
            "today",
            ["2026-05-31"],
        ),
        "２026-05-31",
    ],
    "dates": [
        *(None, "2026-05-31", [], ["2026-05-31"], ["2026-05-31", None], {}),
        ["2026-05-31"] * 3,
        ("2026-05-31", "2026-06-01"),
        ["2026-06-01", "2026-05-31"],
        ["2026-02-28", "2026-02-31"],
    ],
    "days": [None, 0, -1, True, 1.0, "7", MAX_DAYS + 1, [7]],
}


def cases(table):
    return [
        pytest.param(operator, value, id=f"{operator.name}-{number}")
        for operator in OPERATORS.values()
        for number, value in enumerate(table[operator.wants])
    ]


@pytest.mark.parametrize(("operator", "value"), cases(FITTING))
def test_a_fitting_value_is_taken(operator, value):
    assert value_problem(operator, value) is None


@pytest.mark.parametrize(("operator", "value"), cases(WRONG))
def test_any_other_value_is_refused_with_a_sentence(operator, value):
    problem = value_problem(operator, value)
    assert problem is not None
    assert problem[0].isupper() and problem.endswith(".")


@given(field_rules)
def test_every_made_up_rule_has_a_fitting_value(rule):
    assert value_problem(OPERATORS[rule.operator], rule.value) is None


@given(st.text(max_size=8))
def test_text_that_is_taken_for_a_number_is_one(text):
    if value_problem(OPERATORS["equals"], text) is None:
        assert Decimal(text).is_finite()
        assert text.isascii() and text == text.strip()


def test_each_operator_is_found_under_its_own_name_and_reads_as_words():
    for name, operator in OPERATORS.items():
        assert operator.name == name
        assert "{field}" in operator.reads
        assert ("{value" in operator.reads) is (operator.wants != "nothing")


def test_each_negation_has_its_operator():
    pairs = {
        "is_not": "is",
        "does_not_contain": "contains",
        "is_not_set": "is_set",
        "not_between": "between",
        "not_in_last_days": "in_last_days",
        "not_on": "on",
        "not_in_next_days": "in_next_days",
    }
    assert {n for n in OPERATORS if "not" in n.split("_")} == set(pairs)
    for negation, positive in pairs.items():
        assert OPERATORS[positive].wants == OPERATORS[negation].wants
