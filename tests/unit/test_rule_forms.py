"""Rules about lists and activities as data: what they say, and each fault at its place."""

import pytest

from plugin.domain.activity_codec import MAX_CHOSEN, MAX_COUNT, is_negated
from plugin.domain.criteria import ActivityRule, Condition, ListRule
from plugin.domain.criteria_codec import decode_criteria, encode_criteria
from plugin.domain.tag_codec import MAX_TAGS
from plugin.errors import InvalidDocument

ON_LIST = {"list": 2, "operator": "subscribed"}
TAGGED = {"tags": [3], "operator": "has_any"}
OPENED = {"activity": "opened"}
CLICKED = {"activity": "clicked"}
EVERYTHING = {
    "activity": "clicked",
    "campaigns": [3, 1],
    "emails": [7],
    "url": {"operator": "begins_with", "value": "https://example.com/shop"},
    "when": {"operator": "between", "value": ["2026-05-01", "2026-05-31"]},
    "count": {"operator": "at_most", "value": 2},
}


def problems(data):
    with pytest.raises(InvalidDocument) as refused:
        decode_criteria(data)
    return refused.value.problems


def test_a_rule_about_a_list_names_it_and_an_operator():
    for operator in ("subscribed", "not_subscribed", "present", "absent"):
        data = {"any": [{"list": 2, "operator": operator}]}
        assert decode_criteria(data).parts == (ListRule(2, operator, "/any/0"),)
        assert encode_criteria(decode_criteria(data)) == data


def test_an_activity_alone_is_a_rule():
    assert decode_criteria(OPENED) == ActivityRule("opened")
    assert encode_criteria(ActivityRule("not_clicked")) == {"activity": "not_clicked"}


def test_everything_that_narrows_an_activity_is_read_and_written():
    rule = decode_criteria({"not": EVERYTHING}).part
    assert rule == ActivityRule(
        activity="clicked",
        campaigns=(3, 1),
        emails=(7,),
        url=Condition("begins_with", "https://example.com/shop"),
        when=Condition("between", ["2026-05-01", "2026-05-31"]),
        count=Condition("at_most", 2),
        path="/not",
    )
    assert encode_criteria(rule) == EVERYTHING


def test_negated_activities_are_known_as_such():
    asked = {name: is_negated(ActivityRule(name)) for name in ("opened", "not_opened")}
    assert asked == {"opened": False, "not_opened": True}


def when(operator, value):
    return OPENED | {"when": {"operator": operator, "value": value}}


def count(operator, value):
    return OPENED | {"count": {"operator": operator, "value": value}}


def url(operator, value):
    return CLICKED | {"url": {"operator": operator, "value": value}}


@pytest.mark.parametrize(
    "data",
    [
        when("in_last_days", 1),
        when("not_in_last_days", 36500),
        when("before", "2026-05-31"),
        when("after", "2026-05-31"),
        when("not_between", ["2026-05-31", "2026-05-31"]),
        count("at_least", 1),
        count("at_least", MAX_COUNT),
        count("at_most", 0),
        count("exactly", 0),
        {"tags": [3, 1], "operator": "has_all"},
        {"tags": list(range(1, MAX_TAGS + 1)), "operator": "has_any"},
        {"tags": [], "operator": "has_any"},
        {"tags": [], "operator": "has_none"},
        url("is", "x" * 1000),
        url("contains", "😀"),
        OPENED | {"campaigns": list(range(1, MAX_CHOSEN + 1))},
    ],
)
def test_what_fits_is_taken(data):
    assert encode_criteria(decode_criteria(data)) == data


