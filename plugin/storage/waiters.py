"""Who waits for events: found by their keys, and what has happened to them by the person's."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId, SubscriberId
from plugin.domain.event import LEAVE, Event
from plugin.engine.waiters_port import Happened, Passage, Unrouted, Waiter
from plugin.sql.among import among
from plugin.storage.dialect import insert_ignore, insert_many
from plugin.storage.inbox import received
from plugin.storage.tables import Tables

#: Unrouted events among which the earliest is looked for. Their numbers follow one another in the
#: order of arrival, but for calls that overlap.
LOOKED_AT = 5000


class SqlWaiters:
    """See engine.waiters_port. Lives as long as its transaction."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._t = connection, tables
        self._table, self._heard, self._inbox = tables.waiters, tables.heard, tables.inbox
        self._columns = [self._table.c[name] for name in Waiter._fields]

    def passages(self, ids: Collection[EnrollmentId]) -> Mapping[EnrollmentId, Passage]:
        e, w = self._t.enrollments.c, self._table.c
        stood = (e.id, e.step_id, e.arrived_at, e.entered_at, e.entry_event_id)
        joined = self._t.enrollments.outerjoin(self._table, w.enrollment_id == e.id)
        query = sa.select(*stood, *self._columns).select_from(joined).where(among(e.id, ids))
        found: dict[EnrollmentId, Passage] = {}
        for row in self._connection.execute(query):
            where, kept = row[: len(stood)], row[len(stood) :]
            waiter = None if kept[0] is None else _waiter(kept)
            found[row[0]] = Passage._make([*where, waiter])
        return found

    def keep(self, waiters: Sequence[Waiter]) -> None:
        if waiters:
            chosen = among(self._table.c.enrollment_id, [one.enrollment_id for one in waiters])
            self._connection.execute(sa.delete(self._table).where(chosen))
            insert_many(self._connection, self._table, [one._asdict() for one in waiters])

    def note_looks(self, ids: Collection[EnrollmentId], looks_to: int) -> None:
        if ids:
            change = sa.update(self._table).where(among(self._table.c.enrollment_id, ids))
            self._connection.execute(change.values(looks_to=looks_to))

    def unrouted(self) -> Unrouted:
        rows = self._inbox.c
        last = self._connection.execute(sa.select(sa.func.max(rows.id))).scalar()
        new = (
            sa.select(rows.id, rows.received_at)
            .where(rows.state == "new", rows.type != LEAVE)
            .order_by(rows.id)
            .limit(LOOKED_AT)
            .subquery()
        )
        earliest = sa.func.min(new.c.received_at, type_=rows.received_at.type)
        found = self._connection.execute(sa.select(sa.func.min(new.c.id), earliest)).one()
        return Unrouted(found[0], found[1], last or 0)

    # What has happened

    def of_people(
        self, user_id: int, people: Collection[bytes], types: Collection[str], since: datetime
    ) -> Sequence[Happened]:
        h, rows = self._heard.c, self._inbox.c
        query = (
            sa.select(h.person_key.label("whose"), self._inbox)
            .join_from(self._heard, self._inbox, rows.id == h.event_id)
            .where(
                h.person_key.in_(set(people)),
                h.occurred_at >= since,
                h.user_id == user_id,
                rows.type.in_(set(types)),
            )
        )
        found = self._connection.execute(query.order_by(rows.id))
        return [Happened(received(row), bytes(row.whose)) for row in found]

    def of_rows(
        self,
        list_id: int,
        ids: Collection[SubscriberId],
        types: Collection[str],
        since: datetime,
    ) -> Sequence[Happened]:
        h, rows = self._heard.c, self._inbox.c
        counts = sa.or_(rows.state == "routed", rows.reason == "no_journey")
        # Not by NOT EXISTS: MariaDB would read all that was ever heard.
        unheard = self._inbox.outerjoin(self._heard, h.event_id == rows.id)
        query = (
            sa.select(self._inbox)
            .select_from(unheard)
            .where(
                rows.list_id == list_id,
                among(rows.subscriber_id, ids),
                rows.type.in_(set(types)),
                rows.occurred_at >= since,
                counts,
                h.event_id.is_(None),
            )
        )
        found = self._connection.execute(query.order_by(rows.id))
        return [Happened(received(row), None) for row in found]

    # Routing

    def hear(self, people: Mapping[int, bytes], of: Mapping[int, tuple[int, Event]]) -> None:
        rows = [
            {
                "event_id": number,
                "user_id": of[number][0],
                "person_key": person,
                "occurred_at": of[number][1].occurred_at,
            }
            for number, person in people.items()
        ]
        insert_ignore(self._connection, self._heard, rows)

    def waiting(self, keys: Collection[bytes]) -> Sequence[Waiter]:
        if not keys:
            return []
        w = self._table.c
        query = sa.select(*self._columns).where(w.wake_key.in_(set(keys)))
        found = self._connection.execute(query.order_by(w.enrollment_id))
        return [_waiter(row) for row in found]

    def wake(self, ids: Collection[EnrollmentId], now: datetime) -> None:
        e = self._t.enrollments.c
        if ids:
            later = sa.update(self._t.enrollments).where(among(e.id, ids), e.due_at > now)
            self._connection.execute(later.values(due_at=now))


def gone(connection: sa.Connection, tables: Tables, ids: Collection[EnrollmentId]) -> None:
    """These have left a step at which they waited, as their rows say by now; perhaps for another
    wait. One statement; of nobody, none."""
    if ids:
        w, e = tables.waiters.c, tables.enrollments.c
        still = sa.exists().where(
            e.id == w.enrollment_id, e.step_id == w.step_id, e.state != "ended"
        )
        left = sa.delete(tables.waiters).where(among(w.enrollment_id, ids), ~still)
        connection.execute(left)


def _waiter(row: Sequence[Any]) -> Waiter:
    found = Waiter._make(row)
    keys = (found.wake_key, found.person_key, found.terms)
    wake_key, person, terms = map(bytes, keys)
    return found._replace(wake_key=wake_key, person_key=person, terms=terms)
