"""Orders to let many in that are halted, yield, or die in the middle: the end is the same."""

from __future__ import annotations

import pytest

from plugin.engine import bulk, tasks
from plugin.errors import Conflict, NotFound
from tests.documents import journey, update, wait
from tests.engine.many import BY_HAND, OSLO, TEXT, citizens, inside, look_again, order, task
from tests.world_host import (
    CITY,
    LEVEL,
    LIST,
    OTHER_LIST,
    OWNER,
    STRANGER,
)
from tests.world_parts import Died


@pytest.fixture(autouse=True)
def three_in_a_batch(monkeypatch):
    monkeypatch.setattr(tasks, "BATCH", 3)
    monkeypatch.setattr(bulk, "BATCH", 3)


@pytest.fixture
def slow(monkeypatch):
    """Whoever orders leaves all of it to the workers."""
    monkeypatch.setattr(tasks.Runner, "go_on_for", lambda self, seconds: None)


def test_a_paused_order_rests_until_it_is_resumed(world, slow):
    published = world.publish(TEXT)
    world.host.subscribe(7)
    ordered = order(world, published)
    world.tick()
    assert len(inside(world)) == 3
    world.services.bulk.pause(OWNER, ordered.task_id, "user:7")
    look_again(world)
    assert (len(inside(world)), task(world).halted) == (3, "paused")
    world.services.bulk.resume(OWNER, ordered.task_id, "user:7")
    world.seconds += 2
    world.run()
    assert (len(inside(world)), task(world).halted) == (7, None)
    acts = [(row["act"], row["actor"]) for row in world.rows(world.tables.audit)]
    assert acts[-2:] == [("task.pause", "user:7"), ("task.resume", "user:7")]


def test_a_cancelled_order_is_over_and_whoever_has_entered_stays(world, slow):
    published = world.publish(TEXT)
    world.host.subscribe(7)
    ordered = order(world, published)
    world.tick()
    world.services.bulk.cancel(OWNER, ordered.task_id, "user:1")
    look_again(world)
    assert (len(inside(world)), task(world).error) == (3, "cancelled")
    assert set(world.states()) == {"waiting"}
    for act in (world.services.bulk.pause, world.services.bulk.resume, world.services.bulk.cancel):
        with pytest.raises(Conflict, match="is over"):
            act(OWNER, ordered.task_id, "user:1")


def test_orders_of_others_do_not_exist_and_archiving_is_not_halted(world, slow):
    published = world.publish(TEXT)
    world.host.subscribe(1)
    ordered = order(world, published)
    for act in (world.services.bulk.pause, world.services.bulk.resume, world.services.bulk.cancel):
        with pytest.raises(NotFound):
            act(STRANGER, ordered.task_id, "user:2")
    with pytest.raises(Conflict, match="under way already"):
        world.services.bulk.resume(OWNER, ordered.task_id, "user:1")
    world.services.archiving.archive(OWNER, published.id, "user:1")
    archiving = task(world)
    with pytest.raises(Conflict, match="must come to its end"):
        world.services.bulk.cancel(OWNER, archiving.task_id, "user:1")


def test_a_journey_that_is_turned_off_halts_the_order_until_somebody_resumes_it(world, slow):
    published = world.publish(TEXT)
    world.host.subscribe(5)
    ordered = order(world, published)
    world.tick()
    world.disable(published)
    look_again(world)
    assert (len(inside(world)), task(world).halted) == (3, "not_enabled")
    assert "Turn it on" in task(world).halted_text
    with pytest.raises(Conflict, match="Turn it on first"):
        world.services.bulk.resume(OWNER, ordered.task_id, "user:1")
    world.enable(published)
    look_again(world)
    assert len(inside(world)) == 3
    world.services.bulk.resume(OWNER, ordered.task_id, "user:1")
    world.seconds += 2
    world.run()
    assert (len(inside(world)), task(world).error) == (5, None)


def test_an_archived_journey_ends_its_orders(world, slow):
    published = world.publish(TEXT)
    world.host.subscribe(5)
    ordered = order(world, published)
    world.services.bulk.pause(OWNER, ordered.task_id, "user:1")
    world.services.archiving.archive(OWNER, published.id, "user:1")
    row = next(t for t in world.services.reading.tasks(OWNER, None) if t.kind == "enroll")
    assert (row.error, row.finished_at, row.halted) == ("archived", world.now, None)