@pytest.mark.parametrize(
    ("data", "pointers"),
    [
        (TAGGED | {"tags": 3}, ["/tags"]),
        (TAGGED | {"tags": list(range(1, MAX_TAGS + 2))}, ["/tags"]),
        (TAGGED | {"tags": ["3", 0, True, 4, 4]}, [f"/tags/{n}" for n in (0, 1, 2, 4)]),
        (TAGGED | {"operator": "has"}, ["/operator"]),
        ({"tags": [], "operator": "has_all"}, ["/tags"]),
        (TAGGED | {"value": "x"}, [""]),
        (ON_LIST | {"list": "2"}, ["/list"]),
        (ON_LIST | {"list": 0}, ["/list"]),
        (ON_LIST | {"list": True}, ["/list"]),
        (ON_LIST | {"list": [2]}, ["/list"]),
        (ON_LIST | {"operator": "is"}, ["/operator"]),
        (ON_LIST | {"operator": ["subscribed"]}, ["/operator"]),
        (ON_LIST | {"value": "x"}, [""]),
        ({"list": None, "operator": None, "x": 1}, ["", "/list", "/operator"]),
        ({"activity": "Opened"}, ["/activity"]),
        ({"activity": None}, ["/activity"]),
        ({"activity": ["opened"]}, ["/activity"]),
        ({"activity": "bounced"}, ["/activity"]),
        (OPENED | {"operator": "is"}, [""]),
        (OPENED | {"all": []}, [""]),
        (OPENED | {"campaigns": []}, ["/campaigns"]),
        (OPENED | {"campaigns": 3}, ["/campaigns"]),
        (OPENED | {"campaigns": None}, ["/campaigns"]),
        (OPENED | {"campaigns": list(range(1, MAX_CHOSEN + 2))}, ["/campaigns"]),
        (OPENED | {"campaigns": [1, "2", 0, True, 1]}, [f"/campaigns/{n}" for n in (1, 2, 3, 4)]),
        (OPENED | {"emails": [-1]}, ["/emails/0"]),
        (OPENED | {"emails": [5, 6, 5]}, ["/emails/2"]),
        (OPENED | {"url": {"operator": "is", "value": "x"}}, ["/url"]),
        ({"activity": "not_opened", "url": {"operator": "is", "value": "x"}}, ["/url"]),
        ({"activity": "not_clicked"} | {"count": {"operator": "at_most", "value": 1}}, ["/count"]),
        (CLICKED | {"url": "https://example.com"}, ["/url"]),
        (CLICKED | {"url": None}, ["/url"]),
        (CLICKED | {"url": {"operator": "is"}}, ["/url"]),
        (CLICKED | {"url": {"operator": "is", "value": "x", "y": 1}}, ["/url"]),
        (url("ends_with", "x"), ["/url/operator"]),
        (url(["is"], "x"), ["/url"]),
        (url("is", ""), ["/url/value"]),
        (url("is", 7), ["/url/value"]),
        (url("is", "x" * 1001), ["/url/value"]),
        (when("on", "2026-05-31"), ["/when/operator"]),
        (when("in_next_days", 3), ["/when/operator"]),
        (when("in_last_days", 0), ["/when/value"]),
        (when("in_last_days", "7"), ["/when/value"]),
        (when("between", "2026-05-31"), ["/when/value"]),
        (when("between", ["2026-05-31"]), ["/when/value"]),
        (when("not_between", ["2026-06-01", "2026-05-31"]), ["/when/value"]),
        (when("before", "31.05.2026"), ["/when/value"]),
        (count("more_than", 2), ["/count/operator"]),
        (count("at_least", 0), ["/count/value"]),
        (count("at_most", -1), ["/count/value"]),
        (count("exactly", True), ["/count/value"]),
        (count("exactly", 1.0), ["/count/value"]),
        (count("exactly", MAX_COUNT + 1), ["/count/value"]),
        (
            {"activity": "x", "y": 1, "emails": 0, "url": 0, "when": 0, "count": 0},
            ["", "/activity", "/emails", "/url", "/when", "/count"],
        ),
    ],
)
def test_each_fault_has_its_place_and_a_sentence(data, pointers):
    found = problems(data)
    assert [problem.path for problem in found] == pointers
    for problem in found:
        assert problem.text[0].isupper() or problem.text[0] in "“0123456789"
        assert problem.text.endswith(".")


def test_the_place_of_a_fault_begins_where_the_tree_stands_in_the_document():
    with pytest.raises(InvalidDocument) as refused:
        decode_criteria({"all": [OPENED | {"emails": [0]}, ON_LIST | {"list": 0}]}, "/criteria")
    paths = [problem.path for problem in refused.value.problems]
    assert paths == ["/criteria/all/0/emails/0", "/criteria/all/1/list"]
