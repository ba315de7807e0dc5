"""Conditions on the properties of an event."""

import pytest

from plugin.domain.properties import OPERATORS, Condition, as_number, holds, value_problem

ORDER = {
    "id": "A-7",
    "total": 49.5,
    "paid": True,
    "note": "",
    "gift": None,
    "items": ["shoes", "Hat"],
    "to": {"city": "Oslo", "zip": "0150"},
    "a.b": 3,
}

CASES = [
    (("id", "is", "A-7"), True),
    (("id", "is", "a-7"), False),
    (("id", "is_not", "A-7"), False),
    (("id", "begins_with", "A-"), True),
    (("id", "ends_with", "-7"), True),
    (("id", "contains", "B"), False),
    (("id", "does_not_contain", "B"), True),
    (("total", "at_least", "49.5"), True),
    (("total", "greater_than", "49.50"), False),
    (("total", "less_than", "1e3"), False),
    (("total", "equals", "49.500"), True),
    (("id", "at_least", "0"), False),
    (("paid", "is", "true"), True),
    (("paid", "at_least", "1"), False),
    (("note", "is_set", None), False),
    (("gift", "is_not_set", None), True),
    (("gift", "is_not", "x"), True),
    (("gift", "does_not_contain", "x"), True),
    (("nothing", "is", "x"), False),
    (("nothing.at.all", "is_not_set", None), True),
    (("items", "is", "Hat"), True),
    (("items", "is_not", "Hat"), False),
    (("to.city", "is", "Oslo"), True),
    (("to.zip", "equals", "150"), True),
    (("to", "is_set", None), True),
    (("to", "is", "Oslo"), False),
    (("a.b", "equals", "3"), True),
]


@pytest.mark.parametrize(("asked", "truth"), CASES, ids=lambda case: str(case))
def test_a_condition_holds_or_does_not(asked, truth):
    assert holds(Condition(*asked), ORDER) is truth


def test_each_operator_is_tried():
    assert {asked[1] for asked, _ in CASES} | {"at_most"} == set(OPERATORS)
    assert holds(Condition("total", "at_most", "49.5"), ORDER)


def test_a_value_must_suit_its_operator():
    assert value_problem("is_set", "x") and not value_problem("is_set", None)
    assert value_problem("is", None) and not value_problem("is", "")
    assert value_problem("at_least", "many") and not value_problem("at_least", "-7.25")


@pytest.mark.parametrize(
    "odd", ["1e5", "NaN", " 1", "", "１", "9" * 61, True, None, [1], float("inf")]
)
def test_what_only_looks_like_a_number_is_none(odd):
    assert as_number(odd) is None
