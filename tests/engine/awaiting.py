"""What tests of waits for events have in common."""

from __future__ import annotations

from typing import Any

from tests.documents import Plain, journey, update, wait, wait_for
from tests.world import Published, World
from tests.world_host import LEVEL, LIST

YES, NO = [update(LEVEL, "yes")], [update(LEVEL, "no")]
PAID: Any = {"what": "custom", "event": "paid"}
PAYS: Any = {"type": "custom", "data": {"name": "paid"}}


def waits(world: World, what: str, people: int = 1, **more: Any) -> tuple[Published, list[int]]:
    """A journey whose first step waits, and people who wait there."""
    placed = wait_for(what, YES, NO, **more)
    published = world.publish(journey(placed, wait(90, "days"), unsubscribed="continue"))
    who = world.enter(people)
    world.run()
    return published, who


def branches(world: World, of: Published | None = None) -> dict[int, list[str]]:
    """Everybody's branches, by their number; those who wait have none."""
    return {
        row["subscriber_id"]: [r["branch"] for r in world.history(row["id"]) if r["branch"]]
        for row in world.people(of, list_id=LIST)
    }


def happens(world: World, who: int, **what: Any) -> None:
    """An event comes, and everybody goes as far as they get."""
    world.accept(world.event(who, **what))
    world.run()


def waiters(world: World) -> list[Plain]:
    return world.rows(world.tables.waiters)


def some_look_again(world: World) -> bool:
    """Whether anybody is to look once more for what happened while they came to wait; whoever is
    frozen aside."""
    looking = {row["enrollment_id"] for row in waiters(world) if row["looks_to"] != 0}
    people = world.people() if looking else ()
    return any(row["id"] in looking and row["due_at"] is not None for row in people)
