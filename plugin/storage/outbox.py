"""The outbox: what a step promised in its transaction and is done after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from plugin.domain.breaker import GIVE_UP
from plugin.domain.enrollment import EnrollmentId
from plugin.engine.ports import CallResult, Delivery, Parcel, Room, Tried
from plugin.sql.among import among
from plugin.storage.dialect import insert_many, skip_locked, update_joined
from plugin.storage.installation import Installation, delivery_key
from plugin.storage.receivers import SqlReceivers, Turn
from plugin.storage.tables import Tables
from plugin.storage.waking import wake

#: The step id of lines of the history that are about the journey, not about a step.
NO_STEP = 0
#: Bytes of an answer that are kept for people to read.
KEPT_ANSWER = 2048


class SqlOutbox:
    """See engine.ports.Outbox."""

    def __init__(
        self, connection: sa.Connection, tables: Tables, installation: Installation
    ) -> None:
        self._connection, self._tables = connection, tables
        self._table, self._installation = tables.deliveries, installation
        self._receivers = SqlReceivers(connection, tables)
        self._keys: UUID | None = None

    def post(self, batch_of: Mapping[str, int], parcels: Sequence[Parcel], now: datetime) -> None:
        if not parcels:
            return
        keys = self._keys = self._keys or self._installation.keys(self._connection)
        hosts = {parcel.host for parcel in parcels}
        receivers = self._receivers.ids(batch_of["user_id"], hosts, now)
        rows = [
            {**batch_of, "receiver_id": receivers[parcel.host[:255]], **_row(parcel, keys, now)}
            for parcel in parcels
        ]
        insert_many(self._connection, self._table, rows)

    def lease(self, now: datetime, room: Room, seconds: float) -> Sequence[Delivery]:
        turns = self._receivers.turns(now, room)
        if not turns:
            return []
        found = self._locked(turns, now)
        if found:
            until = now + timedelta(seconds=seconds)
            rows = self._table.c
            taken = sa.update(self._table).where(among(rows.id, [row.id for row in found]))
            values = {"state": "sending", "attempts": rows.attempts + 1, "next_at": until}
            self._connection.execute(taken.values(**values))
            of = {turn.receiver_id: turn for turn in turns}
            self._receivers.served([of[i] for i in {row.receiver_id for row in found}], now, until)
            return [_delivery(row, of[row.receiver_id]) for row in found]
        return []

    def _locked(self, turns: Sequence[Turn], now: datetime) -> Sequence[sa.Row[Any]]:
        """The oldest of each receiver, as many as it may be sent, but for what others hold."""
        rows = self._table.c
        oldest = [self._oldest(turn, now).subquery() for turn in turns]
        first = sa.union_all(*(sa.select(part.c.id) for part in oldest))
        ids = self._connection.execute(first).scalars().all()
        query = sa.select(self._table).where(among(rows.id, ids), rows.next_at <= now)
        query = query.order_by(rows.next_at, rows.id)
        return self._connection.execute(skip_locked(self._connection, query)).all()

    def _oldest(self, turn: Turn, now: datetime) -> sa.Select[Any]:
        rows = self._table.c
        until = now - GIVE_UP if turn.given_up else now
        query = sa.select(rows.id).where(
            rows.receiver_id == turn.receiver_id, rows.next_at <= until
        )
        return query.order_by(rows.next_at, rows.id).limit(turn.most)

    def finish(self, tried: Sequence[Tried], now: datetime) -> Sequence[Tried]:
        """Only the latest attempt may write its result; a stale worker's is ignored."""
        current = self._current([t.delivery.delivery_id for t in tried])
        fresh = [t for t in tried if current.get(t.delivery.delivery_id) == t.delivery.attempt]
        rows = [_result(t, now) for t in fresh]
        update_joined(self._connection, self._table, ("id", "attempts"), {}, rows)
        insert_many(self._connection, self._tables.delivery_tries, [_try(t, now) for t in fresh])
        ended = [t.delivery for t in fresh if t.next_at is None and t.delivery.awaited]
        staying = [(d.enrollment_id, d.visit, d.step_id) for d in ended]
        wake(self._connection, self._tables, staying, now)
        self._receivers.note(fresh, now)
        return fresh

    def results(
        self, step_id: int, ids: Iterable[EnrollmentId]
    ) -> Mapping[EnrollmentId, CallResult]:
        rows = self._table.c
        query = sa.select(rows.enrollment_id, rows.visit, rows.finished_at, rows.result).where(
            among(rows.enrollment_id, ids),
            rows.step_id == step_id,
            rows.awaited == 1,
            still_there(self._tables),
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


def still_there(tables: Tables) -> sa.ColumnElement[bool]:
    """Whether who caused a delivery has stayed at its step since: a version may let people come to
    a step once more, and then what was sent before is no answer."""
    d, log = tables.deliveries.c, tables.step_log.c
    same = (log.user_id == d.user_id, log.enrollment_id == d.enrollment_id)
    elsewhere = (log.visit > d.visit, log.step_id != d.step_id, log.step_id != NO_STEP)
    return ~sa.exists().where(*same, *elsewhere)


def _row(parcel: Parcel, keys: UUID, now: datetime) -> dict[str, Any]:
    return {
        "kind": parcel.kind,
        "enrollment_id": parcel.enrollment_id,
        "visit": parcel.visit,
        "delivery_key": delivery_key(keys, parcel),
        "method": parcel.method,
        "url": parcel.url,
        "headers": parcel.headers,
        "body": parcel.body,
        "secret_name": parcel.secret_name,
        "terms": parcel.terms,
        "awaited": int(parcel.awaited),
        "state": "new",
        "attempts": 0,
        "next_at": now,
        "created_at": now,
    }


def _delivery(row: sa.Row[Any], turn: Turn) -> Delivery:
    return Delivery(
        delivery_id=row.id,
        delivery_key=row.delivery_key,
        user_id=row.user_id,
        journey_id=row.journey_id,
        step_id=row.step_id,
        attempt=row.attempts + 1,
        earlier=row.earlier or 0,
        method=row.method,
        url=row.url,
        headers=row.headers,
        body=bytes(row.body),
        secret_name=row.secret_name,
        kind=row.kind,
        enrollment_id=row.enrollment_id,
        visit=row.visit,
        terms=row.terms,
        awaited=bool(row.awaited),
        receiver_id=row.receiver_id,
        state_before=row.state,
        receiver_faults=turn.faults,
        given_up=turn.given_up,
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
        "earlier": (tried.delivery.earlier + tried.uncounted) or None,
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
