"""A death at every named point, once: what is left at the end is what an undisturbed run leaves.

Deaths by two, at points by chance: `make proof` (tests/proofs).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.engine.invariants import broken
from tests.engine.lives import UNDONE, all_points, faults, left, live, long_life, once, short_life
from tests.engine.modes import later_on

#: Passed by the short life, which is lived once more for each; the others by the long one.
OFTEN = ("ingest.", "route.", "step.", "deliver.", "plan.")
POINTS = sorted(all_points())
SHORT = [point for point in POINTS if point.startswith(OFTEN)]
LONG = [point for point in POINTS if not point.startswith(OFTEN)]

_known: dict[tuple[str, Any], tuple[dict[str, Any], Counter[str]]] = {}


@pytest.fixture
def world(make_world, monkeypatch):
    """Lists are written to by SQL, the second one in a table that undoes nothing."""
    return later_on(make_world, monkeypatch, exit_rule_minutes=10_000)


@pytest.fixture
def undisturbed(world):
    """What a life without a death leaves, and how often it passes each point."""

    def of(life):
        key = world.host.url, life
        if key not in _known:
            passed = live(world, life=life).passed
            assert broken(world) == []
            assert faults(world) == []
            _known[key] = left(world), passed
            world.begin_anew()
        return _known[key]

    return of


def test_every_point_that_the_engine_has_is_passed(undisturbed):
    assert set(undisturbed(short_life)[1]) >= set(SHORT)
    assert set(undisturbed(long_life)[1]) == set(POINTS)
    assert len(LONG) > 9


def test_the_short_life_leaves_people_in_many_ways(undisturbed):
    end, _ = undisturbed(short_life)
    states = {person[2:5] for person in end["people"]}
    assert states == {
        ("ended", "completed", None),
        ("ended", "unsubscribed", None),
        ("held", None, "bad_value"),
    }
    words = {word for *_, path in end["paths"] for word in path}
    assert words >= {"WaitForEvent branch happened", "WaitForEvent branch timed_out"}


@pytest.mark.parametrize("point", POINTS)
def test_a_death_changes_nothing_in_the_end(world, undisturbed, point):
    life = short_life if point in SHORT else long_life
    expected, passed = undisturbed(life)
    last = passed[point] if point.startswith("step.") else 1
    for passing in sorted({1, last}):
        assert live(world, [(point, passing)], life).died == 1
        found = left(world)
        if point in UNDONE and not world.host.rolls_back:
            found = once(found, expected)
        assert {key: found[key] for key in found if found[key] != expected[key]} == {}
        assert broken(world) == []
        assert faults(world) == []
        world.begin_anew()
