"""A death at every named point, once: what is left at the end is what an undisturbed run leaves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.documents import decide, journey, rule, update, wait, webhook
from tests.engine.invariants import broken
from tests.world import World
from tests.world_host import CITY, LANGUAGE, LEVEL, LIST, ORDERS, OTHER_LIST
from tests.world_parts import Died, answered

#: All that a worker, a hook and a deliverer may pass.
POINTS = (
    *("ingest.before_commit", "ingest.after_commit", "ingest.after_wake"),
    *("route.after_claim", "route.before_commit", "route.after_commit"),
    *("step.after_claim", "step.after_run", "step.after_settle", "step.before_commit"),
    "step.after_commit",
    *("deliver.after_lease", "deliver.after_send", "deliver.before_commit"),
    "deliver.after_commit",
    *("plan.after_claim", "plan.before_commit", "plan.after_commit"),
)

#: Whatever runs twice shows: every value depends on the one before.
MAIN = journey(
    decide(
        {"all": [rule(CITY, "is", "Oslo")]},
        [update(LEVEL, "{{ Subscriber:Level }}+o"), webhook({"o": "{{ Subscriber:Level }}"})],
        [update(LEVEL, "{{ Subscriber:Level }}+r")],
    ),
    wait(1, "hours"),
    update(ORDERS, "{{ Subscriber:City }}"),
    update(LEVEL, "{{ Subscriber:Level }}!"),
    webhook({"who": "{{ Subscriber:EmailAddress }}", "level": "{{ Subscriber:Level }}"}),
)
OTHER = journey(
    update(LANGUAGE, "{{ Subscriber:CustomField28 }}x"),
    wait(30, "minutes"),
    webhook({"language": "{{ Subscriber:CustomField28 }}"}, keep={"got": "got"}),
    update(LANGUAGE, "{{ Subscriber:CustomField28 }}{{ Kept:got }}"),
    lists=(),
    reentry="every_time",
    name="Other",
)
#: Deaths that a rollback follows.
UNDONE = ("step.after_run", "step.after_settle", "step.before_commit")
#: What each step writes behind the value that it finds.
MARK = re.compile(r"\+o|\+r|!|x")
CITIES = ("Oslo", "Rome", "7", "12", None, "Oslo")


def life(world: World) -> Iterator[Callable[[], Any]]:
    """What happens one after the other; each part is repeated by whoever survives a death in it."""
    for text in (MAIN, OTHER):
        world.publish(text)
    rows = [{"CustomField3": city, "CustomField4": "-"} for city in CITIES]
    people = world.host.subscribe(rows)
    others = world.host.subscribe(3, OTHER_LIST)
    events = [world.event(i) for i in people] + [world.event(i, OTHER_LIST) for i in others]
    yield lambda: world.accept(*events[:5])
    yield lambda: world.accept(*events)
    world.other_side.answer = lambda request: answered(200, b'{"got": "w"}')
    yield world.run
    world.host.unsubscribe(people[1:2], LIST)
    world.turn(hours=1)
    yield world.run
    world.turn(minutes=20)
    again = world.event(people[0])
    yield lambda: world.accept(again)
    for _ in range(4):
        yield world.run
        world.turn(minutes=31)


def live(world: World, point: str = "", passing: int = 1) -> Counter[str]:
    """A whole life with one death; answers how often each point was passed."""
    acts = life(world)
    act = next(acts)
    world.fate.point, world.fate.passing = point, passing
    died = False
    while act:
        try:
            act()
            act = next(acts, None)
        except Died:
            died = True
            world.restart()
    assert died is bool(point)
    return Counter(world.fate.names)


def left(world: World) -> dict[str, Any]:
    """What is there at the end, without numbers and times that may differ."""
    names = {row["id"]: row["name"] for row in world.rows(world.tables.journeys)}
    of = {
        row["id"]: (names[row["journey_id"]], row["list_id"], row["subscriber_id"])
        for row in world.people()
    }
    people = [
        (*of[row["id"]], row["state"], row["end_reason"], row["cause"], row["visit"])
        for row in world.people()
    ]
    deliveries = [
        (*of[row["enrollment_id"]], row["visit"], row["url"], bytes(row["body"]), row["state"])
        for row in world.deliveries()
    ]
    figures = ("entered", "refused", "arrived", "left", "ended", "delivered", "undelivered")
    return {
        "values": [world.host.values(field) for field in (CITY, LEVEL, ORDERS)],
        "account": world.host.account_values(LANGUAGE),
        "people": sorted(people, key=str),
        "paths": sorted((*of[number], world.path(number)) for number in of),
        "deliveries": sorted(deliveries),
        "received": sorted({(r.url, r.body) for r in world.other_side.requests}),
        "figures": {figure: world.counted(figure) for figure in figures},
        "inbox": world.inbox(),
    }


def once(found: Any, expected: Any) -> Any:
    """`found`, but with the text that was expected wherever one mark was written twice.

    What a rollback does not undo is written again: a value that is made of the one before has its
    mark twice then. Nothing else may differ.
    """
    match found, expected:
        case dict(), dict():
            return {key: once(found[key], expected.get(key)) for key in found}
        case (list(), list()) | (tuple(), tuple()) if len(found) == len(expected):
            return type(found)(once(f, e) for f, e in zip(found, expected, strict=True))
        case bytes(), bytes():
            return once(found.decode(), expected.decode()).encode()
        case str(), str() if found in {
            expected[: mark.end()] + expected[mark.start() :] for mark in MARK.finditer(expected)
        }:
            return expected
        case _:
            return found


_known: dict[str, tuple[dict[str, Any], Counter[str]]] = {}


@pytest.fixture
def undisturbed(world):
    """What a run without a death leaves, and how often it passes each point."""
    place = world.host.url
    if place not in _known:
        passed = live(world)
        assert broken(world) == []
        assert len(world.other_side.ids()) == len(set(world.other_side.ids()))
        _known[place] = left(world), passed
        world.begin_anew()
    return _known[place]


def test_the_scenario_passes_every_point_that_is_known(undisturbed):
    _, passed = undisturbed
    assert set(passed) == set(POINTS)


def test_the_scenario_leaves_people_in_many_ways(undisturbed):
    end, _ = undisturbed
    states = {person[3:6] for person in end["people"]}
    assert states == {
        ("ended", "completed", None),
        ("ended", "unsubscribed", None),
        ("held", None, "bad_value"),
    }


@pytest.mark.parametrize("point", POINTS)
def test_a_death_changes_nothing_in_the_end(world, undisturbed, point):
    expected, passed = undisturbed
    last = passed[point] if point.startswith("step.") else 1
    for passing in sorted({1, last}):
        live(world, point, passing)
        found = left(world)
        if point in UNDONE and not world.host.rolls_back:
            found = once(found, expected)
        assert {key: found[key] for key in found if found[key] != expected[key]} == {}
        assert broken(world) == []
        keys: dict[str, set[bytes]] = {}
        for request in world.other_side.requests:
            keys.setdefault(request.headers["webhook-id"], set()).add(request.body)
        assert all(len(bodies) == 1 for bodies in keys.values())
        assert len(keys) == len(world.deliveries())
        world.begin_anew()
