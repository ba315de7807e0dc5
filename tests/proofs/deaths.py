"""Long lives with two deaths each, in a process of their own."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from tests.engine.invariants import broken
from tests.engine.lives import (
    Death,
    all_points,
    faults,
    left,
    live,
    long_life,
    redelivered,
)
from tests.world import World

#: The second death strikes at one of the first passings after the other: often in the recovery.
SOON = 3

Pair = tuple[Death, Death]


class Ended(NamedTuple):
    """How one life ended. `wrong`: what is otherwise than in an undisturbed one."""

    deaths: Sequence[Death]
    died: int
    redelivered: int
    lost: int
    doubled: int
    wrong: Sequence[str]


def pairs(seed: int, how_many: int, passed: dict[str, int]) -> list[Pair]:
    """By chance: any passing of any point, and then any point soon after."""
    dice, points = Random(f"deaths {seed}"), sorted(all_points())
    made = []
    for _ in range(how_many):
        first, second = dice.choice(points), dice.choice(points)
        late = dice.randint(1, min(SOON, passed[second]))
        made.append(((first, dice.randint(1, passed[first])), (second, late)))
    return made


def make(url: str) -> World:
    """The second list is in a table that undoes nothing."""
    world = World(url, exit_rule_minutes=10_000)
    world.host.keep_in("MyISAM", [world.host.shards[2].name])
    return world


def passings(url: str) -> dict[str, int]:
    """How often an undisturbed life passes each point."""
    world = make(url)
    passed = live(world, life=long_life).passed
    world.close()
    world.host.close()
    return dict(passed)


def die(url: str, chosen: Sequence[Pair]) -> list[Ended]:
    """One life for each pair, after an undisturbed one to compare with. The database is empty."""
    world, ends = make(url), []
    live(world, life=long_life)
    expected, effects = left(world), _effects(world)
    for pair in chosen:
        world.begin_anew()
        died = live(world, pair, long_life).died
        found = left(world)
        wrong = [key for key in found if found[key] != expected[key]]
        mine = _effects(world)
        ends.append(
            Ended(
                deaths=pair,
                died=died,
                redelivered=redelivered(world),
                lost=sum((n > mine.get(key, 0) for key, n in effects.items())),
                doubled=sum(n > effects.get(key, 0) for key, n in mine.items()),
                wrong=[*wrong, *broken(world), *faults(world)],
            )
        )
    world.close()
    world.host.close()
    return ends


def _effects(world: World) -> dict[str, int]:
    """How often each thing was done: lines of history, deliveries, marks in the host's fields."""
    found = left(world)
    counts: dict[str, int] = {}
    for kind in ("people", "paths", "deliveries"):
        for one in found[kind]:
            counts[f"{kind} {one}"] = counts.get(f"{kind} {one}", 0) + 1
    for place, values in enumerate([*found["values"], found["account"], found["others"]]):
        for who, value in values.items():
            counts[f"{place} {who}"] = len(str(value))
    return counts
