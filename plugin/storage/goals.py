"""Who has reached which goal: a row for each, added once and never changed."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId
from plugin.engine.goals_port import Aim, Candidate, Reached, goal_key
from plugin.sql.among import among
from plugin.storage.dialect import insert_ignore
from plugin.storage.tables import Tables

#: Calls are told apart by random numbers of this many bits.
CALL_BITS = 62


class SqlGoals:
    """See engine.goals_port.Goals. Lives as long as its transaction."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection = connection
        self._table, self._enrollments = tables.goals_reached, tables.enrollments

    def aims(self, user_id: int, ids: Collection[EnrollmentId]) -> Mapping[EnrollmentId, Aim]:
        e, g = self._enrollments.c, self._table.c
        entered = sa.select(e.id, e.entered_at).where(e.user_id == user_id, among(e.id, ids))
        query = sa.select(g.enrollment_id, g.goal_key).where(
            g.user_id == user_id, among(g.enrollment_id, ids)
        )
        reached: dict[EnrollmentId, set[bytes]] = defaultdict(set)
        for who, key in self._connection.execute(query):
            reached[who].add(bytes(key))
        return {
            who: Aim(who, at, frozenset(reached.get(who, ())))
            for who, at in self._connection.execute(entered)
        }

    def candidates(
        self, user_ids: Iterable[int], person_keys: Iterable[bytes], versions: Iterable[int]
    ) -> Sequence[Candidate]:
        e = self._enrollments.c
        is_open = e.state != "ended"
        names = ("id", "user_id", "version_id", "person_key", "entry_event_id", "entered_at")
        query = sa.select(*(e[name] for name in names), sa.case((is_open, 1), else_=0)).where(
            e.user_id.in_(set(user_ids)),
            e.person_key.in_(set(person_keys)),
            among(e.version_id, versions),
            is_open | e.kept_since.is_not(None),
        )
        found = self._connection.execute(query.order_by(e.id))
        return [Candidate(*row[:3], bytes(row[3]), *row[4:6], bool(row[6])) for row in found]

    def reach(self, found: Sequence[Reached], now: datetime) -> Sequence[Reached]:
        if not found:
            return []
        call, g = secrets.randbits(CALL_BITS), self._table.c
        rows = [
            {
                "enrollment_id": one.enrollment_id,
                "goal_key": goal_key(one.goal),
                "user_id": one.user_id,
                "journey_id": one.journey_id,
                "version_id": one.version_id,
                "goal": one.goal,
                "reached_at": one.at,
                "noted_at": now,
                "detail": dict(one.detail),
                "noted_call": call,
            }
            for one in found
        ]
        insert_ignore(self._connection, self._table, rows)
        ids = {one.enrollment_id for one in found}
        query = sa.select(g.enrollment_id, g.goal_key).where(
            among(g.enrollment_id, ids), g.noted_call == call
        )
        new = {(who, bytes(key)) for who, key in self._connection.execute(query)}
        return [one for one in found if (one.enrollment_id, goal_key(one.goal)) in new]
