"""Split: an arm for each passage, the same whatever happens, and other weights for later ones."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from plugin.domain.lots import drawn, lot
from plugin.errors import InvalidDocument
from tests.documents import journey, off, step, update, wait
from tests.engine.versions import draft, go_over, revision
from tests.world_host import LEVEL, OWNER
from tests.world_parts import Died

THREE = {"a": 2, "b": 5, "c": 3}


def split(weights, **branches):
    arms = [{"name": name, "weight": weight} for name, weight in weights.items()]
    return step("Split", branches or None, arms=arms)


def expected(world, weights, at):
    """By what the hash says of each passage."""
    with world.services.begin() as work:
        installation = work.store.installation()
    return {row["id"]: drawn(lot(installation, row["id"], at), weights) for row in world.people()}


def taken(world, at):
    rows = world.rows(world.tables.step_log, step_id=at, outcome="branch")
    return {row["enrollment_id"]: row["branch"] for row in rows}


def test_people_go_down_the_arms_and_are_counted_there(world):
    made = world.publish(
        journey(split(THREE, a=[update(LEVEL, "A")], b=[update(LEVEL, "B")]), wait(1, "days"))
    )
    world.enter(300)
    world.run()
    arms = taken(world, made.steps[0])
    assert arms == expected(world, THREE, made.steps[0])
    many = Counter(arms.values())
    assert set(many) == set(THREE)
    left = world.counted("left", step_id=made.steps[0])
    assert left == {f"branch:{arm}": n for arm, n in many.items()}
    levels = Counter(world.host.values(LEVEL).values())
    assert levels == {"A": many["a"], "B": many["b"], None: many["c"]}
    assert {row["step_id"] for row in world.people()} == {made.steps[-1]}
    figures = world.services.reading.journey(OWNER, made.id).counts[made.steps[0]]
    assert {name: figures[f"branch:{name}"] for name in THREE} == dict(many)
    (line,) = world.rows(world.tables.step_log, enrollment_id=world.people()[0]["id"], visit=1)
    assert line["detail"] == {"share": {"a": "20 %", "b": "50 %", "c": "30 %"}[line["branch"]]}


@pytest.mark.parametrize("point", ["step.after_run", "step.after_settle", "step.before_commit"])
def test_the_arm_is_the_same_after_a_death(world, point):
    made = world.publish(journey(split(THREE), wait(1, "days")))
    world.enter(50)
    world.fate.point = point
    with pytest.raises(Died):
        world.run()
    assert taken(world, made.steps[0]) == {}
    world.restart()
    world.run()
    assert taken(world, made.steps[0]) == expected(world, THREE, made.steps[0])


def test_the_arm_is_the_same_in_whatever_batch_somebody_comes(make_world):
    world = make_world(tick_rows=7)
    made = world.publish(journey(split(THREE), wait(1, "days")))
    world.enter(40)
    world.run()
    assert taken(world, made.steps[0]) == expected(world, THREE, made.steps[0])


def test_other_weights_hold_for_those_who_come_later_and_move_nobody_who_has_passed(world):
    made = world.publish(journey(wait(1, "hours"), split(THREE, a=[wait(9, "days")]), wait(9)))
    early = world.enter(60)
    world.run()
    world.turn(hours=1)
    world.run()
    before = taken(world, made.steps[1])
    at = {row["id"]: row["step_id"] for row in world.people()}
    late = world.enter(60)
    world.run()
    edited = draft(world, made)
    edited["steps"][1]["params"]["arms"] = [{"name": "a", "weight": 1}, {"name": "b", "weight": 9}]
    text, number = json.dumps(edited), revision(world, made)
    world.services.editing.update_text(OWNER, made.id, text, "cli", number)
    world.services.publishing.publish(OWNER, made.id, "cli")
    go_over(world)
    world.turn(hours=1)
    world.run()
    after, new = taken(world, made.steps[1]), expected(world, {"a": 1, "b": 9}, made.steps[1])
    assert {who: after[who] for who in before} == before
    assert {row["id"]: row["step_id"] for row in world.people() if row["id"] in at} == at
    later = {row["id"] for row in world.people() if row["subscriber_id"] in late}
    assert {who: after[who] for who in later} == {who: new[who] for who in later}
    assert any(before[who] != new[who] for who in before)
    assert len(before) == len(early) and len(later) == len(late)


def test_a_split_that_is_off_is_passed_through(world):
    world.publish(journey(off(split(THREE, a=[update(LEVEL, "A")])), wait(1, "days")))
    world.enter(9)
    world.run()
    assert set(world.host.values(LEVEL).values()) == {None}
    assert world.states() == ["waiting"] * 9


@pytest.mark.parametrize(
    ("arms", "path"),
    [
        ([("a", 1)], "arms"),
        ([(f"a{n}", 1) for n in range(11)], "arms"),
        ([("a", 1), ("a", 2)], "arms"),
        ([("a", 0), ("b", 1)], "arms/0/weight"),
        ([("a", 1), ("b", -1)], "arms/1/weight"),
        ([("a", 1.5), ("b", 1)], "arms/0/weight"),
        ([("A b", 1), ("b", 1)], "arms/0/name"),
        ([("a" * 41, 1), ("b", 1)], "arms/0/name"),
    ],
)
def test_arms_that_are_none_are_refused_with_their_place(world, arms, path):
    placed = step("Split", arms=[{"name": name, "weight": weight} for name, weight in arms])
    with pytest.raises(InvalidDocument) as refused:
        world.publish(journey(placed, wait()))
    assert [problem.path for problem in refused.value.problems] == [f"/steps/0/params/{path}"]
