"""One person's visit to a journey, with the reason of every turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask.typing import ResponseReturnValue

from plugin.domain.program import Program, Step, lay_flat
from plugin.engine.reading import HISTORY_ROWS, PersonRow
from plugin.engine.reading import PersonPage as History
from plugin.engine.services import Services
from plugin.routes import words
from plugin.routes.access import Visitor
from plugin.routes.doors import JOURNEY, Doors
from plugin.routes.kind_words import Wording
from plugin.routes.pages import Pages
from plugin.routes.timeline import timeline

#: Steps still to come that the end of the timeline names.
TO_COME = 5


class PersonPage:
    def __init__(self, services: Services, pages: Pages) -> None:
        self._services, self._pages = services, pages

    def add_to(self, doors: Doors) -> None:
        rule = f"{JOURNEY}/people/<int(max=9007199254740992):enrollment_id>"
        doors.page(rule, "person", "view", self.show)

    def show(self, visitor: Visitor, journey_id: int, enrollment_id: int) -> ResponseReturnValue:
        history = self._services.reading.person(visitor.user_id, journey_id, enrollment_id)
        wording = Wording(self._services, self._services.catalog(visitor.user_id))
        program = lay_flat(history.document.steps)
        return self._pages.show(
            visitor,
            "person.html",
            journey_id=journey_id,
            history=history,
            row=history.row,
            who=_who(history.row),
            badge=words.state(history.row.state),
            step=_step(history, program, wording),
            items=timeline(history.moments, program.steps, wording, history.document),
            shortened=len(history.moments) == HISTORY_ROWS,
            trigger=wording.trigger(history.document.trigger),
            entered_by=words.entry(history.entered_by, _starter(history, wording)),
            place=_place(history),
            to_come=[wording.step(step) for step in _to_come(history.row, program)],
            list_name=wording.catalog.list_name(history.row.list_id),
            reentry=words.reentry(history.document.reentry),
            visits=_other_visits(history),
        )


def _starter(history: History, wording: Wording) -> str | None:
    by = history.started_by
    return None if by is None else wording.catalog.journey_name(by)


def _who(row: PersonRow) -> str:
    return row.email or f"Subscriber {row.subscriber_id}, no longer on the list"


def _step(history: History, program: Program, wording: Wording) -> str:
    """Where they stand, in words; '' when they are through."""
    step = program.steps.get(history.row.step_id)
    if step is None or history.row.end_reason == "completed":
        return ""
    return f"{wording.step(step).label}, step {step.id}"


def _place(history: History) -> str:
    """Which of this person's visits it is; '' for the only one."""
    ids = sorted(visit.enrollment_id for visit in history.visits_of_person)
    if len(ids) < 2 or history.row.enrollment_id not in ids:
        return ""
    return f"{words.ordinal(ids.index(history.row.enrollment_id) + 1)} visit of {len(ids)}"


def _other_visits(history: History) -> Sequence[tuple[PersonRow, words.Badge]]:
    return [
        (visit, words.state(visit.state))
        for visit in history.visits_of_person
        if visit.enrollment_id != history.row.enrollment_id
    ]


def _to_come(row: PersonRow, program: Program) -> Iterator[Step]:
    """The steps below the present one that are on, as far as no branch decides."""
    if row.state == "ended" or row.step_id not in program.steps:
        return
    step_id = program.after[row.step_id] if row.state == "waiting" else row.step_id
    found = 0
    while step_id is not None and found < TO_COME:
        step = program.steps[step_id]
        if step.published:
            found += 1
            yield step
        if step.branches:
            return
        step_id = program.after[step_id]
