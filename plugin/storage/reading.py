"""What the pages read. Every statement names the user; figures come from the counters.

The number of statements of a verb does not depend on how many rows it answers with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from plugin.domain.codec import decode
from plugin.domain.journey import Trigger
from plugin.engine.reading import (
    Addresses,
    CauseGroup,
    Dated,
    Health,
    Inside,
    JourneyPage,
    JourneyRow,
    OutageRow,
    PeopleFilter,
    PersonPage,
    PersonRow,
    Reported,
    TaskRow,
    VersionRow,
    Weight,
)
from plugin.errors import NotFound
from plugin.storage.figures import MAILED, OPEN, SENT, SqlFigures, by_remark, by_step
from plugin.storage.health import SqlHealth
from plugin.storage.outcomes import SqlOutcomes
from plugin.storage.people import SqlPeople
from plugin.storage.reported import SqlReported
from plugin.storage.tables import Tables
from plugin.storage.types import JsonText, LongText
from plugin.storage.version_history import SqlVersionHistory

Begin = Callable[[], AbstractContextManager[sa.Connection]]
#: The host's addresses as this transaction sees them.
AddressesOf = Callable[[sa.Connection], Addresses]


class SqlReading:
    """`begin` opens a transaction; `now` only counts who is overdue."""

    def __init__(
        self, tables: Tables, begin: Begin, addresses_of: AddressesOf, now: Callable[[], datetime]
    ) -> None:
        self._t = tables
        self._begin = begin
        self._addresses_of = addresses_of
        self._now = now

    # Journeys

    def journeys(self, user_id: int) -> Sequence[JourneyRow]:
        """Last modified first."""
        j = self._t.journeys.c
        wanted = self._journeys(user_id).order_by(j.modified_at.desc(), j.id.desc())
        with self._begin() as connection:
            rows = connection.execute(wanted).all()
            figures = SqlFigures(connection, self._t, user_id).of_journeys()
        return [
            JourneyRow(
                journey_id=row.id,
                name=row.name,
                status=row.status,
                live_number=row.number,
                draft_differs=bool(row.draft_differs),
                trigger=_trigger(row.trigger),
                entered=figures[row.id, "entered"],
                active=max(0, figures[row.id, "entered"] - figures[row.id, "ended"]),
                parked=figures[row.id, "parked"],
                held=figures[row.id, "held"],
                sends=sum(figures[row.id, name] for name in (*SENT, *OPEN, MAILED)),
                modified_at=row.modified_at,
            )
            for row in rows
        ]

    def journey(self, user_id: int, journey_id: int) -> JourneyPage:
        j, v = self._t.journeys.c, self._t.versions.c
        more = (j.notes, j.draft, j.draft_revision, v.document)
        wanted = self._journeys(user_id).add_columns(*more)
        with self._begin() as connection:
            row = _only(connection.execute(wanted.where(j.id == journey_id)).one_or_none())
            figures = SqlFigures(connection, self._t, user_id)
            changeover = SqlVersionHistory(connection, self._t, user_id).changeover(journey_id)
            counted, apart = figures.counted(journey_id), figures.apart_at_steps(journey_id)
        refusals, ends = by_remark(counted, "refused"), by_remark(counted, "ended")
        goals = by_remark(counted, "goal")
        return JourneyPage(
            journey_id=row.id,
            name=row.name,
            status=row.status,
            notes=row.notes,
            live_number=row.number,
            draft_differs=bool(row.draft_differs),
            document=decode(json.loads(row.document) if row.document else row.draft),
            counts=by_step(counted, apart),
            entered=sum(by_remark(counted, "entered").values()),
            refused=sum(refusals.values()),
            ended=sum(ends.values()),
            entering=sum(n for (_, state), n in apart.items() if state == "entering"),
            refusals=refusals,
            ends=ends,
            goals=goals,
            draft_revision=row.draft_revision,
            changeover=changeover,
        )

    def versions(self, user_id: int, journey_id: int) -> Sequence[VersionRow]:
        with self._begin() as connection:
            journey = self._owned(connection, user_id, journey_id)
            history = SqlVersionHistory(connection, self._t, user_id)
            return history.rows(journey_id, journey.live_version_id)

    def inside(self, user_id: int, journey_id: int) -> Inside:
        with self._begin() as connection:
            journey = self._owned(connection, user_id, journey_id)
            figures = SqlFigures(connection, self._t, user_id)
            people = figures.inside(journey_id)
            # Only where a journey is off does anybody's time come without their going on.
            off = journey.status == "disabled"
            overdue = figures.overdue(journey_id, self._now()) if off else 0
        return Inside(
            people=sum(people.values()),
            waiting=people.get("waiting", 0),
            held=people.get("held", 0),
            parked=people.get("parked", 0),
            overdue=overdue,
            entering=people.get("entering", 0),
        )

    # People

    def people(self, user_id: int, journey_id: int, wanted: PeopleFilter) -> Sequence[PersonRow]:
        with self._begin() as connection:
            self._owned(connection, user_id, journey_id)
            people = SqlPeople(connection, self._t, user_id, self._addresses_of(connection))
            return people.rows(journey_id, wanted)

    def person(self, user_id: int, journey_id: int, enrollment_id: int) -> PersonPage:
        with self._begin() as connection:
            people = SqlPeople(connection, self._t, user_id, self._addresses_of(connection))
            return people.page(journey_id, enrollment_id)

    # Who is stopped, and what was ordered for many

    def stopped(self, user_id: int, journey_id: int | None) -> Sequence[CauseGroup]:
        with self._begin() as connection:
            if journey_id is not None:
                self._owned(connection, user_id, journey_id)
            return SqlOutcomes(connection, self._t).stopped(user_id, journey_id)

    def tasks(self, user_id: int, journey_id: int | None) -> Sequence[TaskRow]:
        with self._begin() as connection:
            return SqlOutcomes(connection, self._t).tasks(user_id, journey_id)

    def overdue(self, user_id: int, journey_id: int) -> Mapping[int, int]:
        with self._begin() as connection:
            self._owned(connection, user_id, journey_id)
            return SqlOutcomes(connection, self._t).overdue(user_id, journey_id, self._now())

    def weight(self, user_id: int, journey_id: int) -> Weight:
        with self._begin() as connection:
            self._owned(connection, user_id, journey_id)
            return SqlOutcomes(connection, self._t).weight(user_id, journey_id)

    def outage(self) -> OutageRow | None:
        with self._begin() as connection:
            return SqlOutcomes(connection, self._t).outage(self._now())

    # Admins

    def health(self) -> Health:
        with self._begin() as connection:
            return SqlHealth(connection, self._t, self._now()).read()

    # Reports, and why

    def by_day(
        self, user_id: int, journey_id: int, days: tuple[date, date], version: int | None = None
    ) -> Sequence[Dated]:
        with self._begin() as connection:
            self._owned(connection, user_id, journey_id)
            return SqlFigures(connection, self._t, user_id).by_day(journey_id, days, version)

    def reported(
        self, user_id: int, people: Collection[tuple[int, int]], most: int
    ) -> Sequence[Reported]:
        with self._begin() as connection:
            return SqlReported(connection, self._t).rows(user_id, people, most)

    # Parts of statements

    def _journeys(self, user_id: int) -> sa.Select[Any]:
        j, v = self._t.journeys.c, self._t.versions.c
        draft = sa.type_coerce(j.draft, LongText)
        shown = sa.func.coalesce(v.document, draft)
        live = sa.and_(v.id == j.live_version_id, v.user_id == j.user_id)
        return (
            sa.select(
                j.id,
                j.name,
                j.status,
                j.modified_at,
                v.number,
                sa.and_(v.id.is_not(None), _versioned(draft) != _versioned(v.document)).label(
                    "draft_differs"
                ),
                sa.func.json_extract(shown, "$.trigger", type_=JsonText()).label("trigger"),
            )
            .select_from(self._t.journeys.outerjoin(self._t.versions, live))
            .where(j.user_id == user_id)
        )

    def _owned(self, connection: sa.Connection, user_id: int, journey_id: int) -> sa.Row[Any]:
        """Its status and live version. Raises NotFound."""
        j = self._t.journeys.c
        mine: sa.Select[Any] = sa.select(j.status, j.live_version_id).where(
            j.user_id == user_id, j.id == journey_id
        )
        return _only(connection.execute(mine).one_or_none())


def _versioned(document: Any) -> sa.ColumnElement[str]:
    """The parts of a document that a version freezes."""
    return sa.func.json_remove(document, "$.name", "$.notes", type_=sa.Text())


def _only(row: sa.Row[Any] | None) -> sa.Row[Any]:
    if row is None:
        raise NotFound("There is no such journey or person among yours.")
    return row


def _trigger(data: Any) -> Trigger:
    match data:
        case {"type": str(kind), "params": dict(params)}:
            return Trigger(kind, params)
        case {"type": str(kind)}:
            return Trigger(kind)
        case _:
            return Trigger("")
