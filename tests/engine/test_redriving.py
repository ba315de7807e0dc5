"""Held and parked people by hand: tried again with the same keys, past the step, or out."""

from __future__ import annotations

import pytest

from plugin.domain.enrollment import Failed, Next
from plugin.engine import tasks
from plugin.engine.moves import Mover
from plugin.engine.tasks_port import Order
from plugin.errors import Conflict, NotFound
from tests.documents import journey, step, update, wait
from tests.engine.kinds import acting
from tests.world_host import LEVEL, OWNER, STRANGER
from tests.world_parts import Died, counted


class Mood:
    """A step that parks everybody at once until it is mended."""

    def __init__(self):
        self.mended = False

    def run(self, batch, work):
        if self.mended:
            return dict.fromkeys(batch.subscribers, Next())
        return {
            i: Failed(f"bad_{s.subscriber_id % 2}", "It will not do.", final=True)
            for i, s in batch.subscribers.items()
        }


@pytest.fixture
def mood():
    return Mood()


@pytest.fixture
def stuck(make_world, mood):
    """Makes a world in which so many people are parked, for one of two causes each."""

    def make(people):
        world = make_world(more_actions=[acting(mood.run, "Moody")])
        published = world.publish(journey(step("Moody"), update(LEVEL, "after"), wait(1, "days")))
        world.enter(people)
        world.run()
        assert set(world.states()) == {"parked"}
        return world, published

    return make


def order(published, kind, **more):
    return Order(OWNER, published.id, kind, "user:1", 0, **more)


def audit(world):
    rows = world.rows(world.tables.audit)
    return [(row["act"], row["actor"], row["detail"]) for row in rows]


def test_they_are_grouped_by_cause_and_step(stuck):
    world, published = stuck(5)
    groups = world.services.reading.stopped(OWNER, published.id)
    assert [(g.cause, g.people, g.state, g.step_id) for g in groups] == [
        ("bad_1", 3, "parked", published.steps[0]),
        ("bad_0", 2, "parked", published.steps[0]),
    ]
    assert {(g.cause_text, g.journey_name, g.since) for g in groups} == {
        ("It will not do.", "Test journey", world.now)
    }
    assert world.services.reading.stopped(OWNER, None) == groups
    assert world.services.reading.stopped(STRANGER, None) == []


def test_one_is_tried_again_and_the_history_says_who_did_it(stuck, mood):
    world, published = stuck(2)
    first, second = world.people()
    mood.mended = True
    world.services.redriving.one(OWNER, published.id, first["id"], "retry", "user:1")
    world.run()
    assert world.path(first["id"])[:3] == ["Moody parked", "Moody retried", "Moody next"]
    assert world.history(first["id"])[1]["detail"] == {"by_hand": "user:1", "code": "bad_1"}
    assert world.states() == ["waiting", "parked"]
    assert audit(world)[-1] == ("person.retry", "user:1", {"enrollment_id": first["id"]})
    assert world.person(second["subscriber_id"])["cause"] == "bad_0"


def test_one_passes_the_step_and_another_leaves(stuck):
    world, published = stuck(2)
    first, second = (row["id"] for row in world.people())
    world.services.redriving.one(OWNER, published.id, first, "skip", "user:1")
    world.services.redriving.one(OWNER, published.id, second, "end", "user:1")
    world.run()
    assert world.path(first)[1:3] == ["Moody skipped", "UpdateCustomFieldValue next"]
    assert world.path(second) == ["Moody parked", "Moody end"]
    assert world.states() == ["waiting", "ended"]
    assert world.counted("ended") == {"ended_by_hand": 1}


def test_who_is_not_stopped_or_belongs_to_others_is_left_alone(stuck, mood):
    world, published = stuck(1)
    (row,) = world.people()
    with pytest.raises(NotFound):
        world.services.redriving.one(STRANGER, published.id, row["id"], "end", "user:9")
    with pytest.raises(NotFound):
        world.services.redriving.all(Order(STRANGER, published.id, "end", "user:9", 0, "bad_1"))
    mood.mended = True
    world.services.redriving.one(OWNER, published.id, row["id"], "retry", "user:1")
    with pytest.raises(Conflict, match="not held or parked"):
        world.services.redriving.one(OWNER, published.id, row["id"], "retry", "user:1")
    with pytest.raises(Conflict, match="Nobody is held or parked"):
        world.services.redriving.all(order(published, "end", cause="bad_1"))


