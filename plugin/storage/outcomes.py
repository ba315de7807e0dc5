"""What the pages read about who is stopped, overdue or caught up with, and about tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from plugin.engine.reading import TASK_ROWS, CauseGroup, OutageRow, TaskRow, Weight
from plugin.storage.figures import INSIDE, STOPPED
from plugin.storage.tables import Tables

#: An outage is told so long after it has been caught up with.
TOLD = timedelta(days=1)


class SqlOutcomes:
    """One statement per verb, `weight` three. Lives as long as its transaction."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._t = connection, tables

    def stopped(self, user_id: int, journey_id: int | None) -> Sequence[CauseGroup]:
        e, j = self._t.enrollments.c, self._t.journeys.c
        people = sa.func.count().label("people")
        query = (
            sa.select(
                e.journey_id,
                j.name,
                e.state,
                e.cause,
                sa.func.max(e.cause_text).label("text"),
                e.step_id,
                people,
                sa.func.min(e.arrived_at, type_=e.arrived_at.type).label("since"),
            )
            .join_from(
                self._t.journeys,
                self._t.enrollments,
                (e.user_id == j.user_id) & (e.journey_id == j.id),
            )
            .where(j.user_id == user_id, e.user_id == user_id, e.state.in_(STOPPED))
            .group_by(e.journey_id, j.name, e.state, e.cause, e.step_id)
            .order_by(people.desc(), e.journey_id, e.step_id, e.cause)
        )
        if journey_id is not None:
            query = query.where(j.id == journey_id)
        return [
            CauseGroup(
                journey_id=row.journey_id,
                journey_name=row.name,
                state=row.state,
                cause=row.cause or "",
                cause_text=row.text or "",
                step_id=row.step_id,
                people=row.people,
                since=row.since,
            )
            for row in self._connection.execute(query)
        ]

    def tasks(self, user_id: int, journey_id: int | None) -> Sequence[TaskRow]:
        rows = self._t.tasks.c
        columns: list[sa.ColumnElement[Any]] = [
            rows.id,
            rows.journey_id,
            rows.kind,
            rows.cause,
            rows.step_id,
            rows.actor,
            rows.ordered_at,
            rows.people,
            rows.done,
            rows.finished_at,
            rows.error,
            rows.halted,
            rows.halted_text,
            rows.place,
        ]
        query = sa.select(*columns).where(rows.user_id == user_id)
        if journey_id is not None:
            query = query.where(rows.journey_id == journey_id)
        found = self._connection.execute(query.order_by(rows.id.desc()).limit(TASK_ROWS))
        return [replace(TaskRow(*row), figures=_figures(row)) for row in found]

    def overdue(self, user_id: int, journey_id: int, now: datetime) -> Mapping[int, int]:
        e = self._t.enrollments.c
        query = sa.select(e.step_id, sa.func.count()).where(
            e.user_id == user_id,
            e.journey_id == journey_id,
            e.state.in_(INSIDE),
            sa.func.coalesce(e.frozen_due_at, e.due_at) < now,
        )
        found = self._connection.execute(query.group_by(e.step_id)).all()
        return {row[0]: row[1] for row in found}

    def weight(self, user_id: int, journey_id: int) -> Weight:
        e, d, v = self._t.enrollments.c, self._t.deliveries.c, self._t.versions.c
        passages = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(e.visit), 0))
        mine = (e.user_id == user_id, e.journey_id == journey_id)
        people, lines = self._connection.execute(passages.where(*mine)).one()
        count = sa.select(sa.func.count())
        sent = count.where(d.user_id == user_id, d.journey_id == journey_id)
        published = count.where(v.user_id == user_id, v.journey_id == journey_id)
        return Weight(
            people=people,
            lines=int(lines),
            deliveries=self._connection.execute(sent).scalar_one(),
            versions=self._connection.execute(published).scalar_one(),
        )

    def outage(self, now: datetime) -> OutageRow | None:
        o = self._t.outages.c
        columns = (o.began_at, o.noticed_at, o.kind, o.until, o.people, o.finished_at)
        query = sa.select(*columns).where(o.until > now - TOLD).order_by(o.id.desc()).limit(1)
        row = self._connection.execute(query).first()
        return OutageRow(*row) if row else None


def _figures(row: sa.Row[Any]) -> Mapping[str, int]:
    figures: Mapping[str, int] = (row.place or {}).get("figures", {})
    return figures
