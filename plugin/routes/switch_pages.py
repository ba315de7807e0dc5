"""Turning a journey on and off: a question with the numbers, then the act."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal, cast

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from plugin.engine.overdue import MOST_HOURS, SPREAD_HOURS, Choice, How, unasked
from plugin.engine.services import Services
from plugin.errors import InvalidDocument, Problem
from plugin.routes.access import Visitor
from plugin.routes.doors import JOURNEY, Doors
from plugin.routes.kind_words import Wording
from plugin.routes.pages import Pages

#: What may become of those who are overdue, as the question offers it.
CHOICES: Mapping[How, str] = {
    "now": "all go on at once",
    "spread": "go on little by little, inside the windows of their waits",
    "skip": "skip the step whose turn had come",
    "end": "leave the journey",
}


class SwitchPages:
    def __init__(self, services: Services, pages: Pages) -> None:
        self._services, self._pages = services, pages

    def add_to(self, doors: Doors) -> None:
        doors.page(f"{JOURNEY}/enable", "enable", "manage", self.enable, "GET", "POST")
        doors.page(f"{JOURNEY}/disable", "disable", "manage", self.disable, "GET", "POST")

    def enable(self, visitor: Visitor, journey_id: int) -> ResponseReturnValue:
        act = partial(self._services.authoring.enable, overdue=_choice())
        return self._answer(visitor, journey_id, "on", act)

    def disable(self, visitor: Visitor, journey_id: int) -> ResponseReturnValue:
        return self._answer(visitor, journey_id, "off", self._services.authoring.disable)

    def _answer(
        self,
        visitor: Visitor,
        journey_id: int,
        to: Literal["on", "off"],
        act: Callable[[int, int, str], None],
    ) -> ResponseReturnValue:
        if request.method != "POST":
            return self._question(visitor, journey_id, to)
        try:
            act(visitor.user_id, journey_id, visitor.actor)
        except InvalidDocument as error:
            return self._question(visitor, journey_id, to, error.problems)
        return redirect(url_for("journeys.design", journey_id=journey_id, done=to), 303)

    def _question(
        self,
        visitor: Visitor,
        journey_id: int,
        to: Literal["on", "off"],
        problems: Sequence[Problem] = (),
    ) -> ResponseReturnValue:
        reading = self._services.reading
        page = reading.journey(visitor.user_id, journey_id)
        if (page.status == "enabled") == (to == "on") and not problems:
            return redirect(url_for("journeys.design", journey_id=journey_id))
        wording = Wording(self._services, self._services.catalog(visitor.user_id))
        inside = reading.inside(visitor.user_id, journey_id)
        return self._pages.show(
            visitor,
            f"turn_{to}.html",
            code=422 if problems else 200,
            page=page,
            trigger=wording.trigger(page.document.trigger),
            inside=inside,
            problems=problems,
            choices=CHOICES,
            unasked=unasked(inside.overdue),
            most_hours=MOST_HOURS,
        )


def _choice() -> Choice | None:
    """What the form says; None where it says nothing that is offered."""
    how, hours = request.form.get("overdue", ""), request.form.get("hours", "")
    if how not in CHOICES:
        return None
    fits = hours.isascii() and hours.isdecimal() and len(hours) < 5
    return Choice(cast(How, how), min(max(int(hours), 1), MOST_HOURS) if fits else SPREAD_HOURS)
