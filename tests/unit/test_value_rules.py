"""Rules about kept values and event data: every operator, and what is not there."""

from datetime import date

import pytest

from plugin.domain.criteria import ValueRule
from plugin.domain.criteria_codec import decode_criteria, encode_criteria
from plugin.domain.operators import OPERATORS
from plugin.domain.value_rules import answer
from plugin.errors import InvalidDocument

TODAY = date(2026, 3, 2)

#: operator, value of the rule, values for which it holds, values for which it does not
CASES = [
    ("is", "Gold", ["gold", "GOLD ", "Gold"], ["silver", "gol", "", " gold"]),
    ("is_not", "Gold", ["silver", ""], ["gold"]),
    ("contains", "ol", ["gold", "OLD"], ["silver", ""]),
    ("does_not_contain", "ol", ["silver", ""], ["gold"]),
    ("begins_with", "go", ["Gold"], ["ago", ""]),
    ("ends_with", "LD", ["gold"], ["golden", ""]),
    ("is_set", None, ["x", 0, False], [""]),
    ("is_not_set", None, [""], ["x", 0]),
    ("equals", 7, [7, 7.0, "7.00", " 7 "], [8, "x", "", "7x", True]),
    ("less_than", "7.5", [7, -1, "1e0"], [7.5, 8, "x", ""]),
    ("at_most", 7, [7, 6], [7.01, ""]),
    ("greater_than", 7, [7.01, 10**40], [7, "NaN", "inf"]),
    ("at_least", 7, [7, 8], [6.99]),
    ("on", "2026-03-02", ["2026-03-02", "2026-03-02T23:59:00Z"], ["2026-03-03", "x", ""]),
    ("not_on", "2026-03-02", ["2026-03-03", "x", ""], ["2026-03-02"]),
    ("before", "2026-03-02", ["2026-03-01"], ["2026-03-02", "2026-02-31", ""]),
    ("after", "2026-03-02", ["2026-03-03 08:00"], ["2026-03-02"]),
    ("between", ["2026-03-01", "2026-03-02"], ["2026-03-01", "2026-03-02"], ["2026-03-03"]),
    ("not_between", ["2026-03-01", "2026-03-02"], ["2026-03-03", ""], ["2026-03-01"]),
    ("in_last_days", 2, ["2026-02-28", "2026-03-02"], ["2026-02-27", "2026-03-03"]),
    ("not_in_last_days", 2, ["2026-02-27", ""], ["2026-03-02"]),
    ("in_next_days", 2, ["2026-03-02", "2026-03-04"], ["2026-03-05", "2026-03-01"]),
    ("not_in_next_days", 2, ["2026-03-05", ""], ["2026-03-04"]),
    ("days_ago", 1, ["2026-03-01"], ["2026-03-02"]),
    ("days_from_now", 1, ["2026-03-03"], ["2026-03-02"]),
]


def test_every_operator_has_its_cases():
    assert [case[0] for case in CASES] == list(OPERATORS)


@pytest.mark.parametrize(("operator", "value", "true", "false"), CASES, ids=[c[0] for c in CASES])
@pytest.mark.parametrize("scope", ["kept", "event"])
def test_an_operator_means_what_it_means_for_fields(scope, operator, value, true, false):
    rule = ValueRule(scope, "name", operator, value)
    assert {answer(rule, seen, TODAY).truth for seen in true} == {True}
    assert {answer(rule, seen, TODAY).truth for seen in false} == {False}


@pytest.mark.parametrize(("operator", "value", "true", "false"), CASES, ids=[c[0] for c in CASES])
def test_of_a_kept_value_that_is_not_there_only_its_absence_can_be_told(
    operator, value, true, false
):
    told = {"is_set": False, "is_not_set": True}
    kept = answer(ValueRule("kept", "name", operator, value), None, TODAY)
    assert kept == (told.get(operator), None)
    event = answer(ValueRule("event", "name", operator, value), None, TODAY)
    assert event.truth is ("" in true)


def test_what_was_seen_is_kept_in_short():
    seen = answer(ValueRule("kept", "a", "contains", "x"), "x" * 9000, TODAY).seen
    assert seen == "x" * 250


@pytest.mark.parametrize(
    "rule",
    [
        {"kept": "tier", "operator": "is", "value": "gold"},
        {"event": "Property:size", "operator": "is_set"},
    ],
)
def test_rules_are_read_and_written_the_same(rule):
    assert encode_criteria(decode_criteria({"not": rule})) == {"not": rule}


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({"kept": 7, "operator": "is", "value": "a"}, "/kept"),
        ({"kept": "", "operator": "is", "value": "a"}, "/kept"),
        ({"event": "a" * 101, "operator": "is", "value": "a"}, "/event"),
        ({"kept": "a", "operator": "is"}, "/value"),
        ({"kept": "a", "operator": "is_set", "value": "b"}, "/value"),
        ({"kept": "a", "operator": "like", "value": "b"}, "/operator"),
        ({"kept": "a", "operator": "is", "value": "b", "event": "c"}, ""),
    ],
)
def test_what_is_no_rule_is_refused(rule, path):
    with pytest.raises(InvalidDocument) as refused:
        decode_criteria(rule)
    assert [problem.path for problem in refused.value.problems] == [path]
