"""Rules about other lists: the same person, of the same account, and their status there."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from plugin.domain.criteria import Answer, ListRule, Rule
from plugin.errors import CannotEvaluate
from tests.host.world import FOREIGN_LIST, LIST, NOW, OTHER_LIST, STRANGER, World

OPERATORS = ("subscribed", "not_subscribed", "present", "absent")
NOT_THERE = "not on the list"


def ask(world: World, operator: str, list_id: int = OTHER_LIST) -> dict[int, Answer]:
    answers = world.ask_all(ListRule(list_id, operator))
    return {person: answer for person, (answer,) in answers.items()}


@pytest.mark.parametrize(
    ("status", "true_for"),
    [
        ("Subscribed", {"subscribed", "present"}),
        ("Opt-In Pending", {"not_subscribed", "present"}),
        ("Opt-Out Pending", {"not_subscribed", "present"}),
        ("Unsubscribed", {"not_subscribed", "present"}),
        (None, {"not_subscribed", "absent"}),
    ],
)
def test_each_status_answers_each_operator(
    world: World, status: str | None, true_for: set[str]
) -> None:
    world.subscribe({1: "ann@example.com"})
    if status is not None:
        world.subscribe({77: "ann@example.com"}, OTHER_LIST, SubscriptionStatus=status)
    answers = world.ask_all(*(ListRule(OTHER_LIST, operator) for operator in OPERATORS))[1]
    told = dict(zip(OPERATORS, answers, strict=True))
    assert {operator for operator, answer in told.items() if answer.truth} == true_for
    assert {answer.seen for answer in answers} == {status or NOT_THERE}


def test_a_person_is_the_address_whatever_the_case_of_its_ascii_letters(world: World) -> None:
    world.subscribe({1: "Ann@Example.com", 2: "bob@example.com"})
    world.subscribe({8: "ANN@example.COM", 9: "bobby@example.com"}, OTHER_LIST)
    answers = ask(world, "present")
    assert (answers[1].truth, answers[2].truth) == (True, False)


@pytest.mark.parametrize("other", ["anné@example.com", "ann@example.com ", "ANNÉ@example.com"])
def test_whom_only_the_collation_takes_for_the_same_is_somebody_else(
    world: World, other: str
) -> None:
    world.subscribe({1: "anne@example.com", 2: "ann@example.com"})
    world.subscribe({8: other}, OTHER_LIST)
    assert {answer.truth for answer in ask(world, "present").values()} == {False}


def test_one_subscribed_row_is_enough_whatever_the_order(world: World) -> None:
    world.subscribe({1: "ann@example.com", 2: "bob@example.com"})
    world.subscribe({5: "ann@example.com", 6: "Bob@example.com"}, OTHER_LIST)
    gone = {7: "Ann@example.com", 4: "bob@example.com"}
    world.subscribe(gone, OTHER_LIST, SubscriptionStatus="Unsubscribed")
    answers = ask(world, "subscribed")
    assert answers == {1: Answer(True, "Subscribed"), 2: Answer(True, "Subscribed")}


def test_ones_own_list_can_be_asked_about_too(world: World) -> None:
    world.subscribe({1: "ann@example.com"})
    world.subscribe({2: "bob@example.com"}, SubscriptionStatus="Unsubscribed")
    answers = ask(world, "subscribed", LIST)
    assert answers == {1: Answer(True, "Subscribed"), 2: Answer(False, "Unsubscribed")}


def test_rules_of_several_forms_keep_their_order(world: World) -> None:
    world.subscribe({1: "ann@example.com", 2: "bob@example.com"})
    world.subscribe({1: "bob@example.com"}, OTHER_LIST)
    rules = [
        ListRule(OTHER_LIST, "present"),
        Rule("EmailAddress", "begins_with", "ann"),
        ListRule(LIST, "absent"),
        Rule("EmailAddress", "is_set"),
    ]
    answers = world.ask_all(*rules)
    truths = {person: [answer.truth for answer in told] for person, told in answers.items()}
    assert truths == {1: [False, True, False, True], 2: [True, False, False, True]}


def test_whoever_has_no_row_on_their_own_list_has_no_answer(world: World) -> None:
    world.subscribe({1: "ann@example.com"})
    with world.host() as host:
        asked = [ListRule(OTHER_LIST, "absent")]
        answers = host.answers(LIST, [1, 2], asked, NOW)
    assert set(answers) == {1}


@pytest.mark.parametrize("list_id", [FOREIGN_LIST, 999])
def test_anothers_list_does_not_exist(world: World, list_id: int) -> None:
    world.subscribe({1: "ann@example.com"})
    world.subscribe({1: "ann@example.com"}, FOREIGN_LIST)
    with pytest.raises(CannotEvaluate) as refused:
        ask(world, "present", list_id)
    assert refused.value.code == "list_missing"
    assert str(list_id) in str(refused.value)


def test_a_list_that_changed_hands_is_anothers(world: World) -> None:
    world.subscribe({1: "ann@example.com"})
    ask(world, "present")
    lists = world.tables.subscriber_lists
    with world.engine.begin() as connection:
        given = sa.update(lists).where(lists.c.ListID == OTHER_LIST)
        connection.execute(given.values(RelOwnerUserID=STRANGER))
    with pytest.raises(CannotEvaluate):
        ask(world, "present")


def test_a_list_whose_table_was_dropped_is_missing(fresh_world: World) -> None:
    fresh_world.subscribe({1: "ann@example.com"})
    ask(fresh_world, "present")
    with fresh_world.engine.begin() as connection:
        connection.execute(sa.text(f"DROP TABLE oempro_subscribers_{OTHER_LIST}"))
    with pytest.raises(CannotEvaluate) as refused:
        ask(fresh_world, "present")
    assert refused.value.code == "list_missing"
