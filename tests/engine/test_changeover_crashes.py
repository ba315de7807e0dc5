"""A death at every point of a changeover: what is left at the end is as if nobody had died."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.documents import decide, journey, rule, update, wait, webhook
from tests.engine.invariants import broken
from tests.engine.versions import changer, edit, numbers, placed
from tests.world_host import CITY, LEVEL, ORDERS, OWNER
from tests.world_parts import Died

POINTS = ("changeover.after_lock", "changeover.before_commit", "changeover.after_commit")
OSLO = {"all": [rule(CITY, "is", "Oslo")]}
CITIES = ("Oslo", "Rome", "Oslo", "7", "Rome", "12", "Oslo")
#: Of seven people in three places: some batches are full, some are not.
BATCH = 2


def begin(world):
    """People in a branch, below it and held; and then a version without the branch's step."""
    made = world.publish(
        journey(
            decide(OSLO, [wait(2, "days")], [update(ORDERS, "{{ Subscriber:City }}")]),
            wait(1, "days"),
            update(LEVEL, "{{ Subscriber:Level }}!"),
            webhook({"level": "{{ Subscriber:Level }}"}),
        )
    )
    decision, _, orders, waits, sets, sends = made.steps
    rows = [{"CustomField3": city, "CustomField4": "-"} for city in CITIES]
    world.enter(world.host.subscribe(rows))
    world.run()
    world.turn(hours=3)
    edit(
        world,
        made,
        placed(
            decision, decide(OSLO, [], [placed(orders, update(ORDERS, "{{ Subscriber:City }}"))])
        ),
        placed(waits, wait(6, "hours")),
        placed(sets, update(LEVEL, "{{ Subscriber:Level }}?")),
        placed(sends, webhook({"level": "{{ Subscriber:Level }}"})),
    )
    world.services.publishing.publish(OWNER, made.id, "cli")
    return made


def live(world, point="", passing=1):
    """A changeover with ticks in between and one death; answers the journey."""
    made = begin(world)
    world.fate.names.clear()
    world.fate.point, world.fate.passing = point, passing
    died, go, idle = False, changer(world, BATCH), 0
    while idle < 2:
        try:
            idle = 0 if go() + world.tick() else idle + 1
        except Died:
            died = True
            world.restart()
            go = changer(world, BATCH)
    assert died is bool(point)
    for _ in range(5):
        world.turn(hours=6)
        world.run()
    return made


def left(world, made):
    people = [
        (row["state"], row["end_reason"], row["cause"], row["visit"], world.path(row["id"]))
        for row in world.people(made)
    ]
    figures = ("entered", "arrived", "left", "ended", "delivered")
    (changeover,) = world.rows(world.tables.changeovers)
    return {
        "numbers": numbers(world, made),
        "people": people,
        "levels": list(world.host.values(LEVEL).values()),
        "sent": sorted(bytes(row["body"]) for row in world.deliveries()),
        "figures": {figure: world.counted(figure) for figure in figures},
        "changeover": [changeover[n] for n in ("state", "total", "moved", "exited")],
    }


_known: dict[bool, tuple[dict[str, object], Counter[str]]] = {}


@pytest.fixture
def undisturbed(world):
    """What is left without a death, and how often each point is passed."""
    if world.is_sqlite not in _known:
        made = live(world)
        passed = Counter(name for name in world.fate.names if name in POINTS)
        _known[world.is_sqlite] = left(world, made), passed
        assert broken(world) == []
        world.begin_anew()
    return _known[world.is_sqlite]


def test_the_scenario_moves_people_in_every_way(undisturbed):
    end, passed = undisturbed
    assert set(passed) == set(POINTS)
    assert end["changeover"] == ["done", 7, 7, 0]
    assert end["numbers"] == [2] * 7
    ends = Counter((state, reason or cause) for state, reason, cause, _, _ in end["people"])
    assert ends == {("ended", "completed"): 5, ("parked", "bad_value"): 2}
    assert Counter(end["levels"]) == {"-?": 5, "-": 2}


@pytest.mark.parametrize("point", POINTS)
def test_a_death_changes_nothing_in_the_end(world, undisturbed, point):
    expected, passed = undisturbed
    for passing in sorted({1, passed[point]}):
        made = live(world, point, passing)
        found = left(world, made)
        assert {key: found[key] for key in found if found[key] != expected[key]} == {}
        assert broken(world) == []
        world.begin_anew()
