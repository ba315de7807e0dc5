"""Rules about the host's segments: what its alternating groups mean, and what nobody guesses."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from plugin.domain.criteria import Answer, Rule, SegmentRule
from plugin.errors import CannotEvaluate
from plugin.host.segments import INSIDE, OUTSIDE, UNREADABLE
from tests.host.world import (
    ACCOUNT_TEXT,
    FOREIGN_LIST,
    LIST,
    NOW,
    NUMBER,
    OTHER_LIST,
    OWNER,
    TEXT,
    World,
    column,
)

#: Somebody for each way in which three rules may be true: A, B and C of the groups below.
PEOPLE = {n: f"p{n}@example.com" for n in range(8)}


def fields(field: object, operator: str, value: object = None) -> dict[str, Any]:
    rule = {"type": "fields", "field_id": field, "operator": operator}
    return rule if value is None else rule | {"value": value}


A = fields(TEXT, "contains", "a")
B = fields(TEXT, "contains", "b")
C = fields(str(TEXT), "Contains", "c")


def segment(world: World, rules: Any, operator: str = "and", **more: Any) -> None:
    row = {
        "SegmentID": 7,
        "RelListID": LIST,
        "RelOwnerUserID": OWNER,
        "SegmentName": "Some",
        "SegmentOperator": operator,
        "SegmentRulesJson": rules if isinstance(rules, str) else json.dumps(rules),
        "Options": "{}",
    }
    with world.engine.begin() as connection:
        connection.execute(sa.insert(world.tables.segments), [row | more])


def told(world: World, operator: str = "in") -> dict[int, Answer]:
    return {i: answer for i, (answer,) in world.ask_all(SegmentRule(7, operator)).items()}


@pytest.mark.parametrize(
    ("operator", "rules", "inside"),
    [
        # The segment's operator stands between groups, the other one inside them.
        ("or", [[A, B], [C]], {"ab", "c", "ac", "bc", "abc"}),
        ("and", [[A, B], [C]], {"ac", "bc", "abc"}),
        # Everything in one group of an "and" is an "or", and the other way round.
        ("and", [[A, B, C]], {"a", "b", "c", "ab", "ac", "bc", "abc"}),
        ("or", [[A, B, C]], {"abc"}),
        ("and", [[A], [B], [C]], {"abc"}),
        ("or", [[A], [B], [C]], {"a", "b", "c", "ab", "ac", "bc", "abc"}),
        # A group inside a group turns back.
        ("and", [[A, [B, C]]], {"a", "ab", "ac", "bc", "abc"}),
        ("or", [[A, [B, C]]], {"ab", "ac", "abc"}),
        ("and", [[A, [B, C]], [C]], {"ac", "bc", "abc"}),
        # A rule that stands for itself is a group of one.
        ("and", [A, [B]], {"ab", "abc"}),
    ],
)
def test_groups_mean_what_the_host_means_by_them(
    world: World, operator: str, rules: Any, inside: set[str]
) -> None:
    texts = ("", "a", "b", "c", "ab", "ac", "bc", "abc")
    world.give(TEXT, dict(enumerate(texts, 1)))
    segment(world, rules, operator)
    answers = told(world)
    assert {texts[i - 1] for i, answer in answers.items() if answer.truth} == inside
    assert {answer.seen for answer in answers.values() if answer.truth} == {INSIDE}
    assert {a.seen for a in answers.values() if not a.truth} == {OUTSIDE}
    assert {i: answer.truth is False for i, answer in told(world, "not_in").items()} == {
        i: answer.truth for i, answer in answers.items()
    }


@pytest.mark.parametrize(
    ("rule", "inside"),
    [
        (fields(TEXT, "is", "Oslo"), {"Oslo", "oslo"}),
        (fields(TEXT, "is not", "Oslo"), {"Rome", None, ""}),
        (fields(TEXT, "does not contain", "slo"), {"Rome", None, ""}),
        (fields(TEXT, "begins with", "Os"), {"Oslo", "oslo"}),
        (fields(TEXT, "ends with", "me"), {"Rome"}),
        (fields(TEXT, "is set"), {"Oslo", "oslo", "Rome"}),
        (fields(TEXT, "is not set"), {None, ""}),
        (fields("SubscriptionStatus", "is", "Subscribed"), {"Oslo", "oslo", "Rome", None, ""}),
    ],
)
def test_each_word_means_what_ours_means(world: World, rule: Any, inside: set[str | None]) -> None:
    values = dict(enumerate(("Oslo", "oslo", "Rome", None, ""), 1))
    world.give(TEXT, values)
    segment(world, [[rule]])
    found = {values[i] for i, answer in told(world).items() if answer.truth}
    if not world.is_sqlite or rule["operator"] != "is not":
        assert found == inside
    else:  # nothing there ignores case
        assert found - {"oslo"} == inside


@pytest.mark.parametrize(
    "rules",
    [
        [[{"type": "tags", "operator": "has this tag", "value": "3"}]],
        [[A, {"type": "suppressions", "operator": "exist"}]],
        [[fields(TEXT, "is less than", 5)]],
        [[fields(TEXT, "in the last X days", 5)]],
        [[fields(TEXT, "is", "")]],
        [[fields(TEXT, "is", ["x"])]],
        [[fields("Password", "is", "x")]],
        [[A | {"extra": 1}]],
        [[A, [B, [C]]]],
        [[]],
        [],
        {"type": "fields"},
        "no json",
        "",
        "[" * 5000,
    ],
)
def test_what_cannot_be_said_exactly_is_not_guessed(world: World, rules: Any) -> None:
    world.give(TEXT, {1: "a"})
    segment(world, rules)
    for operator in ("in", "not_in"):
        assert told(world, operator) == {1: Answer(None, UNREADABLE)}
    with world.host() as host:
        assert not host.catalog(OWNER).segments[7].readable


def test_a_segment_drawn_by_chance_or_with_another_operator_is_not_guessed(world: World) -> None:
    world.give(TEXT, {1: "a"})
    segment(world, [[A]], Options='{"Randomness": 10}')
    assert told(world) == {1: Answer(None, UNREADABLE)}


def test_a_segment_stands_beside_other_rules(world: World) -> None:
    world.give_all([TEXT], {1: "a", 2: "b"})
    world.give_account(ACCOUNT_TEXT, {"p1@example.com": "x"})
    segment(world, [[A, fields(ACCOUNT_TEXT, "is", "x")]])
    rules = [Rule(column(TEXT), "is", "b"), SegmentRule(7, "in"), Rule(column(NUMBER), "is_set")]
    answers = world.ask_all(*rules)
    assert [a.truth for a in answers[1]] == [False, True, False]
    assert [a.truth for a in answers[2]] == [True, False, False]
    assert answers[1][1].seen == INSIDE


@pytest.mark.parametrize("of", [OTHER_LIST, FOREIGN_LIST])
def test_a_segment_of_another_list_or_account_does_not_exist(world: World, of: int) -> None:
    world.give(TEXT, {1: "a"})
    segment(world, [[A]], RelListID=of)
    with pytest.raises(CannotEvaluate) as gone:
        told(world)
    assert gone.value.code == "segment_missing"
    with world.host() as host:
        assert (7 in host.catalog(OWNER).segments) is (of == OTHER_LIST)


def test_a_segment_whose_field_is_gone_cannot_be_asked(world: World) -> None:
    world.give(TEXT, {1: "a"})
    segment(world, [[fields(99999, "is", "x")]])
    with pytest.raises(CannotEvaluate) as gone:
        told(world)
    assert gone.value.code == "field_missing"


def test_segments_take_two_statements_more_however_many_people(world: World) -> None:
    world.give(TEXT, dict.fromkeys(range(1, 40), "a"))
    segment(world, [[A], [B, C]])
    told(world)
    with world.host() as host, world.statements() as seen:
        host.answers(LIST, range(1, 40), [SegmentRule(7, "in"), SegmentRule(7, "not_in")], NOW)
    assert len(seen) == 3
