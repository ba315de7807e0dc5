"""Families of random journeys, lived through in a process of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.engine.invariants import broken
from tests.engine.made_up import MadeUp
from tests.engine.oracle_family import WORLD, Family, Size, tally
from tests.world import World

#: Requests are answered at once; more of them are under way together.
SETTINGS = {**WORLD, "delivery_threads": 16}


def live(url: str, seeds: Sequence[int], size: Size) -> tuple[Counter[str], dict[int, Any]]:
    """What took place in an empty database; and by seed what differs or is broken."""
    world, families, wrong = World(url, **SETTINGS), [], {}
    for seed in seeds:
        families.append(Family(world, MadeUp(seed), f"family of seed {seed}", size))
        families[-1].live()
        if found := families[-1].differences() or broken(world):
            wrong[seed] = found
        world.begin_anew()
    world.close()
    world.host.close()
    return tally(families), wrong
