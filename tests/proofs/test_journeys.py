"""Many random journeys over random people: the batch executor against the plain interpreter."""

from __future__ import annotations

import os
import time

import pytest

from tests.engine.invariants import broken
from tests.engine.made_up import MadeUp
from tests.engine.oracle_family import WORLD, Family, Size, tally
from tests.proofs.page import Row, record

SEED = int(os.environ.get("PROOF_SEED", "1000"))
#: Each has three journeys.
FAMILIES = int(os.environ.get("PROOF_FAMILIES", "100"))
SIZE = Size(people=200, turns=20)
FILES = ("plugin/engine/", "plugin/storage/", "plugin/host/", "tests/engine/oracle.py")


@pytest.mark.timeout(7200)
def test_the_executor_and_the_plain_interpreter_end_with_the_same(make_world, commit):
    world, began = make_world(**WORLD), time.monotonic()
    families, wrong = [], {}
    for seed in range(SEED, SEED + FAMILIES):
        family = Family(world, MadeUp(seed), f"family of seed {seed}", SIZE)
        family.live()
        found = family.differences()
        assert broken(world) == [], f"seed {seed}"
        if found:
            wrong[seed] = found
            print(f"seed {seed}: {len(found)} differences, such as {next(iter(found.items()))}")
        families.append(family)
        world.begin_anew()
    counts = tally(families)
    differences = sum(map(len, wrong.values()))
    figures = (
        f"{3 * FAMILIES} journeys × {SIZE.people} people × {SIZE.turns} ticks:"
        f" {counts['passages']} passages, {counts['steps']} steps, {counts['deliveries']}"
        f" deliveries, {counts['refused']} refusals; **{differences} differences**;"
        f" {time.monotonic() - began:.0f} s"
    )
    seeds = f"{SEED}–{SEED + FAMILIES - 1}"
    assert wrong.keys() == set(), figures
    what = "The executor and a plain interpreter, on MariaDB"
    record(Row(what, figures, seeds, commit, FILES))
