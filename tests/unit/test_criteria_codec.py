"""Criteria as data: written out and read back, strict, limited, each fault with its place."""

from dataclasses import replace

import pytest
from hypothesis import given

from plugin.domain.criteria import (
    ActivityRule,
    All,
    Any_,
    ListRule,
    Not,
    Rule,
    TagRule,
    rules,
)
from plugin.domain.criteria_codec import MAX_LEVELS, MAX_RULES, decode_criteria, encode_criteria
from plugin.errors import InvalidDocument
from tests.unit.strategies import criteria

SET = {"field": "CustomField3", "operator": "is_set"}
OSLO = {"field": "CustomField3", "operator": "is", "value": "Oslo"}


def faults(data, path=""):
    with pytest.raises(InvalidDocument) as refused:
        decode_criteria(data, path)
    return [problem.path for problem in refused.value.problems]


def test_each_rule_knows_its_place_in_the_tree():
    tree = decode_criteria({"all": [SET, {"not": {"any": [OSLO, SET]}}]})
    assert tree == All(
        (
            Rule("CustomField3", "is_set", None, "/all/0"),
            Not(
                Any_(
                    (
                        Rule("CustomField3", "is", "Oslo", "/all/1/not/any/0"),
                        Rule("CustomField3", "is_set", None, "/all/1/not/any/1"),
                    )
                )
            ),
        )
    )


def test_the_place_of_a_rule_is_counted_from_the_tree_and_that_of_a_fault_from_the_document():
    assert [r.path for r in rules(decode_criteria({"any": [SET]}, "/criteria"))] == ["/any/0"]
    assert faults({"any": [OSLO | {"operator": "sounds_like"}]}, "/criteria") == [
        "/criteria/any/0/operator"
    ]


def test_a_single_rule_is_a_tree():
    assert decode_criteria(SET) == Rule("CustomField3", "is_set", None, "")


def without_places(tree):
    match tree:
        case Rule() | ListRule() | ActivityRule() | TagRule():
            return replace(tree, path="")
        case Not(part):
            return Not(without_places(part))
        case All(parts):
            return All(tuple(map(without_places, parts)))
        case Any_(parts):
            return Any_(tuple(map(without_places, parts)))


@given(criteria)
def test_what_is_written_out_is_read_back_the_same(tree):
    data = encode_criteria(tree)
    read = decode_criteria(data)
    assert without_places(read) == without_places(tree)
    assert encode_criteria(read) == data


@given(criteria)
def test_the_place_of_each_rule_leads_to_it(tree):
    data = encode_criteria(tree)
    for rule in rules(decode_criteria(data)):
        found = data
        for key in rule.path.split("/")[1:]:
            found = found[int(key) if isinstance(found, list) else key]
        assert found == encode_criteria(rule)


@pytest.mark.parametrize(
    ("data", "pointers"),
    [
        (None, [""]),
        ([], [""]),
        ("x", [""]),
        ({}, [""]),
        ({"all": None}, [""]),
        ({"all": {}}, [""]),
        ({"all": []}, ["/all"]),
        ({"any": []}, ["/any"]),
        ({"not": None}, ["/not"]),
        ({"not": []}, ["/not"]),
        ({"all": [SET], "any": [SET]}, [""]),
        ({"all": [SET], "x": 1}, [""]),
        ({"All": [SET]}, [""]),
        ({"all": [SET, 7]}, ["/all/1"]),
        ({"all": [7, {"any": ["x"]}]}, ["/all/0", "/all/1/any/0"]),
        ({"field": "a"}, [""]),
        ({"list": 1}, [""]),
        ({"list": 1, "field": "a"}, [""]),
        ({"operator": "is_set"}, [""]),
        (SET | {"not": True}, [""]),
        (SET | {"field": 3}, ["/field"]),
        (SET | {"field": ""}, ["/field"]),
        (SET | {"field": None}, ["/field"]),
        (SET | {"operator": "IS_SET"}, ["/operator"]),
        (SET | {"operator": None}, ["/operator"]),
        (SET | {"operator": ["is_set"]}, ["/operator"]),
        (SET | {"value": 1}, ["/value"]),
        ({"field": "a", "operator": "is"}, ["/value"]),
        (OSLO | {"value": None}, ["/value"]),
        (OSLO | {"value": 7}, ["/value"]),
        (
            {"not": OSLO | {"field": "", "operator": "x", "y": 1}},
            ["/not", "/not/field", "/not/operator"],
        ),
    ],
)
def test_wrong_criteria_are_refused_with_the_place_of_each_fault(data, pointers):
    assert faults(data) == pointers


def groups(levels, innermost=SET):
    tree = innermost
    for level in range(levels):
        tree = {("all", "any")[level % 2]: [tree]}
    return tree


def test_groups_may_be_five_levels_deep():
    decode_criteria(groups(MAX_LEVELS))
    assert faults(groups(MAX_LEVELS + 1)) == ["/any/0/all/0" * 2 + "/any/0"]


def test_not_counts_as_a_level():
    decode_criteria(groups(MAX_LEVELS - 1, {"not": SET}))
    assert len(faults(groups(MAX_LEVELS, {"not": SET}))) == 1


def test_depth_beyond_all_measure_is_refused_and_not_walked():
    assert len(faults(groups(300))) == 1


def test_fifty_rules_are_enough_wherever_they_stand():
    decode_criteria({"all": [SET] * MAX_RULES})
    assert faults({"all": [SET] * (MAX_RULES + 1)}, "/criteria") == ["/criteria"]
    assert faults({"any": [{"all": [SET] * MAX_RULES}, {"not": SET}]}) == [""]
