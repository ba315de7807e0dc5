"""What tests of versions have in common: drafts that are edited, and people who go over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plugin.domain.codec import encode
from plugin.engine.changing_over import ChangingOver
from plugin.engine.moves import Mover
from plugin.engine.publishing import Published as NewVersion
from tests.documents import Plain, journey
from tests.world import Published, World
from tests.world_host import OWNER

#: Longer than a worker lets pass before it looks for what lies beside its stream of people.
LOOK_SECONDS = 2.0


def waiting(world: World, *steps: Plain, people: int = 1, **more: Any) -> Published:
    """A journey in which people wait at the first step."""
    made = world.publish(journey(*steps, **more))
    world.enter(people)
    world.run()
    return made


def draft(world: World, of: Published) -> Plain:
    return encode(world.services.authoring.export(OWNER, of.id))


def revision(world: World, of: Published) -> int:
    return world.row(world.tables.journeys, id=of.id)["draft_revision"]


def edit(world: World, of: Published, *steps: Plain, **more: Any) -> int:
    """Replace the draft; answers its revision."""
    text = journey(*steps, **more)
    return world.services.editing.update_text(OWNER, of.id, text, "cli", revision(world, of))


def placed(step_id: int, step: Plain) -> Plain:
    return step | {"id": step_id}


def publish(
    world: World, of: Published, *steps: Plain, removed: str = "next", **more: Any
) -> NewVersion:
    """Edit and publish; nobody has gone over yet."""
    edit(world, of, *steps, **more)
    return world.services.publishing.publish(OWNER, of.id, "cli", removed)


def changer(world: World, batch: int = 1000) -> Callable[[], int]:
    """A worker's batch of a changeover, and nothing else."""
    mover = Mover(lambda: 0.5)
    services = world.services
    return ChangingOver(services.begin, services.actions, mover, world.around, batch).step


def go_over(world: World, batch: int = 1000) -> None:
    """Until everybody is at the newest version. Nobody runs a step."""
    world.turn_wheel(changer(world, batch))


def numbers(world: World, of: Published) -> list[int]:
    """The version number of each enrollment, oldest first."""
    by_id = {row["id"]: row["number"] for row in world.rows(world.tables.versions)}
    return [by_id[row["version_id"]] for row in world.people(of)]


def last_line(world: World, person: Plain) -> Plain:
    return world.history(person["id"])[-1]


def later(world: World) -> None:
    """Workers look aside again, at the same time of day."""
    world.seconds += LOOK_SECONDS
