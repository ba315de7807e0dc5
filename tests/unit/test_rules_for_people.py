"""Criteria in words: brackets wherever they matter, and names that people know."""

import pytest
from hypothesis import given

from plugin.domain.catalog import Catalog, HostField, HostList
from plugin.domain.criteria import All, Any_, Not, Rule
from plugin.domain.operators import OPERATORS
from plugin.domain.rules_for_people import in_words, rule_in_words
from tests.unit.strategies import criteria

CATALOG = Catalog(
    user_id=1,
    zone="UTC",
    lists={1: HostList(1, "News")},
    fields={3: HostField(3, "City", "City", 1, "Single line")},
)
OSLO = Rule("CustomField3", "is", "Oslo")
ADULT = Rule("CustomField9", "at_least", 18)
SET = Rule("EmailAddress", "is_set")


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (OSLO, "City is “Oslo”"),
        (ADULT, "CustomField9 is at least 18"),
        (SET, "E-mail address is set"),
        (All((OSLO, SET)), "City is “Oslo” and E-mail address is set"),
        (Any_((OSLO, SET)), "City is “Oslo” or E-mail address is set"),
        (
            All((OSLO, Any_((ADULT, SET)))),
            "City is “Oslo” and (CustomField9 is at least 18 or E-mail address is set)",
        ),
        (
            Any_((All((OSLO, SET)), ADULT)),
            "(City is “Oslo” and E-mail address is set) or CustomField9 is at least 18",
        ),
        (Not(OSLO), "not (City is “Oslo”)"),
        (Not(All((OSLO, SET))), "not (City is “Oslo” and E-mail address is set)"),
        (All((Not(OSLO), SET)), "not (City is “Oslo”) and E-mail address is set"),
        (All((OSLO,)), "City is “Oslo”"),
        (All((Any_((OSLO, SET)),)), "City is “Oslo” or E-mail address is set"),
        (
            All((Any_((All((OSLO,)), SET)), ADULT)),
            "(City is “Oslo” or E-mail address is set) and CustomField9 is at least 18",
        ),
    ],
)
def test_a_tree_reads_as_a_sentence_with_brackets_where_they_matter(tree, words):
    assert in_words(tree, CATALOG) == words


@pytest.mark.parametrize(
    ("operator", "value", "words"),
    [
        ("is_not", "x", "City is not “x”"),
        ("contains", "{value}", "City contains “{value}”"),
        ("begins_with", "", "City begins with “”"),
        ("is_not_set", None, "City is not set"),
        ("on", "2026-05-31", "City is on 2026-05-31"),
        ("between", ["2026-05-01", "2026-05-31"], "City is between 2026-05-01 and 2026-05-31"),
        ("not_in_last_days", 7, "City is not in the last 7 days"),
        ("in_next_days", 30, "City is in the next 30 days"),
        ("sounds_like", "x", "City sounds_like x"),
    ],
)
def test_each_operator_reads_as_people_say_it(operator, value, words):
    assert rule_in_words(Rule("CustomField3", operator, value), CATALOG) == words


def test_every_operator_can_be_read_aloud():
    values = {"dates": ["2026-05-01", "2026-05-31"], "nothing": None}
    for operator in OPERATORS.values():
        rule = Rule("CustomField3", operator.name, values.get(operator.wants, "1"))
        assert rule_in_words(rule, CATALOG).startswith("City ")


def test_a_field_that_is_gone_keeps_its_technical_name():
    assert in_words(Rule("CustomField77", "is_set"), CATALOG) == "CustomField77 is set"
    assert in_words(Rule("CustomField٧", "is_set"), CATALOG) == "CustomField٧ is set"
    assert in_words(Rule("Nothing{0}", "is_set"), CATALOG) == "Nothing{0} is set"


@given(criteria)
def test_whatever_the_tree_it_reads_as_one_line_with_closed_brackets(tree):
    words = in_words(tree, CATALOG)
    assert words
    if not any(c in words for c in "“"):
        assert words.count("(") == words.count(")")
