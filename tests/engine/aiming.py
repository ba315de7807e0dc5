"""Journeys with goals, for tests, and what was reached of them."""

from __future__ import annotations

from tests.documents import journey, rule
from tests.world_host import CITY

BOUGHT = {"type": "CustomEvent", "params": {"event": "bought"}}
OSLO = rule(CITY, "is", "Oslo")


def goal(name="Bought", **more):
    return {"name": name} | ({"event": BOUGHT} if "criteria" not in more else {}) | more


def aiming(*steps, goals, **more):
    return journey(*steps, goals=list(goals), **more)


def buy(world, *people, **more):
    """The host reports it, and it is routed."""
    data = {"data": {"name": "bought", "properties": {}}}
    world.accept(*(world.event(i, type="custom", **(data | more)) for i in people))
    world.turn_wheel(world.services.intake.route)


def reached(world):
    rows = world.rows(world.tables.goals_reached)
    return sorted((row["enrollment_id"], row["goal"]) for row in rows)


def look(world):
    """Workers look over everybody."""
    for _ in range(3):
        world.turn(minutes=11)
        world.seconds += 60
        world.run()
