"""How things stand, for admins: across accounts, by statements that read indexes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from plugin.engine.reading import Health, Running
from plugin.storage.figures import STOPPED
from plugin.storage.outcomes import SqlOutcomes
from plugin.storage.tables import Tables

#: Tasks and changeovers that are told one by one, the oldest first.
RUNNING = 50
#: Figures of the day that are told.
TODAY = ("entered", "refused", "ended", "delivered", "undelivered")


class _Due(NamedTuple):
    people: int
    lags: Sequence[float]  #: per account with people due: of its oldest, in seconds, sorted


class SqlHealth:
    """Lives as long as its transaction. Each statement reads the entries of an index that are
    about what it counts; only causes are read from the rows of those who are parked."""

    def __init__(self, connection: sa.Connection, tables: Tables, now: datetime) -> None:
        self._connection, self._t, self._now = connection, tables, now

    def read(self) -> Health:
        t, due, stopped = self._t, self._due(), self._stopped()
        workers = sa.select(t.workers.c.worker, t.workers.c.seen_at).order_by(t.workers.c.worker)
        tasks, changeovers = t.tasks.c, t.changeovers.c
        return Health(
            due_now=due.people,
            oldest_due_seconds=due.lags[-1] if due.lags else 0.0,
            inbox_waiting=self._count(t.inbox, t.inbox.c.state == "new"),
            deliveries_waiting=self._deliveries(),
            held=stopped["held"],
            parked=stopped["parked"],
            workers=[(row.worker, row.seen_at) for row in self._connection.execute(workers)],
            outage=SqlOutcomes(self._connection, t).outage(self._now),
            at=self._now,
            lag_percentiles=_percentiles(due.lags),
            parked_causes=self._causes() if stopped["parked"] else {},
            tasks_open=self._count(t.tasks, tasks.finished_at.is_(None)),
            changeovers_open=self._count(t.changeovers, changeovers.state == "running"),
            running=[*self._tasks(), *self._changeovers()],
            today=self._today(),
        )

    def _count(self, table: sa.Table, which: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).select_from(table).where(which)
        return self._connection.execute(query).scalar_one()

    def _due(self) -> _Due:
        """Account by account: the index of who is due begins with it."""
        e = self._t.enrollments.c
        accounts = sa.select(self._t.journeys.c.user_id).distinct().subquery()
        mine = (e.user_id == accounts.c.user_id, e.due_at <= self._now)
        people = sa.select(sa.func.count()).where(*mine).scalar_subquery()
        oldest = sa.select(sa.func.min(e.due_at, type_=e.due_at.type)).where(*mine)
        query = sa.select(people, oldest.scalar_subquery()).select_from(accounts)
        found = [row for row in self._connection.execute(query) if row[0]]
        lags = sorted((self._now - row[1]).total_seconds() for row in found)
        return _Due(sum(row[0] for row in found), lags)

    def _stopped(self) -> Mapping[str, int]:
        e, j = self._t.enrollments.c, self._t.journeys.c
        sums = []
        for state in STOPPED:
            mine = (e.user_id == j.user_id, e.journey_id == j.id, e.state == state)
            people = sa.select(sa.func.count()).where(*mine).scalar_subquery()
            sums.append(sa.func.sum(people).label(state))
        row = self._connection.execute(sa.select(*sums).select_from(self._t.journeys)).one()
        return {state: int(n or 0) for state, n in zip(STOPPED, row, strict=True)}

    def _causes(self) -> Mapping[str, int]:
        e, j = self._t.enrollments.c, self._t.journeys.c
        mine = (e.user_id == j.user_id) & (e.journey_id == j.id)
        query = (
            sa.select(e.cause, sa.func.count())
            .join_from(self._t.journeys, self._t.enrollments, mine)
            .where(e.state == "parked")
            .group_by(e.cause)
        )
        return {row[0] or "": row[1] for row in self._connection.execute(query)}

    def _deliveries(self) -> int:
        """Receiver by receiver: those that are over have no time."""
        d, r = self._t.deliveries.c, self._t.receivers.c
        mine = (d.receiver_id == r.id, d.next_at.is_not(None))
        waiting = sa.select(sa.func.count()).where(*mine).scalar_subquery()
        query = sa.select(sa.func.sum(waiting)).select_from(self._t.receivers)
        return int(self._connection.execute(query).scalar() or 0)

    def _tasks(self) -> Sequence[Running]:
        rows = self._t.tasks.c
        query = sa.select(rows.kind, rows.user_id, rows.journey_id, rows.done, rows.people)
        query = query.where(rows.finished_at.is_(None)).order_by(rows.id)
        return self._running(query)

    def _changeovers(self) -> Sequence[Running]:
        rows = self._t.changeovers.c
        done = rows.moved + rows.exited
        kind = sa.literal("changeover")
        query = sa.select(kind, rows.user_id, rows.journey_id, done, rows.total)
        return self._running(query.where(rows.state == "running").order_by(rows.id))

    def _running(self, query: sa.Select[Any]) -> Sequence[Running]:
        return [Running(*row) for row in self._connection.execute(query.limit(RUNNING))]

    def _today(self) -> Mapping[str, int]:
        c = self._t.counters.c
        query = sa.select(c.figure, sa.func.sum(c.n)).where(
            c.counted_on == self._now.date(), c.figure.in_(TODAY)
        )
        return {row[0]: int(row[1]) for row in self._connection.execute(query.group_by(c.figure))}


def _percentiles(lags: Sequence[float]) -> Mapping[int, float]:
    """Of the accounts with people due; nobody is late where there are none."""
    return {share: lags[(len(lags) - 1) * share // 100] if lags else 0.0 for share in (50, 95, 100)}
