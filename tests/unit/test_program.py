"""The flat program: what follows what, where branches go on, and in which order steps are read."""

from itertools import count

from hypothesis import given

from plugin.domain.codec import with_ids
from plugin.domain.program import Step, lay_flat, walk
from tests.unit.strategies import steps


def step(id, **branches):
    return Step(id=id, action="X", params={}, branches=branches)


def test_a_journey_without_steps_has_no_beginning():
    program = lay_flat(())
    assert (program.first, program.steps, program.after, program.order) == (None, {}, {}, {})


def test_a_chain_goes_from_each_step_to_the_one_below_and_ends():
    program = lay_flat((step(3), step(1), step(2)))
    assert program.first == 3
    assert program.after == {3: 1, 1: 2, 2: None}


def test_a_branch_that_ends_goes_on_below_the_branching_step():
    tree = (step(1, true=(step(2), step(3)), false=(step(4),)), step(5))
    program = lay_flat(tree)
    assert program.after == {1: 5, 2: 3, 3: 5, 4: 5, 5: None}
    assert program.branch(1, "true") == 2
    assert program.branch(1, "false") == 4


def test_an_empty_and_an_absent_branch_go_on_below_the_branching_step():
    program = lay_flat((step(1, true=()), step(2)))
    assert program.branch(1, "true") == 2
    assert program.branch(1, "false") == 2
    assert program.branch(2, "anything") is None


def test_an_empty_branch_of_the_last_step_leads_to_the_end():
    program = lay_flat((step(1, true=(), false=(step(2),)),))
    assert program.branch(1, "true") is None
    assert program.after[2] is None


def test_nested_branches_go_on_below_the_step_that_holds_them():
    inner = step(2, true=(step(3),), false=(step(4, true=(step(5),)),))
    program = lay_flat((step(1, true=(inner, step(6))), step(7)))
    assert program.after == {1: 7, 2: 6, 3: 6, 4: 6, 5: 6, 6: 7, 7: None}


def test_a_branch_at_the_end_of_a_branch_goes_on_below_the_outermost_step():
    inner = step(2, true=(step(3),))
    program = lay_flat((step(1, true=(inner,)), step(4)))
    assert program.after[3] == 4
    assert program.branch(2, "false") == 4


def test_steps_are_read_from_top_to_bottom_with_branches_in_their_order():
    tree = (step(9, b=(step(2), step(7, x=(step(4),))), a=(step(3),)), step(1))
    program = lay_flat(tree)
    assert list(program.steps) == [9, 2, 7, 4, 3, 1]
    assert program.order == {9: 0, 2: 1, 7: 2, 4: 3, 3: 4, 1: 5}
    assert [s.id for s in walk(tree)] == [9, 2, 7, 4, 3, 1]


@given(steps)
def test_whatever_the_tree_everybody_reaches_the_end_and_only_goes_forward(tree):
    program = lay_flat(with_ids(tree, count(1)))
    assert set(program.after) == set(program.steps) == set(program.order)
    assert sorted(program.order.values()) == list(range(len(program.steps)))
    for step_id, placed in program.steps.items():
        targets = [program.after[step_id]]
        targets += [program.branch(step_id, name) for name in [*placed.branches, "absent"]]
        for target in targets:
            assert target is None or program.order[target] > program.order[step_id]
