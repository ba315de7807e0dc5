"""Changeovers: who is behind the newest version, and their move to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId, Member, Position
from plugin.domain.fates import Removed
from plugin.engine.changeover_port import STATES, Behind, Changeover, GoneOver, Group, Place
from plugin.sql.among import among
from plugin.storage.dialect import skip_locked
from plugin.storage.settling import Settling
from plugin.storage.tables import Tables


class SqlChangeovers:
    """See engine.changeover_port. Lives as long as its transaction."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._tables = connection, tables
        self._table, self._people = tables.changeovers, tables.enrollments.c
        self._settling = Settling(connection, tables)

    def begin(self, user_id: int, journey_id: int, to: int, removed: Removed, now: datetime) -> int:
        rows, e = self._table.c, self._people
        self._connection.execute(
            sa.update(self._table)
            .where(rows.user_id == user_id, rows.journey_id == journey_id, rows.state == "running")
            .values(state="superseded", finished_at=now)
        )
        inside = (e.user_id == user_id, e.journey_id == journey_id, e.state.in_(STATES))
        counted = sa.select(sa.func.count()).where(*inside)
        total: int = self._connection.execute(counted).scalar_one()
        values = {
            "user_id": user_id,
            "journey_id": journey_id,
            "version_id": to,
            "removed": removed,
            "state": "running",
            "total": total,
            "moved": 0,
            "exited": 0,
            "at_state": 0,
            "after_id": 0,
            "started_at": now,
            "touched_at": now,
        }
        self._connection.execute(sa.insert(self._table).values(**values))
        return total

    def groups(self, user_id: int, journey_id: int) -> Sequence[Group]:
        e = self._people
        at = (e.version_id, e.step_id, e.state)
        query = (
            sa.select(*at, sa.func.count())
            .where(e.user_id == user_id, e.journey_id == journey_id, e.state.in_(STATES))
            .group_by(*at)
            .order_by(sa.null())  # MariaDB sorts groups unless it is told not to
        )
        return [Group(*row) for row in self._connection.execute(query)]

    def next(self) -> Changeover | None:
        rows = self._table.c
        query = sa.select(self._table).where(rows.state == "running")
        query = query.order_by(rows.touched_at, rows.id).limit(1)
        row = self._connection.execute(skip_locked(self._connection, query)).first()
        if row is None:
            return None
        return Changeover(
            changeover_id=row.id,
            user_id=row.user_id,
            journey_id=row.journey_id,
            version_id=row.version_id,
            removed=row.removed,
            place=Place(row.at_state, row.after_id),
            moved=row.moved,
            exited=row.exited,
        )

    def behind(self, of: Changeover, limit: int) -> Sequence[EnrollmentId]:
        e = self._people
        query = sa.select(e.id).where(
            e.user_id == of.user_id,
            e.journey_id == of.journey_id,
            e.state == STATES[of.place.state],
            e.id > of.place.after_id,
            e.version_id != of.version_id,
        )
        return list(self._connection.execute(query.order_by(e.id).limit(limit)).scalars())

    def lock(self, of: Changeover, ids: Sequence[EnrollmentId]) -> Sequence[Behind]:
        e = self._people
        member = (e.id, e.subscriber_id, e.state, e.visit, e.epoch, e.attempts, e.due_at, e.cause)
        at = (e.version_id, e.step_id, e.list_id)
        query = sa.select(*member, *at, e.frozen_due_at, e.arrived_at).where(
            among(e.id, ids), e.state != "ended", e.version_id != of.version_id
        )
        found = self._connection.execute(skip_locked(self._connection, query.order_by(e.id)))
        return [_behind(row) for row in found]

    def go_over(self, people: Sequence[GoneOver], now: datetime) -> None:
        self._settling.write((_row(one, now) for one in people), [p.standing for p in people])

    def anybody_behind(self, of: Changeover) -> bool:
        e = self._people
        query = sa.select(e.id).where(
            e.user_id == of.user_id,
            e.journey_id == of.journey_id,
            e.state.in_(STATES),
            e.version_id != of.version_id,
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def note(self, of: Changeover, place: Place | None, now: datetime) -> None:
        place_now = place or of.place
        values: dict[str, Any] = {
            "moved": of.moved,
            "exited": of.exited,
            "touched_at": now,
            "at_state": place_now.state,
            "after_id": place_now.after_id,
        }
        if place is None:
            values |= {"state": "done", "finished_at": now}
        rows = self._table.c
        mine = (rows.id == of.changeover_id, rows.user_id == of.user_id)
        self._connection.execute(sa.update(self._table).where(*mine).values(**values))


def _behind(row: sa.Row[Any]) -> Behind:
    member, rest = row[: len(Member._fields)], row[len(Member._fields) :]
    return Behind(Member._make(member), Position._make(rest[:3]), rest[3], rest[4])


def _row(one: GoneOver, now: datetime) -> Mapping[str, Any]:
    """The columns that change: as few sets of them as there are sorts of fates."""
    s = one.standing
    row: dict[str, Any] = {
        "id": s.member.enrollment_id,
        "epoch": s.member.epoch,
        "version_id": s.position.version_id,
        "visit": s.visit,
    }
    if one.due is not None:
        row["due_at"] = None if one.frozen else one.due
        row["frozen_due_at"] = one.due if one.frozen else None
    if s.arrived:
        row |= {"step_id": s.position.step_id, "state": s.state, "arrived_at": now}
        row |= {"attempts": s.attempts, "cause": s.cause, "cause_text": s.cause_text}
    return row
