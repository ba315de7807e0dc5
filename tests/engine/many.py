"""Orders to let many in, in as few words as the tests need."""

from __future__ import annotations

from plugin.domain.criteria_codec import decode_criteria
from plugin.engine.bulk import Wish
from tests.documents import journey, rule, update, wait
from tests.world_host import CITY, LEVEL, LIST, OWNER

OSLO = {"all": [rule(CITY, "is", "Oslo")]}
BY_HAND = {"lists": None}
TEXT = journey(update(LEVEL, "in"), wait(9, "days"), **BY_HAND)


def wish(*lists, criteria=None):
    return Wish(lists or (LIST,), criteria and decode_criteria(criteria), "user:1")


def order(world, published, *lists, criteria=None):
    return world.services.bulk.order(OWNER, published.id, wish(*lists, criteria=criteria))


def citizens(world, *cities):
    return world.host.subscribe([{f"CustomField{CITY}": city} for city in cities])


def task(world):
    return world.services.reading.tasks(OWNER, None)[0]


def inside(world, published=None):
    return [row["subscriber_id"] for row in world.people(published)]


def look_again(world, seconds=301):
    """What waits for something is looked at every few minutes."""
    world.seconds += seconds
    world.turn(seconds=seconds)
    world.run()
