"""Tasks, the people whom their batches are about, and what is deleted with a journey."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId
from plugin.engine.tasks_port import Chosen, Groups, Halt, Order, Renewed, Task
from plugin.errors import NotFound
from plugin.sql.among import among
from plugin.storage.claims import Claims
from plugin.storage.dialect import skip_locked, update_joined
from plugin.storage.outbox import still_there
from plugin.storage.tables import Tables

STOPPED = ("held", "parked")
_UNHALTED = {"halted": None, "halted_text": None}


class SqlTasks:
    """See engine.tasks_port.Tasks."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._t = connection, tables

    def order(self, order: Order, now: datetime) -> int:
        values = {
            "user_id": order.user_id,
            "journey_id": order.journey_id,
            "kind": order.kind,
            "cause": order.cause,
            "step_id": order.step_id,
            "terms": order.terms,
            "actor": order.actor,
            "ordered_at": now,
            "people": order.people,
            "after_id": 0,
            "done": 0,
            "next_at": now,
        }
        added = self._connection.execute(sa.insert(self._t.tasks).values(**values))
        key = added.inserted_primary_key
        assert key is not None
        return cast(int, key[0])

    def next(self, now: datetime) -> Task | None:
        rows = self._t.tasks.c
        query = sa.select(self._t.tasks).where(rows.next_at <= now)
        query = query.order_by(rows.next_at, rows.id).limit(1)
        row = self._connection.execute(skip_locked(self._connection, query)).first()
        return None if row is None else _task(row)

    def keep(self, task: Task, now: datetime, over: bool = False) -> None:
        values = {
            "after_id": task.after_id,
            "done": task.done,
            "place": dict(task.place),
            "next_at": None if over else now,
            "finished_at": now if over else None,
            **_UNHALTED,
        }
        self._set(task.task_id, values)

    def halt(self, task: Task, why: Halt | None, until: datetime | None) -> None:
        told = {"halted": why.code, "halted_text": why.text[:500]} if why else _UNHALTED
        self._set(task.task_id, {"next_at": until, **told})

    def get(self, user_id: int, task_id: int) -> Task:
        rows = self._t.tasks.c
        query = sa.select(self._t.tasks).where(rows.id == task_id, rows.user_id == user_id)
        row = self._connection.execute(query.with_for_update()).first()
        if row is None:
            raise NotFound(f"There is no task {task_id}.")
        return _task(row)

    def call_off(self, user_id: int, journey_id: int, why: str, now: datetime) -> None:
        rows = self._t.tasks.c
        these = (rows.user_id == user_id, rows.journey_id == journey_id, rows.kind == "enroll")
        over = {"error": why, "finished_at": now, "next_at": None, **_UNHALTED}
        self._connection.execute(
            sa.update(self._t.tasks).where(*these, rows.finished_at.is_(None)).values(**over)
        )

    def behind(self, user_id: int, since: datetime) -> bool:
        rows = self._t.enrollments.c
        query = sa.select(rows.id).where(rows.user_id == user_id, rows.due_at <= since)
        return self._connection.execute(query.limit(1)).first() is not None

    def give_up(self, task_id: int, error: str, now: datetime) -> None:
        over = {"error": error[:64], "finished_at": now, "next_at": None}
        self._set(task_id, {**over, **_UNHALTED})

    def _set(self, task_id: int, values: Mapping[str, Any]) -> None:
        this = sa.update(self._t.tasks).where(self._t.tasks.c.id == task_id)
        self._connection.execute(this.values(**values))

    def open_kinds(self, user_id: int, journey_id: int) -> Collection[str]:
        rows = self._t.tasks.c
        mine = (rows.user_id == user_id, rows.journey_id == journey_id)
        query = sa.select(rows.kind).where(*mine, rows.finished_at.is_(None))
        return set(self._connection.execute(query).scalars())

    # Whom it is about

    def count(self, who: Chosen) -> int:
        rows = self._t.enrollments.c
        wanted = self._wanted(who) & rows.state.in_(who.states)
        return self._connection.execute(sa.select(sa.func.count()).where(wanted)).scalar_one()

    def batch(
        self, who: Chosen, after_id: EnrollmentId, limit: int
    ) -> tuple[Groups, EnrollmentId | None]:
        """State by state: an index has the people of each in the order of their ids."""
        rows = self._t.enrollments.c
        wanted = self._wanted(who)
        found: list[int] = []
        for state in who.states:
            ids = sa.select(rows.id).where(wanted, rows.state == state, rows.id > after_id)
            found += self._connection.execute(ids.order_by(rows.id).limit(limit)).scalars()
        chosen = sorted(found)[:limit]
        claims = Claims(self._connection, self._t)
        still = wanted & rows.state.in_(who.states)
        return claims.stood_at(who.user_id, chosen, still), chosen[-1] if chosen else None

    def one(self, user_id: int, journey_id: int, enrollment_id: EnrollmentId) -> Groups:
        rows = self._t.enrollments.c
        stopped = (rows.journey_id == journey_id) & rows.state.in_(STOPPED)
        claims = Claims(self._connection, self._t)
        return claims.stood_at(user_id, [enrollment_id], stopped)

    def due(self, user_id: int, ids: Sequence[EnrollmentId], before: datetime) -> Groups:
        claims = Claims(self._connection, self._t)
        return claims.stood_at(user_id, ids, self._t.enrollments.c.due_at < before)

    def put_off(self, due: Mapping[EnrollmentId, datetime]) -> None:
        rows = [{"id": i, "due_at": at} for i, at in due.items()]
        changes = {"epoch": "{t}.epoch + 1"}
        update_joined(self._connection, self._t.enrollments, ("id",), changes, rows)

    def _wanted(self, who: Chosen) -> sa.ColumnElement[bool]:
        rows = self._t.enrollments.c
        wanted = (rows.user_id == who.user_id) & (rows.journey_id == who.journey_id)
        if who.cause is not None:
            wanted &= rows.cause == who.cause
        if who.step_id is not None:
            wanted &= rows.step_id == who.step_id
        return wanted

    def renew(self, step_id: int, ids: Sequence[EnrollmentId], now: datetime) -> Sequence[Renewed]:
        d, other = self._t.deliveries.c, self._t.deliveries.alias("other")
        same = (other.c.enrollment_id == d.enrollment_id, other.c.step_id == step_id)
        last = sa.select(sa.func.max(other.c.visit)).where(*same).scalar_subquery()
        query = sa.select(self._t.deliveries).where(
            among(d.enrollment_id, ids),
            d.step_id == step_id,
            d.state == "failed",
            d.visit == last,
            still_there(self._t),
        )
        found = self._connection.execute(query).all()
        if found:
            self._connection.execute(
                sa.update(self._t.deliveries)
                .where(among(d.id, [row.id for row in found]), d.state == "failed")
                .values(
                    earlier=d.attempts, state="new", next_at=now, finished_at=None, result=sa.null()
                )
            )
            self._queue_again([row.delivery_key for row in found if row.kind == "message"], now)
        return [
            Renewed(row.user_id, row.journey_id, row.step_id, str(row.status or row.error))
            for row in found
            if row.kind != "message"
        ]

    def _queue_again(self, keys: Sequence[str], now: datetime) -> None:
        """Messages that were not sent, and are about to be."""
        if keys:
            m = self._t.messages
            failed = (m.c.delivery_key.in_(keys), m.c.state == "failed")
            values = {"state": "queued", "reason": None, "sent_at": now}
            self._connection.execute(sa.update(m).where(*failed).values(**values))

    # What is deleted

    def erase(self, user_id: int, journey_id: int, limit: int) -> int:
        e, t = self._t.enrollments.c, self._t
        mine = (e.user_id == user_id, e.journey_id == journey_id)
        ids = list(self._connection.execute(sa.select(e.id).where(*mine).limit(limit)).scalars())
        if not ids:
            return 0
        deliveries = sa.select(t.deliveries.c.id).where(among(t.deliveries.c.enrollment_id, ids))
        sent = list(self._connection.execute(deliveries).scalars())
        self._delete(t.delivery_tries, t.delivery_tries.c.delivery_id, sent)
        of_theirs = (t.deliveries, t.messages, t.step_log, t.enrollment_data, t.exits, t.waiters)
        for table in (*of_theirs, t.goals_reached):
            self._delete(table, table.c.enrollment_id, ids)
        self._delete(t.enrollments, e.id, ids)
        return len(ids)

    def erase_journey(self, user_id: int, journey_id: int, limit: int) -> bool:
        j = self._t.journeys.c
        for table in (self._t.counters, self._t.past_figures):
            mine = (table.c.user_id == user_id, table.c.journey_id == journey_id)
            query = sa.select(table.c.id).where(*mine).limit(limit)
            if ids := list(self._connection.execute(query).scalars()):
                self._delete(table, table.c.id, ids)
                return False
        t = self._t
        for table in (t.changeovers, t.plans, t.caps, t.sending, t.versions):
            of_it = (table.c.user_id == user_id, table.c.journey_id == journey_id)
            self._connection.execute(sa.delete(table).where(*of_it))
        self._connection.execute(
            sa.delete(self._t.journeys).where(j.user_id == user_id, j.id == journey_id)
        )
        return True

    def _delete(self, table: sa.Table, column: sa.ColumnElement[Any], ids: Iterable[int]) -> None:
        self._connection.execute(sa.delete(table).where(among(column, ids)))

    def audit(
        self, order: Order, act: str, now: datetime, detail: Mapping[str, Any] | None = None
    ) -> None:
        values = {
            "at": now,
            "user_id": order.user_id,
            "actor": order.actor,
            "act": act,
            "journey_id": order.journey_id,
            "detail": dict(detail or {}),
        }
        self._connection.execute(sa.insert(self._t.audit).values(**values))


def _task(row: sa.Row[Any]) -> Task:
    order = Order(
        user_id=row.user_id,
        journey_id=row.journey_id,
        kind=row.kind,
        actor=row.actor,
        people=row.people,
        cause=row.cause,
        step_id=row.step_id,
        terms=row.terms,
    )
    finished = row.finished_at is not None
    return Task(row.id, order, row.after_id, row.done, row.place or {}, row.halted, finished)
