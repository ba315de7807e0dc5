"""Housekeeping in our tables: what is old is found by an index, and goes in small batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId
from plugin.engine.housekeeping_port import LetGo, Part
from plugin.sql.among import among
from plugin.storage.dialect import skip_locked
from plugin.storage.meanings import Meanings
from plugin.storage.tables import Tables
from plugin.storage.tallies import Tallies

#: States of events with which something is still to be done.
OPEN_EVENTS = ("new", "held")

_Way = Callable[[datetime, int, int], LetGo]


class SqlHousekeeping:
    """See engine.housekeeping_port. Lives as long as its transaction; across accounts."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._t = connection, tables
        self._ways: Mapping[Part, _Way] = {
            "history": self._history,
            "tries": self._tries,
            "events": self._events,
            "tasks": self._tasks,
            "audit": self._audit,
            "sessions": self._sessions,
        }

    def roll_up(self, before: datetime, limit: int) -> int:
        return Tallies(self._connection, self._t).roll_up(before, limit)

    def let_go(self, part: Part, before: datetime, after_id: int, limit: int) -> LetGo:
        return self._ways[part](before, after_id, limit)

    # Passages that are over

    def _history(self, before: datetime, after_id: int, limit: int) -> LetGo:
        """What they were counted as is written down before their history goes. Their rows stay:
        who entered once has entered."""
        e = self._t.enrollments.c
        query = self.over(sa.select(e.id), before).order_by(e.kept_since, e.id).limit(limit)
        ids = list(self._connection.execute(skip_locked(self._connection, query)).scalars())
        if not ids:
            return LetGo(0, None)
        meant = Meanings(self._connection, self._t).of(ids)
        Tallies(self._connection, self._t).add(self._t.past_figures, meant)
        self._forget(ids)
        change = sa.update(self._t.enrollments).where(among(e.id, ids))
        self._connection.execute(change.values(kept_since=None))
        return LetGo(len(ids), 0 if len(ids) == limit else None)

    def _forget(self, ids: Sequence[EnrollmentId]) -> None:
        t = self._t
        sent = sa.select(t.deliveries.c.id).where(among(t.deliveries.c.enrollment_id, ids))
        tries = t.delivery_tries
        self._delete(tries, tries.c.delivery_id, self._connection.execute(sent).scalars())
        of_theirs = (t.deliveries, t.messages, t.step_log, t.enrollment_data, t.exits, t.waiters)
        for table in (*of_theirs, t.goals_reached):
            self._delete(table, table.c.enrollment_id, ids)

    def over(self, query: sa.Select[Any], before: datetime) -> sa.Select[Any]:
        """Passages whose history is older, but those with a delivery that is still under way."""
        e, d = self._t.enrollments.c, self._t.deliveries.c
        under_way = sa.exists().where(d.enrollment_id == e.id, d.next_at.is_not(None))
        return query.where(e.kept_since < before, e.state == "ended", ~under_way)

    def _tries(self, before: datetime, after_id: int, limit: int) -> LetGo:
        """In the order of the deliveries' ids; of passages that are over."""
        rows = self._t.delivery_tries.c
        last = sa.func.max(rows.tried_at, type_=rows.tried_at.type).label("last")
        query = sa.select(rows.delivery_id, last).where(rows.delivery_id > after_id)
        query = query.group_by(rows.delivery_id).order_by(rows.delivery_id).limit(limit)
        found = self._connection.execute(query).all()
        old = [row.delivery_id for row in found if row.last < before]
        gone = list(self._connection.execute(self.done_with(old)).scalars()) if old else []
        if gone:
            self._delete(self._t.delivery_tries, rows.delivery_id, gone)
        return LetGo(len(gone), found[-1].delivery_id if len(found) == limit else None)

    def done_with(self, ids: Sequence[int]) -> sa.Select[Any]:
        """Those of these deliveries that are over, of passages that are over."""
        e, d = self._t.enrollments.c, self._t.deliveries.c
        query = sa.select(d.id).join_from(
            self._t.deliveries, self._t.enrollments, e.id == d.enrollment_id
        )
        return query.where(among(d.id, ids), d.next_at.is_(None), e.state == "ended")

    # Events

    def _events(self, before: datetime, after_id: int, limit: int) -> LetGo:
        """In the order of their ids, which is that of their coming."""
        rows = self._t.inbox.c
        query = sa.select(rows.id, rows.received_at).where(rows.id > after_id)
        found = self._connection.execute(query.order_by(rows.id).limit(limit)).all()
        old = [row.id for row in found if row.received_at < before]
        gone: list[int] = []
        if old:
            unneeded = self.unneeded(sa.select(rows.id)).where(among(rows.id, old))
            gone = list(self._connection.execute(unneeded).scalars())
            self._delete(self._t.heard, self._t.heard.c.event_id, gone)
            self._delete(self._t.inbox, rows.id, gone)
        further = len(found) == limit and old
        return LetGo(len(gone), found[-1].id if further else None)

    def unneeded(self, query: sa.Select[Any]) -> sa.Select[Any]:
        """Events that are done with, let in nobody whose history is kept, and are about nobody who
        waits for events: they may be frozen, and take what has happened when they go on."""
        rows, e = self._t.inbox.c, self._t.enrollments.c
        h, w = self._t.heard.c, self._t.waiters.c
        # Not by NOT EXISTS: MariaDB would read all that was ever heard, for every batch.
        of_it = sa.select(h.event_id).where(h.event_id == rows.id, w.person_key == h.person_key)
        awaited = of_it.limit(1).correlate(self._t.inbox).scalar_subquery()
        let_in = sa.exists().where(
            e.entry_event_id == rows.id, (e.state != "ended") | e.kept_since.is_not(None)
        )
        return query.where(rows.state.not_in(OPEN_EVENTS), ~let_in, awaited.is_(None))

    # What else there is

    def _tasks(self, before: datetime, after_id: int, limit: int) -> LetGo:
        rows = self._t.tasks.c
        query = sa.select(rows.id).where(rows.finished_at < before).limit(limit)
        ids = list(self._connection.execute(query).scalars())
        self._delete(self._t.tasks, rows.id, ids)
        return LetGo(len(ids), 0 if len(ids) == limit else None)

    def _audit(self, before: datetime, after_id: int, limit: int) -> LetGo:
        rows = self._t.audit.c
        query = sa.select(rows.id, rows.at).order_by(rows.id).limit(limit)
        ids = [row.id for row in self._connection.execute(query) if row.at < before]
        self._delete(self._t.audit, rows.id, ids)
        return LetGo(len(ids), 0 if len(ids) == limit else None)

    def _sessions(self, before: datetime, after_id: int, limit: int) -> LetGo:
        """All at once: there are as many as people who work here."""
        old = self._t.sessions.c.seen_at < before
        gone = self._connection.execute(sa.delete(self._t.sessions).where(old)).rowcount
        return LetGo(gone, None)

    def _delete(self, table: sa.Table, column: sa.ColumnElement[Any], ids: Iterable[int]) -> None:
        if chosen := list(ids):
            self._connection.execute(sa.delete(table).where(among(column, chosen)))
