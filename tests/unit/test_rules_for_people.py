"""Criteria in words: brackets wherever they matter, and names that people know."""

import pytest
from hypothesis import given

from plugin.domain.catalog import Catalog, HostField, HostList, HostTag
from plugin.domain.criteria import (
    ActivityRule,
    All,
    Any_,
    Condition,
    ListRule,
    Not,
    Rule,
    TagRule,
)
from plugin.domain.operators import OPERATORS
from plugin.domain.rules_for_people import in_words, rule_in_words
from tests.unit.strategies import criteria

CATALOG = Catalog(
    tags={7: HostTag(7, "VIP", 1), 8: HostTag(8, "", 2)},
    user_id=1,
    zone="UTC",
    lists={1: HostList(1, "News")},
    fields={3: HostField(3, "City", "City", 1, "Single line")},
    emails={5: "Welcome", 6: "Reminder"},
    campaigns={8: "Spring", 9: "Autumn"},
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
        ("not_on", "2026-05-31", "City is not on 2026-05-31"),
        ("not_in_next_days", 30, "City is not in the next 30 days"),
        ("days_ago", 3, "City is exactly 3 days ago"),
        ("days_from_now", 3, "City is exactly 3 days from now"),
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


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (ListRule(1, "subscribed"), "subscribed to “News”"),
        (ListRule(1, "not_subscribed"), "not subscribed to “News”"),
        (ListRule(1, "present"), "on “News”, whatever the status"),
        (ListRule(1, "absent"), "not on “News” at all"),
        (ListRule(4, "absent"), "not on “list 4 (gone)” at all"),
        (ListRule(1, "near"), "near “News”"),
        (TagRule((7,), "has_any"), "tagged “VIP”"),
        (TagRule((7, 8), "has_any"), "tagged with one of “VIP” and “tag 8”"),
        (TagRule((7, 8, 9), "has_all"), "tagged with all of “VIP”, “tag 8” and “tag 9 (gone)”"),
        (TagRule((7,), "has_none"), "not tagged “VIP”"),
        (TagRule((), "has_any"), "tagged at all"),
        (TagRule((), "has_none"), "not tagged at all"),
        (TagRule((7,), "has"), "has “VIP”"),
        (ActivityRule("opened"), "opened any e-mail"),
        (ActivityRule("not_opened"), "did not open any e-mail"),
        (ActivityRule("clicked"), "clicked in any e-mail"),
        (ActivityRule("not_clicked", emails=(5,)), "did not click in e-mail “Welcome”"),
        (ActivityRule("opened", campaigns=(8, 9)), "opened campaign “Spring” or “Autumn”"),
        (ActivityRule("opened", campaigns=(7,)), "opened campaign “campaign 7 (gone)”"),
        (
            ActivityRule("opened", campaigns=(8,), emails=(5, 6)),
            "opened campaign “Spring” with e-mail “Welcome” or “Reminder”",
        ),
        (
            ActivityRule("clicked", url=Condition("is", "https://example.com/")),
            "clicked on the address “https://example.com/” in any e-mail",
        ),
        (
            ActivityRule("not_clicked", url=Condition("begins_with", "https://a")),
            "did not click on addresses that begin with “https://a” in any e-mail",
        ),
        (
            ActivityRule(
                "clicked",
                (8,),
                (),
                Condition("contains", "{x}"),
                Condition("in_last_days", 30),
                Condition("at_least", 2),
            ),
            "clicked on addresses that contain “{x}” in campaign “Spring” at least 2 times"
            " in the last 30 days",
        ),
    ],
)
def test_lists_and_activities_read_as_people_say_it(rule, words):
    assert rule_in_words(rule, CATALOG) == words


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (("in_last_days", 1), "in the last day"),
        (("not_in_last_days", 7), "before the last 7 days"),
        (("between", ["2026-05-01", "2026-05-31"]), "between 2026-05-01 and 2026-05-31"),
        (("not_between", ["2026-05-01", "2026-05-31"]), "not between 2026-05-01 and 2026-05-31"),
        (("before", "2026-05-01"), "before 2026-05-01"),
        (("after", "2026-05-01"), "after 2026-05-01"),
    ],
)
def test_each_time_reads_as_people_say_it(when, words):
    rule = ActivityRule("opened", when=Condition(*when))
    assert rule_in_words(rule, CATALOG) == f"opened any e-mail {words}"


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (("at_least", 1), "at least once"),
        (("at_most", 0), "at most 0 times"),
        (("exactly", 2), "exactly 2 times"),
    ],
)
def test_each_count_reads_as_people_say_it(count, words):
    rule = ActivityRule("opened", count=Condition(*count))
    assert rule_in_words(rule, CATALOG) == f"opened any e-mail {words}"


def test_rules_of_all_forms_stand_in_one_sentence():
    tree = All((OSLO, ListRule(1, "absent"), Any_((ActivityRule("opened"), SET))))
    assert in_words(tree, CATALOG) == (
        "City is “Oslo” and not on “News” at all and (opened any e-mail or E-mail address is set)"
    )