def test_all_of_a_cause_go_and_the_others_stay(stuck, mood):
    world, published = stuck(5)
    mood.mended = True
    ordered = world.services.redriving.all(order(published, "retry", cause="bad_1"))
    world.run()
    assert ordered.people == 3
    assert sorted(world.states()) == ["parked"] * 2 + ["waiting"] * 3
    (row,) = world.services.reading.tasks(OWNER, published.id)
    assert (row.people, row.done, row.error, row.finished_at) == (3, 3, None, world.now)
    detail = {"task": row.task_id, "people": 3, "cause": "bad_1", "step_id": None}
    assert audit(world)[-1] == ("people.retry", "user:1", detail)


def test_a_step_narrows_it_down(stuck):
    world, published = stuck(2)
    with pytest.raises(Conflict):
        other = published.steps[1]
        world.services.redriving.all(order(published, "end", cause="bad_1", step_id=other))
    at = published.steps[0]
    world.services.redriving.all(order(published, "end", cause="bad_1", step_id=at))
    assert world.states() == ["ended", "parked"]


def test_who_is_parked_in_a_journey_that_is_off_freezes_when_tried_again(stuck, mood):
    world, published = stuck(1)
    world.disable(published)
    mood.mended = True
    world.services.redriving.all(order(published, "retry", cause="bad_1"))
    world.run()
    (row,) = world.people()
    assert (row["state"], row["due_at"], row["frozen_due_at"]) == ("active", None, world.now)
    world.enable(published)
    world.run()
    assert world.states() == ["waiting"]


def test_ten_thousand_are_many_small_transactions(stuck, mood, monkeypatch):
    monkeypatch.setattr(tasks, "BATCH", 7)
    world, published = stuck(40)
    passed = world.fate.names.count("task.after_commit")
    world.services.redriving.all(order(published, "skip", cause="bad_0"))
    assert world.fate.names.count("task.after_commit") - passed == 4  # 3 of people, and the end
    world.run()
    assert sorted(world.states()) == ["parked"] * 20 + ["waiting"] * 20


def test_a_batch_of_a_thousand_costs_as_many_statements_as_one_of_ten(stuck):
    def statements(people):
        world, published = stuck(people)
        with counted() as seen:
            world.services.redriving.all(order(published, "skip", cause="bad_0"))
        return len(seen)

    few = statements(20)
    assert few < 40


@pytest.mark.parametrize("point", ["task.after_claim", "task.before_commit", "task.after_commit"])
@pytest.mark.parametrize("kind", ["retry", "skip", "end"])
def test_a_death_in_the_middle_moves_nobody_twice_and_forgets_nobody(
    stuck, mood, monkeypatch, point, kind
):
    monkeypatch.setattr(tasks, "BATCH", 3)
    world, published = stuck(20)
    mood.mended = True
    world.fate.point, world.fate.passing = point, 2
    with pytest.raises(Died):
        world.services.redriving.all(order(published, kind, cause="bad_0"))
    world.restart()
    world.run()
    moved = {"retry": "retried", "skip": "skipped", "end": "end"}[kind]
    lines = [sum(p.endswith(moved) for p in world.path(r["id"])) for r in world.people()]
    assert sorted(lines) == [0] * 10 + [1] * 10
    assert world.states().count("parked") == 10
    (row,) = world.services.reading.tasks(OWNER, published.id)
    assert (row.done, row.finished_at) == (10, world.now)


def test_a_task_that_cannot_be_done_is_given_up_and_stops_nobody_else(stuck, mood):
    world, published = stuck(2)
    mood.mended = True
    with world.host.engine.begin() as connection:
        versions = world.tables.versions
        kept = dict(connection.execute(versions.select()).mappings().one())
        connection.execute(versions.delete())
    world.restart()
    world.services.redriving.all(order(published, "retry", cause="bad_1"))
    with world.host.engine.begin() as connection:
        connection.execute(versions.insert().values(**kept))
    rows = world.services.reading.tasks(OWNER, published.id)
    assert [(row.error, row.done) for row in rows] == [("NotFound", 0)]
    world.services.redriving.all(order(published, "retry", cause="bad_0"))
    world.run()
    assert world.states() == ["parked", "waiting"]


def test_a_batch_takes_as_many_statements_for_a_thousand_as_for_ten(stuck, monkeypatch):
    world, published = stuck(1010)
    monkeypatch.setattr("plugin.engine.redriving.SECONDS", -1.0)
    monkeypatch.setattr(tasks, "BATCH", 10)
    world.services.redriving.all(order(published, "retry"))
    runner = tasks.Runner(world.services.begin, Mover(lambda: 0.5), world.around)
    counts = []
    for people in (10, 1000):
        monkeypatch.setattr(tasks, "BATCH", people)
        with counted() as statements:
            done = runner.step()
        counts.append(len(statements.of_work()))
    print(f"statements of a batch: {counts}")
    assert done in (1000, 990)
    assert counts[0] == counts[1] <= 12
