"""How the answers to rules combine: true, false, and what cannot be told."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.criteria import All, Any_, Not, Rule, combine, rules
from tests.unit.strategies import criteria

T, F, U = True, False, None
A, B, C = (Rule(name, "is_set") for name in "abc")


def truth(tree, **given):
    return combine(tree, lambda rule: given[rule.field])


@pytest.mark.parametrize(("of_it", "of_not"), [(T, F), (F, T), (U, U)])
def test_not_turns_truth_round_and_leaves_the_unknown(of_it, of_not):
    assert truth(Not(A), a=of_it) is of_not


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [
        (T, T, T, T),
        (T, F, F, T),
        (T, U, U, T),
        (F, T, F, T),
        (F, F, F, F),
        (F, U, F, U),
        (U, T, U, T),
        (U, F, F, U),
        (U, U, U, U),
    ],
)
def test_all_and_any_follow_the_strong_three_valued_logic(a, b, both, either):
    assert truth(All((A, B)), a=a, b=b) is both
    assert truth(Any_((A, B)), a=a, b=b) is either


def test_three_parts_combine_as_two_by_two():
    for a, b, c in product((T, F, U), repeat=3):
        flat, nested = All((A, B, C)), All((All((A, B)), C))
        assert truth(flat, a=a, b=b, c=c) is truth(nested, a=a, b=b, c=c)
        flat, nested = Any_((A, B, C)), Any_((A, Any_((B, C))))
        assert truth(flat, a=a, b=b, c=c) is truth(nested, a=a, b=b, c=c)


def test_groups_of_nothing_are_the_neutral_ones():
    assert combine(All(()), lambda rule: F) is True
    assert combine(Any_(()), lambda rule: T) is False


def test_a_group_of_one_is_that_one():
    for value in (T, F, U):
        assert truth(All((A,)), a=value) is value
        assert truth(Any_((A,)), a=value) is value
        assert truth(A, a=value) is value


def test_not_of_all_is_any_of_not():
    for a, b in product((T, F, U), repeat=2):
        assert truth(Not(All((A, B))), a=a, b=b) is truth(Any_((Not(A), Not(B))), a=a, b=b)
        assert truth(Not(Any_((A, B))), a=a, b=b) is truth(All((Not(A), Not(B))), a=a, b=b)


def test_rules_are_told_in_reading_order_however_deep():
    tree = All((A, Not(Any_((B, All((C, A)))))))
    assert [rule.field for rule in rules(tree)] == ["a", "b", "c", "a"]
    assert list(rules(All(()))) == []


@given(criteria, st.data())
def test_knowing_more_never_turns_an_answer_round(tree, data):
    asked = list(rules(tree))
    known = {id(rule): data.draw(st.sampled_from([T, F, U])) for rule in asked}
    before = combine(tree, lambda rule: known[id(rule)])
    more = {key: data.draw(st.booleans()) if t is None else t for key, t in known.items()}
    after = combine(tree, lambda rule: more[id(rule)])
    assert after is not None
    assert before is None or before is after
