"""How many statements the verbs take: as many for a thousand people as for one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from plugin.domain.criteria import ActivityRule, Condition, ListRule, Rule, SuppressionRule, TagRule
from plugin.host.host import SqlHost
from tests.host.world import (
    ACCOUNT_LANGUAGE,
    ACCOUNT_TEXT,
    LIST,
    NOW,
    NUMBER,
    OTHER_LIST,
    OWNER,
    TEXT,
    World,
    column,
)

Verb = Callable[[SqlHost, list[int]], object]

RULES = [
    Rule(column(TEXT), "is", "Oslo"),
    Rule(column(TEXT), "less_than", 5),
    Rule(column(NUMBER), "less_than", 5),
    Rule("SubscriptionDate", "in_last_days", 7),
    Rule(column(ACCOUNT_TEXT), "contains", "x"),
    Rule(column(ACCOUNT_LANGUAGE), "is_not", "en"),
]
OF_ALL_FORMS = [
    ListRule(OTHER_LIST, "subscribed"),
    *RULES,
    ListRule(LIST, "present"),
    ListRule(OTHER_LIST, "absent"),
    ActivityRule("opened", when=Condition("in_last_days", 7)),
    ActivityRule("clicked", url=Condition("contains", "x")),
    ActivityRule("not_opened", campaigns=(1, 2)),
    ActivityRule("clicked", count=Condition("at_most", 3)),
    SuppressionRule("suppressed"),
    SuppressionRule("not_suppressed", ("list",)),
    TagRule((1, 2), "has_all"),
    TagRule((), "has_none"),
]
VERBS: dict[str, tuple[int, Verb]] = {
    "owners": (1, lambda host, ids: host.owners(ids)),
    "zone": (1, lambda host, _: host.zone(OWNER)),
    "catalog": (8, lambda host, _: host.catalog(OWNER)),
    "subscribers": (1, lambda host, ids: host.subscribers(LIST, ids)),
    "find": (1, lambda host, _: host.find(LIST, "p1@example.com")),
    "answers": (1, lambda host, ids: host.answers(LIST, ids, RULES, NOW)),
    # All fields, the owners, two lists, opens, clicks, and for tags three, for suppression two.
    "tag sight": (2, lambda host, ids: host.tag_sight(OWNER, LIST, ids, 1)),
    "tag sight of another list": (3, lambda host, ids: host.tag_sight(OWNER, LIST, ids, 2)),
    "tags": (2, lambda host, ids: host.tags_on(OWNER, LIST, ids)),
    "answers of all forms": (12, lambda host, ids: host.answers(LIST, ids, OF_ALL_FORMS, NOW)),
    "values": (1, lambda host, ids: host.values(LIST, ids, ["Anything", "Note", "Language"])),
    "one value for all": (1, lambda host, ids: host.set_field(LIST, TEXT, dict.fromkeys(ids, "x"))),
    "a value each": (1, lambda host, ids: host.set_field(LIST, TEXT, {i: str(i) for i in ids})),
    "values refused": (0, lambda host, ids: host.set_field(LIST, NUMBER, dict.fromkeys(ids, "x"))),
    "account values": (
        3,
        lambda host, ids: host.set_field(LIST, ACCOUNT_TEXT, {i: f"v{i}" for i in ids}),
    ),
}


@pytest.mark.parametrize("how_many", [1, 10, 1000])
@pytest.mark.parametrize("verb", VERBS)
def test_the_number_of_statements_does_not_grow_with_the_people(
    world: World, verb: str, how_many: int
) -> None:
    known, new = range(1, how_many + 1), range(2001, 2001 + how_many)
    world.subscribe({i: f"p{i}@example.com" for i in (*known, *new)})
    world.tags((1, LIST, "a"), (2, OTHER_LIST, "b"))
    world.give_account(ACCOUNT_TEXT, {f"p{i}@example.com": "x" for i in known})
    expected, act = VERBS[verb]
    with world.host() as host:
        VERBS["answers of all forms"][1](host, [1])
        host.catalog(OWNER)
        host.owners([LIST])
        host.zone(OWNER)
        with world.statements() as seen:
            act(host, [*known, *new])
    assert len(seen) == expected, seen


def test_the_schema_is_looked_at_again_only_when_the_last_look_is_old(world: World) -> None:
    world.subscribe({1: "ann@example.com"})
    counts = []
    for seconds in (0, 1, 3, 2, 1):
        world.time[0] += seconds
        with world.statements() as seen:
            world.ask(column(TEXT), "is_set")
        counts.append(len([text for text in seen if "BEGIN" not in text]))
    first, young, second_young, old, after = counts
    assert first > young
    assert young == second_young == after
    assert old > young
