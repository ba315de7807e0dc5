"""What lies beside enrollments: the data of the event that made them, and kept values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId
from plugin.engine.tag_ports import MOST_EVENT_BYTES, EnrollmentData
from plugin.sql.among import among
from plugin.storage.dialect import insert_ignore, update_joined
from plugin.storage.tables import Tables


class SqlBeside:
    """See engine.tag_ports.Beside."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._t = connection, tables

    def copy_events(self, journey_id: int, inbox_ids: Sequence[int]) -> None:
        """Found by journey and subscriber, for which there is an index; an event makes one
        enrollment of a journey at most."""
        if not inbox_ids:
            return
        e, i = self._t.enrollments.c, self._t.inbox.c
        size = sa.func.length(sa.cast(i.data, sa.LargeBinary))
        fits = size <= MOST_EVENT_BYTES
        made = (
            sa.select(e.id, e.user_id, sa.case((fits, i.data)), sa.case((fits, 0), else_=1))
            .join(
                self._t.enrollments,
                sa.and_(
                    e.journey_id == journey_id,
                    e.subscriber_id == i.subscriber_id,
                    e.entry_event_id == i.id,
                ),
            )
            .where(among(i.id, inbox_ids))
        )
        names = ["enrollment_id", "user_id", "event", "too_large"]
        self._connection.execute(sa.insert(self._t.enrollment_data).from_select(names, made))

    def read(
        self, user_id: int, ids: Sequence[EnrollmentId]
    ) -> Mapping[EnrollmentId, EnrollmentData]:
        rows = self._t.enrollment_data.c
        query = sa.select(rows.enrollment_id, rows.event, rows.kept, rows.too_large)
        query = query.where(among(rows.enrollment_id, ids), rows.user_id == user_id)
        return {
            row.enrollment_id: EnrollmentData(row.event, row.kept or {}, bool(row.too_large))
            for row in self._connection.execute(query)
        }

    def keep(self, user_id: int, kept: Mapping[EnrollmentId, Mapping[str, Any]]) -> None:
        table = self._t.enrollment_data
        rows = [{"enrollment_id": i, "kept": dict(values)} for i, values in kept.items()]
        new = {"user_id": user_id, "event": None, "too_large": 0}
        insert_ignore(self._connection, table, [row | new for row in rows])
        update_joined(self._connection, table, ("enrollment_id",), {}, rows)
