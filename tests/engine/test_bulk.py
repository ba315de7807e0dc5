"""Many are let in by one order: from lists, all or those who fit, by the door of everybody."""

from __future__ import annotations

import pytest

from plugin.engine import bulk, tasks
from plugin.errors import Conflict, InvalidDocument, NotFound
from tests.documents import journey, rule, wait
from tests.engine.many import BY_HAND, OSLO, TEXT, citizens, inside, order, task, wish
from tests.world_host import (
    CITY,
    LEVEL,
    LIST,
    OTHER_LIST,
    OTHERS_CITY,
    OWNER,
    STRANGER,
    STRANGERS_LIST,
)
from tests.world_parts import counted


@pytest.fixture(autouse=True)
def three_in_a_batch(monkeypatch):
    monkeypatch.setattr(tasks, "BATCH", 3)
    monkeypatch.setattr(bulk, "BATCH", 3)


@pytest.fixture
def slow(monkeypatch):
    """Whoever orders leaves all of it to the workers."""
    monkeypatch.setattr(tasks.Runner, "go_on_for", lambda self, seconds: None)


def test_everybody_subscribed_on_a_list_enters_and_nobody_else(world):
    published = world.publish(TEXT)
    ids = world.host.subscribe(7)
    world.host.unsubscribe(ids[:2])
    ordered = order(world, published)
    assert (ordered.people, inside(world)) == (5, ids[2:])
    world.run()
    assert set(world.states()) == {"waiting"}
    row = task(world)
    assert (row.kind, row.people, row.done, row.finished_at) == ("enroll", 5, 5, world.now)
    assert row.figures["entered"] == 5
    assert world.counted("entered") == {"": 5}


def test_the_audit_says_who_ordered_what(world):
    published = world.publish(TEXT)
    world.host.subscribe(1)
    ordered = order(world, published, criteria=OSLO)
    row = world.rows(world.tables.audit)[-1]
    assert (row["act"], row["actor"], row["journey_id"]) == (
        *("people.enroll", "user:1"),
        published.id,
    )
    assert row["detail"] == {
        "task": ordered.task_id,
        "people": 1,
        "lists": [LIST],
        "criteria": OSLO,
        "once_per": "person",
    }


def test_only_those_who_fit_enter_and_the_others_are_no_refusals(world):
    published = world.publish(TEXT)
    ids = citizens(world, "Oslo", "Rome", None, "Oslo", "Lima")
    order(world, published, criteria=OSLO)
    assert inside(world) == [ids[0], ids[3]]
    figures = task(world).figures
    assert (figures["entered"], figures["unfit"], task(world).done) == (2, 3, 5)
    assert world.counted("refused").get("entry_criteria", 0) == 0


def test_the_journeys_own_door_is_the_only_one(world):
    """Entry criteria, caps and the re-entry rule hold as for everybody who enters."""
    caps = {"per_hour": 2}
    published = world.publish(journey(wait(9, "days"), entry_criteria=OSLO, caps=caps, **BY_HAND))
    ids = citizens(world, "Oslo", "Rome", "Oslo", "Oslo")
    world.services.enrolling.enroll(OWNER, published.id, LIST, ids[:1])
    order(world, published)
    figures = task(world).figures
    assert (figures["entered"], figures["refused"], figures["turned_away"]) == (2, 1, 1)
    assert inside(world) == [ids[0], ids[2], ids[3]]
    assert world.counted("refused") == {"entry_criteria": 1, "once_at_a_time": 1}
    world.run()
    assert sorted(world.states()) == ["entering", "waiting", "waiting"]


def test_of_two_lists_a_person_enters_once(world):
    for rule_ in ("once_ever", "every_time"):
        published = world.publish(journey(wait(9, "days"), reentry=rule_, name=rule_, **BY_HAND))
        if rule_ == "once_ever":
            ids = world.host.subscribe([{"EmailAddress": f"p{i}@example.com"} for i in range(4)])
            others = [{"EmailAddress": f"P{i}@example.com"} for i in range(2, 6)]
            world.host.subscribe(others, OTHER_LIST)
        order(world, published, LIST, OTHER_LIST)
        rows = world.people(published)
        assert [row["list_id"] for row in rows] == [LIST] * 4 + [OTHER_LIST] * 2
        assert len({row["person_key"] for row in rows}) == 6
        assert (task(world).done, task(world).figures["refused"]) == (8, 2)
    assert len(ids) == 4


def test_another_order_lets_those_in_again_who_may_enter_every_time(world):
    published = world.publish(journey(wait(9, "days"), reentry="every_time", **BY_HAND))
    world.host.subscribe(4)
    order(world, published)
    order(world, published)
    assert len(inside(world)) == 8


def test_a_preview_counts_who_is_on_the_list_and_who_fits_and_lets_nobody_in(world):
    published = world.publish(
        journey(wait(), entry_criteria={"all": [rule(LEVEL, "is_not_set")]}, **BY_HAND)
    )
    ids = citizens(world, "Oslo", "Rome", "Oslo", "Oslo", "Oslo")
    world.host.change(ids[3:4], CustomField4="gold")
    seen = world.services.bulk.preview(OWNER, published.id, wish(criteria=OSLO))
    assert (seen.on_lists, seen.looked_at, seen.fit, seen.undecided) == (5, 5, 3, 0)
    assert world.people() == []
    assert world.rows(world.tables.tasks) == []


def test_what_cannot_be_ordered_is_refused_and_nothing_is_kept(world):
    published = world.publish(TEXT)
    given = world.services.bulk
    with pytest.raises(NotFound):
        given.order(STRANGER, published.id, wish(STRANGERS_LIST))
    with pytest.raises(NotFound, match="no list 9"):
        order(world, published, STRANGERS_LIST)
    with pytest.raises(InvalidDocument, match="belongs to List 2"):
        order(world, published, LIST, criteria={"all": [rule(OTHERS_CITY, "is", "Oslo")]})
    with pytest.raises(InvalidDocument, match="before they enter"):
        kept = {"kept": "score", "operator": "is", "value": "1"}
        order(world, published, criteria={"all": [kept]})
    world.disable(published)
    with pytest.raises(Conflict, match="Turn it on first"):
        order(world, published)
    assert world.rows(world.tables.tasks) == []


def test_a_batch_of_many_costs_as_many_statements_as_one_of_few(world, slow, monkeypatch):
    monkeypatch.setattr(tasks, "BATCH", 500)
    published = world.publish(TEXT)

    def statements(people):
        world.host.subscribe(people)
        order(world, published, criteria={"all": [rule(CITY, "is_not_set")]})
        world.tick()
        world.seconds += 2
        with counted() as seen:
            world.tick()
        return seen.of_work()

    first = statements(3)
    while task(world).finished_at is None or world.tick():
        world.seconds += 2
        world.tick()
    second = statements(120)
    assert any("INSERT" in text and "enrollments" in text for text in first + second)
    assert len(second) <= len(first) + 2
