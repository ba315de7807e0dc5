"""Journeys whose only decision asks about people, and what they were told."""

from __future__ import annotations

from typing import Any

from tests.documents import Plain, decide, journey, update, wait
from tests.engine.mail import send
from tests.world import World
from tests.world_host import LEVEL, LIST

#: A step that sends, under an id by which rules name it.
SEND = send() | {"id": 5}


def asked(criteria: Plain, *before: Plain, **more: Any) -> str:
    """Everybody is asked; those of whom it is so have “yes” in a field."""
    decision = decide(criteria, [update(LEVEL, "yes")], [update(LEVEL, "no")])
    return journey(*before, decision, wait(9, "days"), **more)


def told(world: World, person: int) -> list[tuple[bool | None, str | None]]:
    """Truth and value of each rule of the only decision of somebody."""
    row = world.person(person, list_id=LIST)
    lines = [line for line in world.history(row["id"]) if "rules" in (line["detail"] or {})]
    (line,) = lines
    return [(answer["truth"], answer["seen"]) for answer in line["detail"]["rules"]]
