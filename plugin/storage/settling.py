"""The settle: where everyone stands now, and the history of how they got there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId, Standing, Visit
from plugin.engine.ports import Count
from plugin.errors import Interrupted
from plugin.sql.among import among
from plugin.storage.dialect import insert_many, is_sqlite, update_joined
from plugin.storage.tables import Tables
from plugin.storage.waiters import gone


class Settling:
    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._tables = connection, tables

    def settle(self, standings: Sequence[Standing], now: datetime) -> None:
        """One update for each set of columns written (four at most) and one insert."""
        self.write((_settled(standing, now) for standing in standings), standings)

    def write(self, people: Iterable[Mapping[str, Any]], standings: Sequence[Standing]) -> None:
        """One update for each set of columns among the rows of `people`, and the history."""
        shapes: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
        for row in people:
            shapes.setdefault(tuple(row), []).append(row)
        for rows in shapes.values():
            self._update(rows)
        lines = [_line(visit, standing) for standing in standings for visit in standing.visits]
        insert_many(self._connection, self._tables.step_log, lines)
        gone(self._connection, self._tables, [_id(s) for s in standings if s.waits_no_more])

    def _update(self, rows: Sequence[Mapping[str, Any]]) -> None:
        changes = {"epoch": "{t}.epoch + 1"}
        met = update_joined(
            self._connection, self._tables.enrollments, ("id", "epoch"), changes, rows
        )
        if met != len(rows):
            raise Interrupted(f"{len(rows) - met} enrollments were settled by another worker.")

    def freeze(self, ids: Sequence[EnrollmentId], journey_ids: Iterable[int]) -> None:
        """Only where the journey is still off: who turns it on now waits for our commit, and then
        finds the mark raised."""
        rows, journeys = self._tables.enrollments.c, self._tables.journeys
        off = sa.select(journeys.c.id).where(
            journeys.c.id.in_(sorted(journey_ids)), journeys.c.status == "disabled"
        )
        if not is_sqlite(self._connection):
            off = off.order_by(journeys.c.id).with_for_update()
        still_off = list(self._connection.execute(off).scalars())
        self._connection.execute(
            sa.update(journeys)
            .where(journeys.c.id.in_(still_off))
            .values(frozen_mark=journeys.c.frozen_mark + 1)
        )
        self._connection.execute(
            sa.update(self._tables.enrollments)
            .where(among(rows.id, ids), rows.due_at.is_not(None), rows.journey_id.in_(still_off))
            .ordered_values(  # MySQL sets one after the other: what is read must come first
                (rows.frozen_due_at, rows.due_at),
                (rows.due_at, sa.null()),
                (rows.epoch, rows.epoch + 1),
            )
        )

    def count(self, counts: Iterable[Count], now: datetime) -> None:
        """Add deltas, those of one figure summed first."""
        summed: dict[tuple[int, int, int, int, str, str], int] = {}
        for c in counts:
            key = (c.user_id, c.journey_id, c.version_id, c.step_id, c.figure, c.remark)
            summed[key] = summed.get(key, 0) + c.n
        rows = [
            {
                "user_id": user_id,
                "journey_id": journey_id,
                "version_id": version_id,
                "step_id": step_id,
                "counted_on": now.date(),
                "figure": figure,
                "remark": remark[:64],
                "n": n,
                "counted_at": now,
            }
            for (user_id, journey_id, version_id, step_id, figure, remark), n in summed.items()
            if n
        ]
        insert_many(self._connection, self._tables.counters, rows)


def _id(s: Standing) -> EnrollmentId:
    return s.member.enrollment_id


def _settled(s: Standing, now: datetime) -> dict[str, Any]:
    return _ended(s, now) if s.state == "ended" else _moved(s, now)


def _moved(s: Standing, now: datetime) -> dict[str, Any]:
    row = _common(s) | {
        "due_at": s.due_at,
        "frozen_due_at": None,
        "cause": s.cause,
        "cause_text": s.cause_text and s.cause_text[:500],
    }
    if s.waits:
        row["hops"] = 0
    return row | {"arrived_at": now} if s.arrived or s.waits else row


def _ended(s: Standing, now: datetime) -> dict[str, Any]:
    row = _common(s) | {
        "due_at": None,
        "frozen_due_at": None,
        "cause": None,
        "cause_text": None,
        "end_reason": s.end_reason,
        "ended_at": now,
        "kept_since": now,
    }
    if s.frees_key:
        row["entry_key"] = None
    if s.reopens_at is not None:
        row["reopens_at"] = s.reopens_at
    return row


def _common(s: Standing) -> dict[str, Any]:
    return {
        "id": s.member.enrollment_id,
        "epoch": s.member.epoch,
        "step_id": s.position.step_id,
        "state": s.state,
        "visit": s.visit,
        "attempts": s.attempts,
    }


def _line(visit: Visit, standing: Standing) -> dict[str, Any]:
    return {
        "enrollment_id": visit.enrollment_id,
        "visit": visit.visit,
        "logged_on": visit.at.date(),
        "user_id": standing.user_id,
        "journey_id": standing.journey_id,
        "version_id": visit.position.version_id,
        "step_id": visit.position.step_id,
        "action": visit.action,
        "outcome": visit.outcome,
        "branch": visit.branch,
        "logged_at": visit.at,
        "detail": visit.detail,
    }
