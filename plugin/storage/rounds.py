"""Looks over everybody, every so often: where each of them has come to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from plugin.engine.rounds_port import Place, Resident, Watched
from plugin.storage.dialect import insert_ignore, skip_locked
from plugin.storage.tables import Tables
from plugin.storage.versions import EXITS_BY_CRITERIA, with_bit


class SqlRounds:
    """See engine.rounds_port.Rounds. Lives as long as its transaction."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._table = connection, tables.rounds
        self._t = tables

    def next(self, name: str, now: datetime, every: timedelta) -> Place | None:
        rows = self._table.c
        query = sa.select(rows.began_at, rows.place).where(rows.name == name)
        # Read without a lock at first: most looks find that it is not time yet.
        seen = self._connection.execute(query).first()
        if seen is None:
            long_ago = {"name": name, "began_at": now - every, "place": None}
            insert_ignore(self._connection, self._table, [long_ago])
        elif seen.place is None and now - seen.began_at < every:
            return None
        row = self._connection.execute(skip_locked(self._connection, query)).first()
        if row is None or (row.place is None and now - row.began_at < every):
            return None
        if row.place is not None:
            return dict(row.place)
        began = sa.update(self._table).where(rows.name == name).values(began_at=now, place={})
        self._connection.execute(began)
        return {}

    def save(self, name: str, place: Place | None) -> None:
        change = sa.update(self._table).where(self._table.c.name == name)
        self._connection.execute(change.values(place=None if place is None else dict(place)))

    def owners(self) -> Sequence[int]:
        rows = self._t.journeys.c
        query = sa.select(rows.user_id).distinct().where(rows.status != "archived")
        return sorted(self._connection.execute(query).scalars())

    def watched(self, from_id: int) -> Watched | None:
        j, v = self._t.journeys.c, self._t.versions.c
        query = (
            sa.select(j.user_id, j.id)
            .join_from(self._t.versions, self._t.journeys, j.id == v.journey_id)
            .where(
                v.exit_rules.in_(with_bit(EXITS_BY_CRITERIA)),
                j.status == "enabled",
                j.id >= from_id,
            )
            .order_by(j.id)
            .limit(1)
        )
        found = self._connection.execute(query).first()
        return Watched._make(found) if found else None

    def residents(
        self, journey: Watched, state: str, after_id: int, limit: int
    ) -> Sequence[Resident]:
        rows = self._t.enrollments.c
        query = sa.select(rows.id, rows.version_id, rows.list_id, rows.subscriber_id).where(
            rows.user_id == journey.user_id,
            rows.journey_id == journey.journey_id,
            rows.state == state,
            rows.id > after_id,
        )
        found = self._connection.execute(query.order_by(rows.id).limit(limit))
        return [Resident._make(row) for row in found]
