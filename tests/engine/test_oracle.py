"""Random journeys over random people: the engine does what the plain interpreter does.

`make proof` does the same with many more (tests/proofs).
"""

from __future__ import annotations

import pytest

from tests.engine.made_up import MadeUp
from tests.engine.oracle_family import WORLD, Family, Size

SEEDS = (1, 2, 3, 4, 5, 6)
#: Seeds that have once found something.
FOUND = (19, 101)
SIZE = Size(people=60, turns=9)


@pytest.mark.parametrize("seed", SEEDS + FOUND)
def test_the_engine_and_the_plain_interpreter_agree(make_world, seed):
    print(f"seed {seed}: three journeys, {SIZE}")
    family = Family(make_world(**WORLD), MadeUp(seed), f"family of seed {seed}", SIZE)
    family.live()
    assert family.differences() == {}, f"seed {seed}: {family.documents}"
