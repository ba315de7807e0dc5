"""What a new version means for whoever stands at a step of an older one."""

from __future__ import annotations

from itertools import count

from hypothesis import given

from plugin.domain.codec import with_ids
from plugin.domain.fates import Fate, fates
from plugin.domain.program import Step, lay_flat
from tests.unit.strategies import steps


def step(id, action="X", params=None, published=True, **branches):
    return Step(id, action, params or {}, branches, published)


def fate(old, new, at, removed="next"):
    return fates(lay_flat(old), lay_flat(new), removed)[at]


def test_who_stands_at_a_step_that_is_the_same_carries_on_wherever_it_stands_now():
    old = (step(1), step(2, true=(step(3),)))
    new = (step(9, true=(step(3), step(1))),)
    assert fate(old, new, 3) == Fate("carries_on", 3)
    assert fate(old, new, 1) == Fate("carries_on", 1)


def test_other_settings_and_turning_off_are_changes():
    assert fate((step(1),), (step(1, params={"a": 1}),), 1) == Fate("meets_changes", 1)
    assert fate((step(1),), (step(1, published=False),), 1) == Fate("meets_changes", 1)


def test_new_notes_are_no_change():
    new = Step(1, "X", {}, {}, True, "what it is for")
    assert fate((step(1),), (new,), 1) == Fate("carries_on", 1)


def test_a_step_of_another_kind_is_another_step():
    old, new = (step(1), step(2)), (step(1, "Y"), step(2))
    assert fate(old, new, 1) == Fate("goes_to", 2)
    assert fate(old, new, 1, "exit") == Fate("leaves", None)


def test_whose_step_is_gone_goes_to_the_next_one_that_survives():
    old, new = tuple(step(i) for i in (1, 2, 3, 4)), (step(4), step(1))
    assert fate(old, new, 2) == fate(old, new, 3) == Fate("goes_to", 4)


def test_out_of_a_branch_the_way_leads_below_and_never_into_the_other_branch():
    old = (step(1, true=(step(2),), false=(step(3),)), step(4))
    new = (step(1, true=(), false=(step(3),)), step(4))
    assert fate(old, new, 2) == Fate("goes_to", 4)


def test_below_two_levels_of_branches_that_are_gone_too():
    old = (step(1, a=(step(2, b=(step(3),)), step(4))), step(5))
    assert fate(old, (step(5),), 3) == Fate("goes_to", 5)
    assert fate(old, (step(1, a=(step(4),)), step(5)), 3) == Fate("goes_to", 4)


def test_nobody_goes_into_a_branch_of_a_step_that_is_gone():
    old = (step(1, true=(step(2),)), step(3))
    assert fate(old, (step(2), step(3)), 1) == Fate("goes_to", 3)


def test_when_nothing_below_survives_the_journey_is_completed():
    old = (step(1), step(2), step(3))
    assert fate(old, (step(1),), 2) == Fate("completes", None)
    assert fate(old, (step(1),), 2, "exit") == Fate("leaves", None)


@given(steps, steps)
def test_every_step_has_a_fate_and_every_way_leads_to_a_step_that_is_there(one, other):
    old = lay_flat(with_ids(one, count(1)))
    new = lay_flat(with_ids(other, count(1)))
    found = fates(old, new, "next")
    assert list(found) == list(old.steps)
    for step_id, fate_ in found.items():
        assert (fate_.step_id is None) == (fate_.word == "completes")
        if fate_.step_id is not None:
            assert new.steps[fate_.step_id].action == old.steps[fate_.step_id].action
            assert fate_.stays == (fate_.step_id == step_id)
            assert old.order[fate_.step_id] >= old.order[step_id]
    assert all(f.stays for f in fates(old, old, "exit").values())
