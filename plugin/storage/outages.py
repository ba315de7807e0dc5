"""The pulse of all workers together, and the outages that it shows."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import sqlalchemy as sa

from plugin.engine.outages_port import Outage, OutageKind
from plugin.engine.tasks_port import Groups
from plugin.storage.claims import Claims
from plugin.storage.dialect import insert_ignore, is_sqlite
from plugin.storage.tables import Tables

#: The one row of the pulse.
ONLY = 1


class SqlOutages:
    """See engine.outages_port.Outages."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._t = connection, tables

    def look(self, now: datetime) -> datetime | None:
        rows = self._t.pulse.c
        query = sa.select(rows.seen_at).where(rows.id == ONLY)
        if not is_sqlite(self._connection):
            query = query.with_for_update()
        seen = self._connection.execute(query).scalar()
        if seen is None:
            insert_ignore(self._connection, self._t.pulse, [{"id": ONLY, "seen_at": now}])
            return None
        mine = sa.update(self._t.pulse).where(rows.id == ONLY)
        self._connection.execute(mine.values(seen_at=now))
        return cast(datetime, seen)

    def add(self, began: datetime, outage: Outage, kind: OutageKind) -> None:
        values = {
            "began_at": began,
            "noticed_at": outage.noticed_at,
            "kind": kind,
            "due_before": outage.due_before,
            "until": outage.until,
            "people": 0,
        }
        self._connection.execute(sa.insert(self._t.outages).values(**values))

    def open(self) -> Outage | None:
        rows = self._t.outages.c
        query = sa.select(rows.id, rows.due_before, rows.noticed_at, rows.until)
        query = query.where(rows.finished_at.is_(None)).order_by(rows.id).limit(1)
        if not is_sqlite(self._connection):
            query = query.with_for_update()
        found = self._connection.execute(query).first()
        return Outage(*found) if found else None

    def overdue(self, before: datetime, limit: int) -> Groups:
        """One seek per account, then a stretch of the index of one that has somebody."""
        e, j = self._t.enrollments, self._t.journeys.c
        owners = sa.select(j.user_id).distinct().subquery()
        enabled = sa.select(j.id).where(j.status == "enabled", j.user_id == e.c.user_id)
        late = (e.c.due_at < before, e.c.journey_id.in_(enabled))
        somebody = sa.exists().where(e.c.user_id == owners.c.user_id, *late)
        found = sa.select(owners.c.user_id).where(somebody).limit(1)
        user_id = self._connection.execute(found).scalar()
        if user_id is None:
            return []
        mine = sa.select(e.c.id).where(e.c.user_id == user_id, *late)
        ids = self._connection.execute(mine.order_by(e.c.due_at).limit(limit)).scalars().all()
        return Claims(self._connection, self._t).stood_at(user_id, ids, e.c.due_at < before)

    def advance(self, outage: Outage, people: int, end: datetime | None) -> None:
        rows = self._t.outages.c
        self._connection.execute(
            sa.update(self._t.outages)
            .where(rows.id == outage.outage_id)
            .values(people=rows.people + people, finished_at=end)
        )
