"""What changed from one document to another."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from hypothesis import given

from plugin.domain.codec import with_ids
from plugin.domain.differences import Difference, differences
from plugin.domain.journey import Document, Reentry, Trigger
from plugin.domain.program import Step
from tests.unit.strategies import documents


def step(id, params=None, action="X", **branches):
    return Step(id, action, params or {}, branches)


def document(*steps, **more):
    return Document(Trigger("Manual"), steps, **more)


def found(old, new):
    return [(d.what, d.step_id) for d in differences(document(*old), document(*new))]


def test_steps_are_added_removed_and_changed():
    old = (step(1), step(2, {"a": 1, "b": 2}))
    new = (step(2, {"a": 9, "c": 2}), step(3))
    assert differences(document(*old), document(*new)) == (
        Difference("changed", 2, "X", ("a", "b", "c")),
        Difference("added", 3, "X"),
        Difference("removed", 1, "X"),
    )


def test_only_the_step_that_went_elsewhere_has_moved():
    chain = [step(i) for i in (1, 2, 3, 4)]
    assert found(chain, [chain[3], *chain[:3]]) == [("moved", 4)]
    assert found(chain, [chain[0], chain[2], chain[3]]) == [("removed", 2)]


def test_a_step_that_went_into_a_branch_has_moved():
    assert found((step(1, a=()), step(2)), (step(1, a=(step(2),)),)) == [("moved", 2)]


def test_what_stands_in_a_branch_has_not_moved_when_the_branch_has():
    inner = step(2)
    old, new = (step(1, a=(inner,)), step(3)), (step(3), step(1, a=(inner,)))
    assert [what for what, at in found(old, new)] == ["moved"]


def test_turning_off_notes_and_another_action_are_named():
    old = Step(1, "X", {})
    new = Step(1, "Y", {}, {}, False, "why")
    (only,) = differences(document(old), document(new))
    assert only == Difference("changed", 1, "Y", ("action", "published", "notes"))


def test_settings_are_named():
    old = document(time_zone="UTC")
    new = replace(old, time_zone=None, reentry=Reentry("once_ever"), trigger=Trigger("EmailOpen"))
    assert differences(old, new) == (
        Difference("settings", parts=("trigger", "reentry", "time_zone")),
    )


@given(documents)
def test_nothing_differs_from_itself(made):
    numbered = replace(made, steps=with_ids(made.steps, count(1)))
    assert differences(numbered, numbered) == ()


@given(documents, documents)
def test_two_documents_differ_where_and_only_where_something_is_found(one, other):
    old, new = (replace(d, steps=with_ids(d.steps, count(1))) for d in (one, other))
    same = replace(old, steps=_without_empty(old.steps)) == replace(
        new, steps=_without_empty(new.steps)
    )
    assert (differences(old, new) == ()) == same


def _without_empty(steps):
    """An empty branch says the same as none."""
    return tuple(
        replace(s, branches={n: _without_empty(b) for n, b in s.branches.items() if b})
        for s in steps
    )
