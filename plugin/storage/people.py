"""The people of a journey, as rows, and one of them with the whole history."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from plugin.domain.codec import decode
from plugin.domain.enrollment import person_key
from plugin.engine.reading import (
    FORGOTTEN,
    PAGE_ROWS,
    Addresses,
    PeopleFilter,
    PersonPage,
    PersonRow,
)
from plugin.errors import NotFound
from plugin.storage.figures import INSIDE, STATES
from plugin.storage.history import SqlHistory
from plugin.storage.tables import Tables

#: Visits of one person that a page lists.
VISITS = 50


class SqlPeople:
    """Of one user. Lives as long as its transaction."""

    def __init__(
        self, connection: sa.Connection, tables: Tables, user_id: int, addresses: Addresses
    ) -> None:
        self._connection, self._t, self._user_id = connection, tables, user_id
        self._addresses = addresses

    def rows(self, journey_id: int, wanted: PeopleFilter) -> Sequence[PersonRow]:
        """The ids of the page are found first; whole rows are read of no more than those."""
        ids = self._ids(journey_id, wanted)
        rows = self._rows().join(ids, ids.c.id == self._t.enrollments.c.id)
        return self._with_addresses(self._connection.execute(rows.order_by(ids.c.id.desc())).all())

    def _ids(self, journey_id: int, wanted: PeopleFilter) -> sa.Subquery:
        """Of a whole journey, what the page could take of each state: an index has those in order.

        Those at a step are all looked at, in an index; those of one person are few.
        """
        states = {None: STATES, "inside": INSIDE}.get(wanted.state, (wanted.state,))
        e = self._t.enrollments.c
        people = sa.select(e.id).where(*self._conditions(journey_id, wanted))
        if wanted.step_id is not None or _one_person(wanted):
            return _last(people.where(e.state.in_(states)) if wanted.state else people)
        return _last(sa.union_all(*(_last(people.where(e.state == s)).select() for s in states)))

    def page(self, journey_id: int, enrollment_id: int) -> PersonPage:
        e, v, j = self._t.enrollments.c, self._t.versions.c, self._t.journeys.c
        inbox, origin = self._t.inbox, self._t.enrollments.alias("origin")
        started_by = sa.and_(origin.c.id == e.origin_enrollment_id, origin.c.user_id == e.user_id)
        this = (
            self._rows()
            .add_columns(j.name.label("journey_name"), v.document, e.person_key)
            .add_columns(_entered_by(inbox, e.entry_event_id).label("entered_by"))
            .add_columns(origin.c.journey_id.label("started_by"))
            .join(self._t.journeys, j.id == e.journey_id)
            .outerjoin(inbox, inbox.c.id == e.entry_event_id)
            .outerjoin(origin, started_by)
            .where(e.journey_id == journey_id, e.id == enrollment_id, j.user_id == self._user_id)
        )
        row = self._connection.execute(this).one_or_none()
        if row is None:
            raise NotFound("There is no such person among those of this journey.")
        person, *visits = self._with_addresses([row, *self._visits(journey_id, row.person_key)])
        return PersonPage(
            row=person,
            journey_name=row.journey_name,
            document=decode(json.loads(row.document)),
            entered_by=row.entered_by,
            started_by=row.started_by,
            visits_of_person=visits,
            moments=SqlHistory(self._connection, self._t, self._user_id).moments(enrollment_id),
        )

    def _visits(self, journey_id: int, key: bytes) -> Sequence[sa.Row[Any]]:
        e = self._t.enrollments.c
        same = self._rows().where(e.journey_id == journey_id, e.person_key == key)
        return self._connection.execute(same.order_by(e.id.desc()).limit(VISITS)).all()

    def _rows(self) -> sa.Select[Any]:
        e, v = self._t.enrollments.c, self._t.versions.c
        return (
            sa.select(
                e.id,
                e.subscriber_id,
                e.list_id,
                e.state,
                e.step_id,
                e.cause,
                e.cause_text,
                e.end_reason,
                e.entered_at,
                e.ended_at,
                sa.func.coalesce(e.due_at, e.frozen_due_at, type_=e.due_at.type).label("due_at"),
                v.number,
            )
            .select_from(self._t.enrollments)
            .join(self._t.versions, v.id == e.version_id)
            .where(e.user_id == self._user_id, v.user_id == self._user_id)
        )

    def _conditions(
        self, journey_id: int, wanted: PeopleFilter
    ) -> Iterable[sa.ColumnElement[bool]]:
        """All but the state. A whole step is found among the versions: its index begins there."""
        e, v = self._t.enrollments.c, self._t.versions.c
        if wanted.step_id is not None and not _one_person(wanted):
            yield e.version_id == v.id
            yield v.user_id == self._user_id
            yield v.journey_id == journey_id
        else:
            yield e.user_id == self._user_id
            yield e.journey_id == journey_id
        if wanted.step_id is not None:
            yield e.step_id == wanted.step_id
        if wanted.email is not None:
            yield e.person_key == person_key(self._user_id, wanted.email)
        if wanted.subscriber_id is not None:
            yield e.subscriber_id == wanted.subscriber_id
        if wanted.before_id is not None:
            yield e.id < wanted.before_id

    def _with_addresses(self, rows: Sequence[sa.Row[Any]]) -> list[PersonRow]:
        wanted: dict[int, set[int]] = defaultdict(set)
        for row in rows:
            wanted[row.list_id].add(row.subscriber_id)
        known = self._addresses(wanted) if wanted else {}
        return [_person_row(row, known.get((row.list_id, row.subscriber_id))) for row in rows]


def _entered_by(inbox: sa.Table, event_id: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The event's type, or that it is not kept any more."""
    gone = event_id.is_not(None) & inbox.c.id.is_(None)
    return sa.case((gone, FORGOTTEN), else_=inbox.c.type)


def _one_person(wanted: PeopleFilter) -> bool:
    return wanted.email is not None or wanted.subscriber_id is not None


def _last(ids: sa.Select[Any] | sa.CompoundSelect[Any]) -> sa.Subquery:
    """The highest ids, one more than a page shows."""
    (column,) = ids.selected_columns
    return ids.order_by(column.desc()).limit(PAGE_ROWS + 1).subquery()


def _person_row(row: sa.Row[Any], email: str | None) -> PersonRow:
    return PersonRow(
        enrollment_id=row.id,
        subscriber_id=row.subscriber_id,
        list_id=row.list_id,
        email=email,
        state=row.state,
        step_id=row.step_id,
        cause=row.cause,
        cause_text=row.cause_text,
        end_reason=row.end_reason,
        entered_at=row.entered_at,
        due_at=row.due_at,
        ended_at=row.ended_at,
        version_number=row.number,
    )
