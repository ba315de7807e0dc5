"""The people of a journey: who is where, and who was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue

from plugin.domain.program import walk
from plugin.engine.reading import PAGE_ROWS, CauseGroup, JourneyPage, PeopleFilter, PersonRow
from plugin.engine.services import Services
from plugin.routes import words
from plugin.routes.access import Visitor
from plugin.routes.doors import JOURNEY, Doors
from plugin.routes.kind_words import Wording
from plugin.routes.pages import Pages

#: What the filter offers, by its word in the address.
STATES: Mapping[str, str] = {
    "": "Everybody",
    "inside": "Inside now",
    "entering": "Entering",
    "waiting": "Waiting",
    "active": "Active",
    "held": "Held",
    "parked": "Parked",
    "ended": "Ended",
}
MAX_ID = 2**53
#: Longer names of steps would push the filter out of the page.
STEP_NAME = 60


@dataclass(frozen=True, slots=True)
class Line:
    row: PersonRow
    badge: words.Badge
    step: str  #: where they stand, or stood when they left
    remark: str  #: why they are held or parked, or how it ended
    list_name: str


class PeoplePage:
    def __init__(self, services: Services, pages: Pages) -> None:
        self._services, self._pages = services, pages

    def add_to(self, doors: Doors) -> None:
        doors.page(f"{JOURNEY}/people", "people", "view", self.show)

    def show(self, visitor: Visitor, journey_id: int) -> ResponseReturnValue:
        wanted, asked = _wanted()
        page = self._services.reading.journey(visitor.user_id, journey_id)
        rows = self._services.reading.people(visitor.user_id, journey_id, wanted)
        wording = Wording(self._services, self._services.catalog(visitor.user_id))
        steps = _step_names(page, wording)
        shown = rows[:PAGE_ROWS]
        tasks = self._services.reading.tasks(visitor.user_id, journey_id)
        groups = self._services.reading.stopped(visitor.user_id, journey_id)
        return self._pages.show(
            visitor,
            "people.html",
            page=page,
            lines=[_line(row, steps, wording) for row in shown],
            older=shown[-1].enrollment_id if len(rows) > PAGE_ROWS else None,
            states=STATES,
            steps={i: words.shorten(name, STEP_NAME) for i, name in steps.items()},
            asked=asked,
            turned=wanted.before_id is not None,
            filtered=wanted != PeopleFilter(),
            groups=groups,
            at_stake=_at_stake(groups),
            tasks=[task for task in tasks if task.finished_at is None],
            outage=self._services.reading.outage(),
        )


def _wanted() -> tuple[PeopleFilter, Mapping[str, str]]:
    """What is asked for in the address, and the same as it stands in the form."""
    who = request.args.get("q", "").strip()[:250]
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    step = _whole(request.args.get("step", ""))
    number = _whole(who)
    wanted = PeopleFilter(
        state=state or None,
        step_id=step,
        email=who if who and number is None else None,
        subscriber_id=number,
        before_id=_whole(request.args.get("before", "")),
    )
    return wanted, {"q": who, "state": state, "step": "" if step is None else str(step)}


def _at_stake(groups: Sequence[CauseGroup]) -> Mapping[tuple[str, int], int]:
    """Whom one button reaches: all of a cause at a step, whether held or parked."""
    people: Counter[tuple[str, int]] = Counter()
    for group in groups:
        people[group.cause, group.step_id] += group.people
    return people


def _whole(text: str) -> int | None:
    fits = text.isascii() and text.isdecimal() and len(text) <= 16
    return min(int(text), MAX_ID) if fits else None


def _step_names(page: JourneyPage, wording: Wording) -> Mapping[int, str]:
    return {step.id: wording.step(step).in_full for step in walk(page.document.steps)}


def _line(row: PersonRow, steps: Mapping[int, str], wording: Wording) -> Line:
    name = steps.get(row.step_id, f"step {row.step_id}, not in this version")
    finished = row.end_reason == "completed"
    return Line(
        row=row,
        badge=words.state(row.state),
        step="" if finished else name,
        remark=_remark(row),
        list_name=wording.catalog.list_name(row.list_id),
    )


def _remark(row: PersonRow) -> str:
    if row.state == "ended":
        return words.plain(words.end(row.end_reason or "completed"))
    return row.cause_text or ""
