"""Archive, restore, delete: at once for the journey, in batches for its people."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from plugin.engine import tasks
from plugin.errors import Conflict, NotFound
from tests.documents import journey, update, wait, webhook
from tests.world_host import LEVEL, OWNER, STRANGER
from tests.world_parts import Died

TEXT = journey(webhook(), update(LEVEL, "x"), wait(1, "days"))


@pytest.fixture
def filled(world, monkeypatch):
    monkeypatch.setattr(tasks, "BATCH", 3)
    monkeypatch.setattr(tasks, "ERASED", 3)
    published = world.publish(TEXT)
    world.enter(7)
    world.run()
    return published


def status(world, published):
    return world.row(world.tables.journeys, id=published.id)["status"]


def acts(world):
    return [row["act"] for row in world.rows(world.tables.audit)]


def test_whoever_is_inside_leaves_and_nobody_enters(world, filled):
    world.services.archiving.archive(OWNER, filled.id, "user:1")
    assert set(world.states()) == {"ended"}
    assert world.counted("ended") == {"archived": 7}
    row = world.people()[0]
    assert world.history(row["id"])[-1]["detail"] == {"reason": "archived", "by_hand": "user:1"}
    (task,) = world.services.reading.tasks(OWNER, filled.id)
    assert (task.kind, task.people, task.done, task.finished_at) == ("archive", 7, 7, world.now)
    world.enter(1)
    world.run()
    assert len(world.people()) == 7


def test_frozen_people_leave_as_well(world, filled):
    world.disable(filled)
    world.turn(days=2)
    world.run()
    world.services.archiving.archive(OWNER, filled.id, "user:1")
    assert set(world.states()) == {"ended"}


def test_a_restored_journey_is_off_and_can_be_turned_on(world, filled):
    archiving = world.services.archiving
    with pytest.raises(Conflict, match="Archive it first"):
        archiving.restore(OWNER, filled.id, "user:1")
    archiving.archive(OWNER, filled.id, "user:1")
    with pytest.raises(Conflict, match="archived already"):
        archiving.archive(OWNER, filled.id, "user:1")
    archiving.restore(OWNER, filled.id, "user:1")
    assert status(world, filled) == "disabled"
    world.enable(filled)
    world.enter(1)
    world.run()
    assert world.states() == ["ended"] * 7 + ["waiting"]
    assert acts(world)[3:] == ["journey.archive", "journey.restore", "journey.enable"]


def test_what_is_lost_is_told_and_only_what_is_archived_is_deleted(world, filled):
    weight = world.services.reading.weight(OWNER, filled.id)
    assert (weight.people, weight.lines, weight.deliveries, weight.versions) == (7, 21, 7, 1)
    for act in (world.services.archiving.delete, world.services.archiving.restore):
        with pytest.raises(Conflict, match="Archive it first"):
            act(OWNER, filled.id, "user:1")
        with pytest.raises(NotFound):
            act(STRANGER, filled.id, "user:9")
    with pytest.raises(NotFound):
        world.services.reading.weight(STRANGER, filled.id)


def leftovers(world, published):
    """Tables in which something of the journey or its people is left; the audit stays."""
    with world.host.engine.connect() as connection:
        return [
            name
            for name, table in world.tables.metadata.tables.items()
            if {"journey_id", "enrollment_id", "delivery_id"} & set(table.c.keys())
            and not name.endswith(("audit", "tasks"))
            and connection.scalar(sa.select(sa.func.count()).select_from(table))
        ]


def test_a_deleted_journey_leaves_nothing_but_the_audit(world, filled):
    world.services.archiving.archive(OWNER, filled.id, "user:1")
    world.services.archiving.delete(OWNER, filled.id, "user:1")
    world.other_side.requests.clear()  # nobody knows any more what was promised
    assert leftovers(world, filled) == []
    assert world.rows(world.tables.journeys) == []
    assert acts(world)[-1] == "journey.delete"
    with pytest.raises(NotFound):
        world.services.reading.journey(OWNER, filled.id)


def test_other_journeys_keep_everything(world, filled):
    other = world.publish(TEXT.replace("Test journey", "Other"))
    world.enter(2)
    world.run()
    kept = [world.history(row["id"]) for row in world.people(other)]
    world.services.archiving.archive(OWNER, filled.id, "user:1")
    world.services.archiving.delete(OWNER, filled.id, "user:1")
    assert [world.history(row["id"]) for row in world.people(other)] == kept
    assert len(world.deliveries()) == 2
    keys = {row["delivery_key"] for row in world.deliveries()}
    requests = world.other_side.requests
    requests[:] = [r for r in requests if r.headers["webhook-id"] in keys]


@pytest.mark.parametrize("point", ["task.after_claim", "task.before_commit", "task.after_commit"])
@pytest.mark.parametrize("kind", ["archive", "delete"])
def test_a_death_in_the_middle_is_made_good(world, filled, point, kind):
    if kind == "delete":
        world.services.archiving.archive(OWNER, filled.id, "user:1")
    world.fate.point, world.fate.passing = point, 2
    with pytest.raises(Died):
        getattr(world.services.archiving, kind)(OWNER, filled.id, "user:1")
    if point != "task.after_commit":
        with pytest.raises(Conflict, match=r"still being archived|being deleted"):
            world.services.archiving.restore(OWNER, filled.id, "user:1")
    world.restart()
    world.run()
    if kind == "archive":
        assert world.counted("ended") == {"archived": 7}
        assert {len(world.history(row["id"])) for row in world.people()} == {4}
    else:
        assert leftovers(world, filled) == []
        world.other_side.requests.clear()
    (task, *_) = world.services.reading.tasks(OWNER, filled.id)
    assert (task.kind, task.done) == (kind, 7)
