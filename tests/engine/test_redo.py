"""What people and the host do is run again when the database undid it, and done once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from plugin.engine.redo import MAX_REDO
from plugin.errors import Interrupted
from tests.documents import journey, update
from tests.world_host import LEVEL, LIST, OWNER


@dataclass(eq=False)
class Deadlocks:
    """The database undoes as many transactions as are `left`, at their last moment."""

    left: int = 0
    undone: int = 0

    def __call__(self, connection: sa.Connection) -> None:
        if self.left:
            self.left -= 1
            self.undone += 1
            raise Interrupted("deadlock")


@pytest.fixture
def deadlocks(world):
    """Strikes at COMMIT, wherever it comes from."""
    found = Deadlocks()
    sa.event.listen(sa.Engine, "commit", found)
    yield found
    sa.event.remove(sa.Engine, "commit", found)


@pytest.mark.parametrize("times", [1, MAX_REDO])
def test_a_journey_is_imported_and_turned_on_and_off_once(world, deadlocks, times):
    deadlocks.left = times
    authoring = world.services.authoring
    journey_id = authoring.import_text(OWNER, journey(update(LEVEL, "x")), "cli")
    assert len(world.rows(world.tables.journeys)) == 1
    deadlocks.left = times
    authoring.enable(OWNER, journey_id, "cli")
    assert world.row(world.tables.journeys)["status"] == "enabled"
    assert len(world.rows(world.tables.versions)) == 1
    deadlocks.left = times
    assert len(authoring.export(OWNER, journey_id).steps) == 1
    deadlocks.left = times
    assert authoring.lint(OWNER, journey(update(LEVEL, "x"))) == []
    deadlocks.left = times
    authoring.disable(OWNER, journey_id, "cli")
    assert world.row(world.tables.journeys)["status"] == "disabled"
    assert deadlocks.undone == 5 * times
    actions = [row["act"] for row in world.rows(world.tables.audit)]
    publishes = ["journey.import", "journey.publish", "journey.enable"]
    assert actions == [*publishes, "journey.disable"]


def test_people_are_enrolled_by_hand_once(world, deadlocks):
    published = world.publish(journey(update(LEVEL, "x")))
    people = world.host.subscribe(3)
    deadlocks.left = MAX_REDO
    done = world.services.enrolling.enroll(OWNER, published.id, LIST, [*people, *people, 99])
    assert deadlocks.undone == MAX_REDO
    assert (done.entered, done.refused, done.unknown) == (3, 0, 1)
    assert len(world.people(published)) == 3
    assert sum(world.counted("entered").values()) == 3


def test_what_the_database_undoes_time_after_time_is_told(world, deadlocks):
    deadlocks.left = MAX_REDO + 1
    with pytest.raises(Interrupted):
        world.services.authoring.import_text(OWNER, journey(update(LEVEL, "x")), "cli")
    assert deadlocks.left == 0
    assert world.rows(world.tables.journeys) == []
