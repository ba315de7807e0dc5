"""A journey as it is drawn: its trigger, its steps, and how many stand and went where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import request
from flask.typing import ResponseReturnValue

from plugin.engine.reading import JourneyPage
from plugin.engine.services import Services
from plugin.routes import words
from plugin.routes.access import Visitor
from plugin.routes.doors import JOURNEY, Doors
from plugin.routes.goal_words import goal_lines
from plugin.routes.kind_words import Wording, rule_lines
from plugin.routes.outline import cards
from plugin.routes.pages import Pages

#: What a notice may say, by the word in the address.
DONE = {
    "imported": "Imported. It is off: look it over, then turn it on.",
    "on": "Turned on. People enter from now on.",
    "off": "Turned off. Nobody enters; people inside are frozen where they stand.",
}


class DesignPage:
    def __init__(self, services: Services, pages: Pages) -> None:
        self._services, self._pages = services, pages

    def add_to(self, doors: Doors) -> None:
        doors.page(JOURNEY, "design", "view", self.show)

    def show(self, visitor: Visitor, journey_id: int) -> ResponseReturnValue:
        page = self._services.reading.journey(visitor.user_id, journey_id)
        wording = Wording(self._services, self._services.catalog(visitor.user_id))
        return self._pages.show(
            visitor,
            "design.html",
            page=page,
            trigger=wording.trigger(page.document.trigger),
            cards=cards(page, wording),
            rules=_rules(page, wording),
            ends=[f"{n:,} {words.end(reason)}" for reason, n in _largest_first(page.ends)],
            refusals=[(n, words.refusal(why)) for why, n in _largest_first(page.refusals)],
            outline=request.args.get("view") == "outline",
            done=DONE.get(request.args.get("done", ""), ""),
        )


def _rules(page: JourneyPage, wording: Wording) -> Sequence[str]:
    zone = page.document.time_zone or wording.catalog.zone
    goals = goal_lines(page.document, page.goals, wording)
    return [*rule_lines(page.document, wording), *goals, f"Times are those of {zone}"]


def _largest_first(figures: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    return sorted(figures.items(), key=lambda item: -item[1])