def test_a_field_that_is_gone_halts_the_order_until_it_is_back(world, slow):
    published = world.publish(TEXT)
    citizens(world, *["Oslo"] * 5)
    order(world, published, criteria=OSLO)
    world.tick()
    world.host.rename_column(LIST, f"CustomField{CITY}", "Gone", "TEXT")
    world.restart()
    look_again(world)
    assert (len(inside(world)), task(world).halted) == (3, "field_missing")
    world.host.rename_column(LIST, "Gone", f"CustomField{CITY}", "TEXT")
    world.restart()
    look_again(world)
    assert (len(inside(world)), task(world).halted) == (5, None)
    assert task(world).finished_at is not None


def test_entry_criteria_that_cannot_be_asked_halt_it_as_well(world, slow):
    published = world.publish(journey(wait(9, "days"), entry_criteria=OSLO, **BY_HAND))
    citizens(world, *["Oslo"] * 5)
    order(world, published)
    world.host.rename_column(LIST, f"CustomField{CITY}", "Gone", "TEXT")
    world.restart()
    look_again(world)
    assert (inside(world), task(world).halted, task(world).done) == ([], "field_missing", 0)
    world.host.rename_column(LIST, "Gone", f"CustomField{CITY}", "TEXT")
    world.restart()
    look_again(world)
    assert len(inside(world)) == 5


def test_a_list_that_is_gone_halts_the_order_until_it_is_back(world, slow):
    published = world.publish(TEXT)
    world.host.subscribe(4)
    order(world, published)
    world.host.rename(f"subscribers_{LIST}", "away")
    world.restart()
    look_again(world)
    assert (inside(world), task(world).halted) == ([], "list_missing")
    world.host.rename("away", f"subscribers_{LIST}")
    world.restart()
    look_again(world)
    assert len(inside(world)) == 4


def test_a_disabled_account_lets_nobody_in(world, slow):
    published = world.publish(TEXT)
    world.host.subscribe(4)
    order(world, published)
    world.host.set_user(OWNER, AccountStatus="Disabled")
    look_again(world)
    assert (inside(world), task(world).halted) == ([], "account_disabled")
    world.host.set_user(OWNER, AccountStatus="Enabled")
    look_again(world)
    assert len(inside(world)) == 4


def test_many_yield_to_those_who_have_been_due_for_a_second(world, slow):
    published = world.publish(TEXT)
    other = world.publish(journey(wait(9, "days"), name="Other"))
    late = world.host.subscribe(1, OTHER_LIST)
    world.host.subscribe(5)
    order(world, published)
    world.services.enrolling.enroll(OWNER, other.id, OTHER_LIST, late)
    world.turn(seconds=1)
    runner = world.services.bulk._runner
    assert runner.step() == 1
    assert inside(world, published) == []
    assert runner.step() == 0  # it yields for a second, and others have their turn
    world.run()
    look_again(world, 2)
    assert len(inside(world, published)) == 5


def test_orders_take_turns_batch_by_batch(world, slow):
    first = world.publish(TEXT)
    second = world.publish(TEXT.replace("Test journey", "Second"))
    world.host.subscribe(7)
    order(world, first)
    order(world, second)
    runner = world.services.bulk._runner
    for _ in range(4):
        world.turn(milliseconds=10)
        runner.step()
    assert (len(inside(world, first)), len(inside(world, second))) == (6, 6)


@pytest.mark.parametrize("point", ["task.after_claim", "task.before_commit", "task.after_commit"])
def test_a_death_in_any_batch_changes_nothing_in_the_end(world, slow, point):
    """`every_time`: no entry key keeps anybody from entering twice, but the order's own."""
    for passing in (1, 2, 3):
        published = world.publish(journey(update(LEVEL, "in"), reentry="every_time", **BY_HAND))
        ids = citizens(world, *["Oslo", "Rome", "Oslo", "Oslo", "Oslo", "Rome", "Oslo"])
        order(world, published, criteria=OSLO)
        world.fate.point, world.fate.passing = point, passing
        with pytest.raises(Died):
            for _ in range(10):
                world.seconds += 2
                world.tick()
        world.restart()
        world.run()
        assert inside(world) == [ids[i] for i in (0, 2, 3, 4, 6)]
        assert list(world.host.values(LEVEL).values()).count("in") == 5
        row = task(world)
        assert (row.done, row.figures["entered"], row.figures["unfit"]) == (7, 5, 2)
        assert row.finished_at is not None
        assert world.counted("entered") == {"": 5}
        world.begin_anew()
