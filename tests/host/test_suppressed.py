"""Rules about suppression: three scopes, each by its own row of the host's list."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
import sqlalchemy as sa

from plugin.domain.behaviour_codec import SCOPES
from plugin.domain.criteria import SuppressionRule
from tests.host.world import LIST, OTHER_LIST, OWNER, STRANGER, World

ROWS = {"list": (LIST, OWNER), "account": (0, OWNER), "everywhere": (0, 0)}
ADA = "ada@example.com"
EVERY_SET = list(chain.from_iterable(combinations(SCOPES, n) for n in range(4)))


def suppress(world: World, email: str, list_id: int, user_id: int) -> None:
    row = {
        "RelListID": list_id,
        "RelOwnerUserID": user_id,
        "EmailAddress": email,
        "SuppressionSource": "Administrator",
        "Reason": "",
    }
    table = world.tables.suppression_list
    with world.engine.begin() as connection:
        known = {name: value for name, value in row.items() if name in table.c}
        connection.execute(sa.insert(table), [known])


@pytest.mark.parametrize("there", EVERY_SET, ids=lambda scopes: "+".join(scopes) or "nowhere")
def test_each_scope_is_told_from_the_others(world: World, there: tuple[str, ...]) -> None:
    world.subscribe({1: ADA})
    for scope in there:
        suppress(world, "ADA@example.com", *ROWS[scope])
    asked = [SuppressionRule("suppressed", scopes) for scopes in EVERY_SET]
    negated = [SuppressionRule("not_suppressed", scopes) for scopes in EVERY_SET]
    answers = world.ask_all(*asked, *negated)[1]
    truths = [answer.truth for answer in answers]
    expected = [bool(set(scopes or SCOPES) & set(there)) for scopes in EVERY_SET]
    assert truths == [*expected, *(not truth for truth in expected)]
    words = {"list": "on the list", "account": "in the account", "everywhere": "everywhere"}
    told = "suppressed " + ", ".join(words[scope] for scope in there)
    assert {answer.seen for answer in answers} == {told if there else "not suppressed"}


@pytest.mark.parametrize(
    ("email", "list_id", "user_id"),
    [
        (ADA, OTHER_LIST, OWNER),
        (ADA, LIST, STRANGER),
        (ADA, 0, STRANGER),
        ("adà@example.com", LIST, OWNER),
        ("bea@example.com", 0, 0),
    ],
)
def test_what_others_suppress_or_who_only_looks_alike_does_not_count(
    world: World, email: str, list_id: int, user_id: int
) -> None:
    world.subscribe({1: ADA})
    suppress(world, email, list_id, user_id)
    assert world.ask_all(SuppressionRule("suppressed"))[1][0].truth is False


def test_a_host_without_such_a_list_suppresses_nobody(fresh_world: World) -> None:
    fresh_world.subscribe({1: ADA})
    fresh_world.tables.suppression_list.drop(fresh_world.engine)
    answers = fresh_world.ask_all(SuppressionRule("suppressed"), SuppressionRule("not_suppressed"))
    assert [answer.truth for answer in answers[1]] == [False, True]
