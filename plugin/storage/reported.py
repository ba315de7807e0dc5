"""Events that were reported of a person, with what came of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from plugin.engine.reading import Reported
from plugin.sql.among import among
from plugin.storage.tables import Tables


class SqlReported:
    """Two statements. Lives as long as its transaction. Whose the lists are, the caller knows."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._t = connection, tables

    def rows(
        self, user_id: int, people: Collection[tuple[int, int]], most: int
    ) -> Sequence[Reported]:
        rows = self._t.inbox.c
        what = (rows.id, rows.type, rows.list_id, rows.subscriber_id)
        times = (rows.occurred_at, rows.received_at, rows.state, rows.reason)
        each = [(rows.list_id == i) & (rows.subscriber_id == s) for i, s in people]
        query = sa.select(*what, *times).where(sa.or_(sa.false(), *each))
        found = self._connection.execute(query.order_by(rows.id.desc()).limit(most)).all()
        entered = self._entered(user_id, [row.id for row in found])
        return [
            Reported(
                event_id=row.id,
                type=row.type,
                list_id=row.list_id,
                subscriber_id=row.subscriber_id,
                occurred_at=row.occurred_at,
                received_at=row.received_at,
                state=row.state,
                reason=row.reason,
                entered=entered.get(row.id, ()),
            )
            for row in reversed(found)
        ]

    def _entered(self, user_id: int, ids: Sequence[int]) -> Mapping[int, Sequence[int]]:
        e = self._t.enrollments.c
        query = sa.select(e.entry_event_id, e.journey_id).where(
            e.user_id == user_id, among(e.entry_event_id, ids)
        )
        found: dict[int, list[int]] = defaultdict(list)
        for event_id, journey_id in self._connection.execute(query.order_by(e.id)):
            found[event_id].append(journey_id)
        return found
