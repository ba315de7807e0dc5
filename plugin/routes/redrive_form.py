"""The form with which held and parked people are tried again, sent past the step, or ended."""

from __future__ import annotations

from typing import cast

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from plugin.engine.services import Services
from plugin.engine.tasks_port import Act, Order
from plugin.errors import Conflict
from plugin.routes.access import Visitor
from plugin.routes.doors import JOURNEY, Doors

ACTS = ("retry", "skip", "end")
MAX_ID = 2**53


class RedriveForm:
    def __init__(self, services: Services) -> None:
        self._services = services

    def add_to(self, doors: Doors) -> None:
        doors.page(f"{JOURNEY}/redrive", "redrive", "manage", self.send, "POST")

    def send(self, visitor: Visitor, journey_id: int) -> ResponseReturnValue:
        """One person, or all of a cause at a step. Raises Conflict for what is not offered."""
        user_id = visitor.user_id
        act, cause = request.form.get("act", ""), request.form.get("cause", "")
        person, step = _number("enrollment"), _number("step")
        if act not in ACTS or (person is None and not cause):
            self._services.reading.inside(user_id, journey_id)  # a foreign journey is not found
            raise Conflict("nothing_chosen", "Nobody was chosen, or nothing to do with them.")
        kind = cast(Act, act)
        redriving = self._services.redriving
        if person is not None:
            redriving.one(user_id, journey_id, person, kind, visitor.actor)
            where = url_for("journeys.person", journey_id=journey_id, enrollment_id=person)
            return redirect(where, 303)
        redriving.all(Order(user_id, journey_id, kind, visitor.actor, 0, cause[:64], step))
        return redirect(url_for("journeys.people", journey_id=journey_id), 303)


def _number(name: str) -> int | None:
    text = request.form.get(name, "")
    fits = text.isascii() and text.isdecimal() and len(text) <= 16
    return min(int(text), MAX_ID) if fits else None
