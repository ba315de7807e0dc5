"""Plans: how far each enabled journey has come with what time brings about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from plugin.domain.enrollment import SubscriberId
from plugin.engine.planning_port import Plan
from plugin.sql.among import among
from plugin.storage.dialect import insert_ignore, skip_locked
from plugin.storage.tables import Tables

#: Plans that a worker tries to lock at once: others may hold the first ones.
CANDIDATES = 16
#: Plans made or dropped in one transaction.
AT_ONCE = 1000


class SqlPlans:
    """See engine.planning_port.Plans."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._tables = connection, tables

    def refresh(self) -> None:
        """Two looks without locks, and a statement for what they find."""
        j, p = self._tables.journeys, self._tables.plans
        both = p.outerjoin(j, j.c.id == p.c.journey_id)
        off = sa.or_(j.c.id.is_(None), j.c.status != "enabled")
        idle = sa.select(p.c.journey_id).select_from(both).where(off).limit(AT_ONCE)
        if gone := list(self._connection.execute(idle).scalars()):
            self._connection.execute(sa.delete(p).where(among(p.c.journey_id, gone)))
        both = j.outerjoin(p, p.c.journey_id == j.c.id)
        new = (
            sa.select(j.c.id, j.c.user_id, j.c.modified_at)
            .select_from(both)
            .where(j.c.status == "enabled", p.c.journey_id.is_(None))
            .limit(AT_ONCE)
        )
        rows = [_row(Plan(i, of, 0, "", "", on)) for i, of, on in self._connection.execute(new)]
        insert_ignore(self._connection, p, rows)

    def take(self, now: datetime) -> Plan | None:
        j, p = self._tables.journeys, self._tables.plans
        due = sa.or_(p.c.due_at <= now, p.c.version_id != j.c.live_version_id)
        candidates = (
            sa.select(p.c.journey_id)
            .join_from(p, j, j.c.id == p.c.journey_id)
            .where(j.c.status == "enabled", due)
            .order_by(p.c.due_at, p.c.journey_id)
            .limit(CANDIDATES)
        )
        if not (ids := list(self._connection.execute(candidates).scalars())):
            return None
        # In the order of the key, so that no row is locked but the one that is taken.
        query = sa.select(p).where(among(p.c.journey_id, ids)).limit(1)
        row = self._connection.execute(skip_locked(self._connection, query)).first()
        return None if row is None else Plan(**row._mapping)

    def move(self, plan: Plan) -> None:
        p = self._tables.plans
        values = _row(plan)
        this = p.c.journey_id == values.pop("journey_id")
        self._connection.execute(sa.update(p).where(this).values(**values))

    def holding(
        self, journey_id: int, list_id: int, ids: Sequence[SubscriberId], now: datetime
    ) -> frozenset[SubscriberId]:
        e = self._tables.enrollments.c
        held = (
            e.entry_key.is_not(None),
            sa.or_(e.state != "ended", e.reopens_at.is_(None), e.reopens_at > now),
        )
        query = sa.select(e.subscriber_id).where(*self._of(journey_id, list_id, ids), *held)
        return frozenset(self._connection.execute(query).scalars()) if ids else frozenset()

    def often(
        self,
        journey_id: int,
        list_id: int,
        ids: Sequence[SubscriberId],
        since: datetime,
        times: int,
    ) -> frozenset[SubscriberId]:
        e = self._tables.enrollments.c
        query = (
            sa.select(e.subscriber_id)
            .where(*self._of(journey_id, list_id, ids), e.entered_at > since)
            .group_by(e.subscriber_id)
            .having(sa.func.count() >= times)
        )
        return frozenset(self._connection.execute(query).scalars()) if ids else frozenset()

    def _of(self, journey_id: int, list_id: int, ids: Sequence[SubscriberId]) -> tuple[Any, ...]:
        e = self._tables.enrollments.c
        return e.journey_id == journey_id, among(e.subscriber_id, ids), e.list_id == list_id


def _row(plan: Plan) -> dict[str, Any]:
    return {
        "journey_id": plan.journey_id,
        "user_id": plan.user_id,
        "version_id": plan.version_id,
        "trigger": plan.trigger,
        "slot": plan.slot,
        "due_at": plan.due_at,
        "place": dict(plan.place),
    }
