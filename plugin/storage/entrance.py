"""Entering where a journey has entry criteria or caps: who got in, when they start, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from plugin.domain.caps import Taken
from plugin.domain.enrollment import SubscriberId
from plugin.engine.entry_port import Arrival, Made
from plugin.engine.ports import Version
from plugin.errors import Interrupted
from plugin.sql.among import among
from plugin.storage.dialect import insert_ignore, insert_many, is_sqlite, update_joined
from plugin.storage.tables import Tables

#: The step id of lines of the history that are about the journey, not about a step.
NO_STEP = 0


class SqlEntrance:
    """See engine.entry_port.Entrance. Lives as long as its transaction."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._t = connection, tables

    def made(self, journey_id: int, ids: Sequence[SubscriberId], call: int) -> Sequence[Made]:
        rows = self._t.enrollments.c
        query = sa.select(rows.id, rows.subscriber_id).where(
            rows.journey_id == journey_id, among(rows.subscriber_id, ids), rows.entry_call == call
        )
        found = self._connection.execute(query.order_by(rows.id))
        return [Made._make(row) for row in found]

    def taken(self, user_id: int, journey_id: int, now: datetime) -> Taken | None:
        found = self._taken(journey_id)
        if found is None:
            fresh = {"journey_id": journey_id, "user_id": user_id, "hour_at": now, "in_hour": 0}
            insert_ignore(self._connection, self._t.caps, [fresh | {"day_at": now, "in_day": 0}])
            found = self._taken(journey_id)
        return found if found and found.in_day else None

    def _taken(self, journey_id: int) -> Taken | None:
        rows = self._t.caps.c
        query = sa.select(rows.hour_at, rows.in_hour, rows.day_at, rows.in_day)
        query = query.where(rows.journey_id == journey_id)
        if not is_sqlite(self._connection):
            query = query.with_for_update()
        row = self._connection.execute(query).first()
        return Taken._make(row) if row else None

    def give(self, journey_id: int, taken: Taken) -> None:
        rows = self._t.caps
        values = {
            "hour_at": taken.hour,
            "in_hour": taken.in_hour,
            "day_at": taken.day,
            "in_day": taken.in_day,
        }
        self._connection.execute(
            sa.update(rows).where(rows.c.journey_id == journey_id).values(**values)
        )

    def place(self, arrivals: Sequence[Arrival], now: datetime) -> None:
        rows = [
            {
                "id": arrival.made.enrollment_id,
                "epoch": 0,
                "state": "active" if arrival.starts_at <= now else "entering",
                "due_at": arrival.starts_at,
            }
            for arrival in arrivals
        ]
        met = update_joined(self._connection, self._t.enrollments, ("id", "epoch"), {}, rows)
        if met != len(rows):
            raise Interrupted("Enrollments that were just made are not there.")

    def tell(self, version: Version, arrivals: Sequence[Arrival], now: datetime) -> None:
        lines = [
            {
                "enrollment_id": arrival.made.enrollment_id,
                "visit": 1,
                "logged_on": now.date(),
                "user_id": version.user_id,
                "journey_id": version.journey_id,
                "version_id": version.version_id,
                "step_id": NO_STEP,
                "action": "",
                "outcome": "entered",
                "branch": None,
                "logged_at": now,
                "detail": arrival.detail,
            }
            for arrival in arrivals
        ]
        insert_many(self._connection, self._t.step_log, lines)
