"""The list of journeys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue

from plugin.engine.reading import JourneyRow
from plugin.engine.services import Services
from plugin.routes.access import Visitor
from plugin.routes.doors import Doors
from plugin.routes.kind_words import KindWords, Wording
from plugin.routes.pages import Pages

ROWS = 50
STATUSES = ("enabled", "disabled", "archived")


@dataclass(frozen=True, slots=True)
class Line:
    row: JourneyRow
    source: KindWords

    @property
    def version(self) -> str:
        row = self.row
        if row.live_number is None:
            return "Draft, never published"
        if row.status != "enabled":
            frozen = ", people inside are frozen" if row.active else ""
            return f"Version {row.live_number}{frozen}"
        changed = ", changes in the draft" if row.draft_differs else ""
        return f"Version {row.live_number} live{changed}"

    def fits(self, text: str, status: str) -> bool:
        """Is `text` in the name or the entry source, in any letter case?"""
        if self.row.status != status if status else self.row.status == "archived":
            return False
        return text.casefold() in f"{self.row.name}\n{self.source.in_short}".casefold()


class ListPage:
    def __init__(self, services: Services, pages: Pages) -> None:
        self._services, self._pages = services, pages

    def add_to(self, doors: Doors) -> None:
        doors.page("/", "list", "view", self.show)

    def show(self, visitor: Visitor) -> ResponseReturnValue:
        text = request.args.get("q", "").strip()
        status = request.args.get("status", "")
        status = status if status in STATUSES else ""
        lines = self._lines(visitor)
        found = [line for line in lines if line.fits(text, status)]
        first = ROWS * (_page_number(request.args.get("page")) - 1)
        first = first if first < len(found) else 0
        return self._pages.show(
            visitor,
            "list.html",
            lines=found[first : first + ROWS],
            first=first,
            found=len(found),
            all=len(lines),
            rows=ROWS,
            query=text,
            status=status,
            statuses=STATUSES,
        )

    def _lines(self, visitor: Visitor) -> Sequence[Line]:
        rows = self._services.reading.journeys(visitor.user_id)
        if not rows:
            return ()
        wording = Wording(self._services, self._services.catalog(visitor.user_id))
        return [Line(row, wording.trigger(row.trigger)) for row in rows]


def _page_number(text: str | None) -> int:
    """A page's number from the address; 1 for what is none."""
    fits = text is not None and text.isascii() and text.isdecimal() and len(text) < 6
    return max(1, int(text)) if fits and text else 1
