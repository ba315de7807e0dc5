"""A unit that the database undid is run again: how often, and after which pauses."""

import pytest

from plugin.engine.redo import MAX_REDO, redo
from plugin.engine.surroundings import Surroundings
from plugin.errors import Interrupted, Unavailable


class Unit:
    """Fails so often, then answers how often it was run."""

    def __init__(self, fails, fault=Interrupted):
        self.fails, self.fault, self.runs = fails, fault, 0

    def __call__(self):
        self.runs += 1
        if self.runs <= self.fails:
            raise self.fault("deadlock")
        return self.runs


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def around(pauses):
    return Surroundings(dice=lambda: 0.5, sleep=pauses.append)


@pytest.mark.parametrize("fails", range(MAX_REDO + 1))
def test_it_is_run_until_it_passes(fails, around, pauses):
    assert redo(Unit(fails), around) == fails + 1
    assert len(pauses) == fails


def test_it_is_given_up_in_the_end_and_the_pauses_grow(around, pauses):
    unit = Unit(MAX_REDO + 1)
    with pytest.raises(Interrupted):
        redo(unit, around)
    assert unit.runs == MAX_REDO + 1
    assert pauses == sorted(set(pauses))
    assert sum(pauses) < 3


def test_other_errors_are_told_at_once(around, pauses):
    unit = Unit(1, Unavailable)
    with pytest.raises(Unavailable):
        redo(unit, around)
    assert (unit.runs, pauses) == (1, [])
