"""Time goes by, and workers look again: what tests about dates and schedules share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from plugin.engine.listening import Listening
from plugin.engine.planning import Planner
from tests.world import Published, World


def later(world: World, **by: float) -> None:
    """So much later everybody has looked."""
    world.turn(**by)
    world.seconds += 60
    world.run()


def at(world: World, when: str) -> None:
    """It is that moment (UTC), and everybody has looked."""
    world.now = datetime.fromisoformat(when).replace(tzinfo=UTC)
    later(world)


def planner(world: World, rows: int) -> Planner:
    """Another worker's, that looks at few rows at once."""
    services = world.services
    return Planner(
        services.begin, Listening(services.triggers, services.actions), world.around, rows
    )


def who(world: World, journey: Published) -> list[int]:
    """The subscribers who have entered, in the order of entry."""
    return [row["subscriber_id"] for row in world.people(journey)]


def plan_of(world: World, journey: Published) -> dict[str, Any]:
    return world.row(world.tables.plans, journey_id=journey.id)
