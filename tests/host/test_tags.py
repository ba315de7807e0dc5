"""Rules about tags, and how people stand to one tag: of the list, of another list, of nobody."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from plugin.domain.criteria import Answer, ListRule, Rule, TagRule
from plugin.engine.tagging_port import TagSight
from plugin.errors import CannotEvaluate
from tests.host.world import FOREIGN_LIST, LIST, OTHER_LIST, OWNER, STRANGER, World

VIP, BUYER, IDLE = 11, 12, 13  # of the list
PANEL, FOREIGN = 21, 31  # of the other list, and of the stranger's
HAS = {1: (VIP, BUYER), 2: (BUYER,), 3: ()}

#: Operator, tags, and of whom it is true by the truth table.
TABLE = [
    ("has_any", (VIP,), {1}),
    ("has_any", (VIP, BUYER), {1, 2}),
    ("has_any", (IDLE,), set()),
    ("has_any", (), {1, 2}),
    ("has_all", (VIP,), {1}),
    ("has_all", (BUYER, VIP), {1}),
    ("has_all", (VIP, BUYER, IDLE), set()),
    ("has_none", (VIP,), {2, 3}),
    ("has_none", (VIP, BUYER), {3}),
    ("has_none", (IDLE,), {1, 2, 3}),
    ("has_none", (), {3}),
    ("has_any", (PANEL,), {3}),
    ("has_any", (VIP, PANEL), {1, 3}),
    ("has_all", (BUYER, PANEL), set()),
    ("has_none", (PANEL,), {1, 2}),
]


@pytest.fixture
def tagged(world: World) -> World:
    """Three people; the third is on the other list, too, and has a tag there."""
    world.subscribe({i: f"p{i}@example.com" for i in HAS})
    world.subscribe({1: "somebody@example.com", 3: "P3@Example.com"}, OTHER_LIST)
    names = {VIP: "vip", BUYER: "buyer", IDLE: "idle"}
    world.tags(*((i, LIST, name) for i, name in names.items()), (PANEL, OTHER_LIST, "panel"))
    world.tags((FOREIGN, FOREIGN_LIST, "foreign"), owner=STRANGER)
    for person, tags in HAS.items():
        for tag in tags:
            world.tag(tag, person)
    world.tag(PANEL, 3, list_id=OTHER_LIST)
    # The same numbers elsewhere, and what is left of a tag that was deleted: nobody's.
    world.tag(VIP, 2, 3, list_id=OTHER_LIST)
    world.tag(FOREIGN, 3, list_id=FOREIGN_LIST)
    world.tag(99, 3)
    return world


@pytest.mark.parametrize(("operator", "tags", "true_of"), TABLE)
def test_each_operator_by_the_truth_table(
    tagged: World, operator: str, tags: tuple[int, ...], true_of: set[int]
) -> None:
    answers = tagged.ask_all(TagRule(tags, operator))
    assert {person for person, (answer,) in answers.items() if answer.truth} == true_of
    assert {answer.truth for (answer,) in answers.values()} <= {True, False}
    negated = {"has_any": "has_none", "has_none": "has_any"}.get(operator)
    if negated is not None:
        others = tagged.ask_all(TagRule(tags, negated))
        assert {person for person, (answer,) in others.items() if answer.truth} == set(
            HAS
        ) - true_of


def test_the_tags_that_were_seen_are_told_by_name(tagged: World) -> None:
    answers = tagged.ask_all(TagRule((VIP, BUYER), "has_all"), TagRule((), "has_any"))
    assert answers == {
        1: (Answer(True, "vip, buyer"), Answer(True, "vip, buyer")),
        2: (Answer(False, "buyer"), Answer(True, "buyer")),
        3: (Answer(False, "no such tag"), Answer(False, "no such tag")),
    }


def test_rules_of_other_forms_keep_their_places(tagged: World) -> None:
    rules = [
        TagRule((PANEL,), "has_any"),
        Rule("EmailAddress", "begins_with", "p2"),
        TagRule((VIP,), "has_none"),
        ListRule(OTHER_LIST, "present"),
    ]
    truths = {i: [a.truth for a in told] for i, told in tagged.ask_all(*rules).items()}
    assert truths == {
        1: [False, False, False, False],
        2: [False, True, True, False],
        3: [True, False, True, True],
    }


@pytest.mark.parametrize("tag_id", [FOREIGN, 99, 404])
def test_anothers_tag_does_not_exist_and_neither_does_one_that_is_gone(
    tagged: World, tag_id: int
) -> None:
    for ask in (
        lambda: tagged.ask_all(TagRule((VIP, tag_id), "has_none")),
        lambda: _sight(tagged, tag_id),
    ):
        with pytest.raises(CannotEvaluate) as refused:
            ask()
        assert refused.value.code == "tag_missing"
        assert str(tag_id) in str(refused.value)
    with tagged.host() as host:
        assert set(host.catalog(OWNER).tags) == {VIP, BUYER, IDLE, PANEL}


def _sight(world: World, tag_id: int) -> TagSight:
    with world.host() as host:
        return host.tag_sight(OWNER, LIST, list(HAS), tag_id)


def test_how_people_stand_to_a_tag_of_their_list_and_of_another(tagged: World) -> None:
    assert _sight(tagged, BUYER) == (LIST, {1: 1, 2: 2, 3: 3}, {1, 2})
    tagged.subscribe({7: "p2@example.com"}, OTHER_LIST)
    # Of several rows of one address, the one that is subscribed is meant.
    gone = {2: "p3@example.com"}
    tagged.subscribe(gone, OTHER_LIST, SubscriptionStatus="Unsubscribed")
    assert _sight(tagged, PANEL) == (OTHER_LIST, {2: 7, 3: 3}, {3})
    with tagged.host() as host:
        assert host.tags_on(OWNER, LIST, [1, 3]) == {1: {VIP, BUYER}}


@pytest.mark.parametrize("table", ["subscriber_tags", "subscriber_tag_relations"])
def test_without_the_hosts_tables_nobody_is_judged_and_everybody_asked_for(
    fresh_world: World, table: str
) -> None:
    fresh_world.subscribe({1: "p1@example.com"})
    fresh_world.tags((VIP, LIST, "vip"))
    with fresh_world.engine.begin() as connection:
        connection.execute(sa.text(f"DROP TABLE {fresh_world.prefix}{table}"))
    fresh_world.schema.forget()
    with pytest.raises(CannotEvaluate) as refused:
        fresh_world.ask_all(TagRule((VIP,), "has_none"))
    assert refused.value.code == "tags_missing"
    with fresh_world.host() as host:
        assert host.tag_sight(OWNER, LIST, [1], VIP) == (LIST, {1: 1}, None)
        assert host.tags_on(OWNER, LIST, [1]) is None
        assert host.catalog(OWNER).tables_of_tags == (table != "subscriber_tags")
