"""The outbox: what a step promised in its transaction and is done after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId
from plugin.engine.ports import CallResult, Delivery, Parcel, Tried
from plugin.sql.among import among
from plugin.storage.dialect import insert_many, skip_locked, update_joined
from plugin.storage.installation import Installation, delivery_key
from plugin.storage.tables import Tables

#: Bytes of an answer that are kept for people to read.
KEPT_ANSWER = 2048


class SqlOutbox:
    """See engine.ports.Outbox."""

    def __init__(
        self, connection: sa.Connection, tables: Tables, installation: Installation
    ) -> None:
        self._connection, self._tables = connection, tables
        self._table, self._installation = tables.deliveries, installation
        self._keys: UUID | None = None

    def post(self, batch_of: Mapping[str, int], parcels: Sequence[Parcel], now: datetime) -> None:
        keys = self._keys = self._keys or self._installation.keys(self._connection)
        rows = [_row(parcel, keys, batch_of, now) for parcel in parcels]
        insert_many(self._connection, self._table, rows)

    def lease(self, now: datetime, limit: int, seconds: float) -> Sequence[Delivery]:
        rows = self._table.c
        query = (
            sa.select(self._table).where(rows.next_at <= now).order_by(rows.next_at).limit(limit)
        )
        found = self._connection.execute(skip_locked(self._connection, query)).all()
        if found:
            self._connection.execute(
                sa.update(self._table)
                .where(among(rows.id, [row.id for row in found]))
                .values(
                    state="sending",
                    attempts=rows.attempts + 1,
                    next_at=now + timedelta(seconds=seconds),
                )
            )
        return [_delivery(row) for row in found]

    def finish(self, tried: Sequence[Tried], now: datetime) -> Sequence[Tried]:
        """Only the latest attempt may write its result; a stale worker's is ignored."""
        current = self._current([t.delivery.delivery_id for t in tried])
        fresh = [t for t in tried if current.get(t.delivery.delivery_id) == t.delivery.attempt]
        rows = [_result(t, now) for t in fresh]
        update_joined(self._connection, self._table, ("id", "attempts"), {}, rows)
        insert_many(self._connection, self._tables.delivery_tries, [_try(t, now) for t in fresh])
        self._wake([t.delivery for t in fresh if t.next_at is None], now)
        return fresh

    def _wake(self, ended: Sequence[Delivery], now: datetime) -> None:
        """Whoever is frozen looks when their journey is turned on; whoever went on meanwhile is
        at another step. A later visit of the same one is a hold, or a newer version."""
        e = self._tables.enrollments.c
        waiting = [
            sa.and_(e.id == d.enrollment_id, e.visit >= d.visit, e.step_id == d.step_id)
            for d in ended
            if d.kind != "webhook"
        ]
        if waiting:
            self._connection.execute(
                sa.update(self._tables.enrollments)
                .where(sa.or_(*waiting), e.due_at.is_not(None))
                .values(due_at=now)
            )

    def results(
        self, step_id: int, ids: Iterable[EnrollmentId]
    ) -> Mapping[EnrollmentId, CallResult]:
        rows = self._table.c
        query = sa.select(rows.enrollment_id, rows.visit, rows.finished_at, rows.result).where(
            among(rows.enrollment_id, ids), rows.step_id == step_id, rows.kind != "webhook"
        )
        found = self._connection.execute(query.order_by(rows.enrollment_id, rows.visit))
        return {row[0]: CallResult(row[1], row[2], row[3] or {}) for row in found}

    def _current(self, ids: Sequence[int]) -> dict[int, int]:
        rows = self._table.c
        query = sa.select(rows.id, rows.attempts)
        query = query.where(among(rows.id, ids), rows.state == "sending")
        if self._connection.dialect.name != "sqlite":
            query = query.with_for_update()
        return {row.id: row.attempts for row in self._connection.execute(query)}


def _row(parcel: Parcel, keys: UUID, batch_of: Mapping[str, int], now: datetime) -> dict[str, Any]:
    return {
        "user_id": batch_of["user_id"],
        "journey_id": batch_of["journey_id"],
        "step_id": batch_of["step_id"],
        "kind": parcel.kind,
        "enrollment_id": parcel.enrollment_id,
        "visit": parcel.visit,
        "delivery_key": delivery_key(keys, parcel),
        "method": parcel.method,
        "url": parcel.url,
        "headers": parcel.headers,
        "body": parcel.body,
        "secret_name": parcel.secret_name,
        "state": "new",
        "attempts": 0,
        "next_at": now,
        "created_at": now,
    }


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(
        delivery_id=row.id,
        delivery_key=row.delivery_key,
        user_id=row.user_id,
        journey_id=row.journey_id,
        step_id=row.step_id,
        attempt=row.attempts + 1,
        method=row.method,
        url=row.url,
        headers=row.headers,
        body=bytes(row.body),
        secret_name=row.secret_name,
        kind=row.kind,
        enrollment_id=row.enrollment_id,
        visit=row.visit,
    )


def _result(tried: Tried, now: datetime) -> dict[str, Any]:
    return {
        "id": tried.delivery.delivery_id,
        "attempts": tried.delivery.attempt,
        "state": tried.state,
        "next_at": tried.next_at,
        "status": tried.response.status,
        "error": tried.response.error,
        "finished_at": None if tried.next_at else now,
        "result": tried.result,
    }


def _try(tried: Tried, now: datetime) -> dict[str, Any]:
    return {
        "delivery_id": tried.delivery.delivery_id,
        "attempt": tried.delivery.attempt,
        "user_id": tried.delivery.user_id,
        "tried_at": now,
        "status": tried.response.status,
        "error": tried.response.error,
        "took_ms": tried.response.took_ms,
        "answer": tried.response.body[:KEPT_ANSWER].decode("utf-8", "replace"),
        "next_at": tried.next_at,
    }
