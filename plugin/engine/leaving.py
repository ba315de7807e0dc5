"""People who are sent out of journeys: by steps of others, by unsubscribing, by being deleted.

Whoever wants somebody out leaves a note (see exits_port). A tick looks for notes about the people
it has claimed, before each step; the sweep here takes out those who are not due.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from plugin.domain.enrollment import EnrollmentId, Position, Standing, State, Subscriber
from plugin.domain.program import StepId
from plugin.engine.exits_port import GOAL_LEADS, Exit
from plugin.engine.moves import Line, Mover, action_at, stand
from plugin.engine.ports import Begin, Count, Version, Work
from plugin.engine.surroundings import PRODUCTION, Surroundings

#: People taken out in one transaction.
BATCH = 1000


def must_end(version: Version, subscriber: Subscriber | None) -> str | None:
    """Why a person with this row may not go on, if so."""
    if subscriber is None:
        return "subscriber_deleted"
    left = subscriber.status == "Unsubscribed" and not walks_on(version)
    return "unsubscribed" if left else None


def walks_on(version: Version) -> bool:
    """Whether people who are unsubscribed from the list may be in this journey."""
    document = version.document
    return document.unsubscribed == "continue" or document.trigger.type == "ListUnsubscription"


def applies(version: Version, at: Position, state: State, note: Exit) -> bool:
    """Whether this journey lets go of somebody for that reason. A goal leads to a step only whom it
    has let start, who is not there already, and where there is such a step."""
    if note.reason == GOAL_LEADS:
        to = _led_to(note)
        return state != "entering" and to in version.program.steps and to != at.step_id
    return not (note.reason == "unsubscribed" and walks_on(version))


def carried_out(
    mover: Mover, version: Version, standing: Standing, note: Exit, now: datetime
) -> Sequence[Count]:
    """They leave, or go where a goal leads them, with a line of history that says why."""
    at = standing.position
    if note.reason == GOAL_LEADS:
        word, counts = "jumped", mover.jump(version, standing, _led_to(note), now)
    else:
        word, counts = "end", mover.end(version, standing, note.reason, now)
    Line(at, action_at(version, at), word, None, told(note)).write(standing, now)
    return counts


def _led_to(note: Exit) -> StepId:
    return int((note.detail or {}).get("to", 0))


def told(note: Exit) -> Mapping[str, Any]:
    """The note for the history: the reason, and through whom."""
    detail: dict[str, Any] = {**(note.detail or {}), "reason": note.reason}
    if note.by_enrollment_id is not None:
        detail["by"] = {
            "journey": note.by_journey_id,
            "enrollment": note.by_enrollment_id,
            "step": note.by_step_id,
        }
    return detail


def named(version: Version, place: int) -> Mapping[str, Any]:
    """Which exit rule it was, for the history: its number, from 1, and its name if it has one."""
    name = version.document.exit_rules[place].name
    return {"rule": place + 1} | ({"name": name} if name else {})


class Leaving:
    """Takes out people who are not due. Several workers may do so at once."""

    def __init__(self, begin: Begin, mover: Mover, around: Surroundings = PRODUCTION) -> None:
        self._begin, self._mover, self._around = begin, mover, around

    def step(self) -> int:
        """One batch, in one transaction. Answers how many notes it has done away with."""
        with self._begin() as work:
            ids = work.exits.oldest(BATCH)
            if not ids:
                return 0
            gone = set(work.store.ended(ids))
            seen = self._take_out(work, [i for i in ids if i not in gone])
            work.exits.done([*gone, *seen])
        return len(gone) + len(seen)

    def _take_out(self, work: Work, ids: Sequence[EnrollmentId]) -> list[EnrollmentId]:
        now = self._around.clock(work)
        notes = work.exits.noted(ids)
        out: list[Standing] = []
        counts: list[Count] = []
        seen: list[EnrollmentId] = []
        for at, members in work.store.claim_open(ids):
            version = work.store.version(at.version_id)
            seen += [m.enrollment_id for m in members]
            for member in members:
                note = notes[member.enrollment_id]
                if not applies(version, at, member.state, note):
                    continue
                standing = stand(version, at, member)
                counts += carried_out(self._mover, version, standing, note, now)
                out.append(standing)
        work.store.settle(out, now)
        work.store.count(counts, now)
        return seen
