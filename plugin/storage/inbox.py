"""The inbox: every event once, kept long enough to know its repeats."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from plugin.domain.event import Event, Received
from plugin.errors import Conflict
from plugin.sql.among import among
from plugin.storage.dialect import insert_ignore, skip_locked
from plugin.storage.tables import Tables


class SqlInbox:
    """See engine.inbox_port.Inbox."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._table = connection, tables.inbox

    def append(self, source: str, events: Sequence[Event], now: datetime) -> tuple[int, int]:
        self._refuse_changed(source, events)
        rows = [_row(source, event, now) for event in events]
        new = insert_ignore(self._connection, self._table, rows)
        return new, len(events) - new

    def _refuse_changed(self, source: str, events: Sequence[Event]) -> None:
        """A known id with other content is a fault of the sender, not a repeat."""
        rows = self._table.c
        ids = [event.event_id.encode() for event in events]
        query = sa.select(rows.event_id, rows.body_hash).where(
            rows.source == source.encode(), rows.event_id.in_(ids)
        )
        known = {bytes(i): bytes(h) for i, h in self._connection.execute(query)}
        for event in events:
            fingerprint = _fingerprint(event)
            if known.setdefault(event.event_id.encode(), fingerprint) != fingerprint:
                raise Conflict(
                    "event_id_reused",
                    f"Event {event.event_id} was received before with other content.",
                )

    def take(self, limit: int) -> Sequence[Received]:
        rows = self._table.c
        query = sa.select(self._table).where(rows.state == "new").order_by(rows.id).limit(limit)
        found = self._connection.execute(skip_locked(self._connection, query)).all()
        return [received(row) for row in found]

    def release(self) -> None:
        rows = self._table.c
        self._connection.execute(
            sa.update(self._table).where(rows.state == "held").values(state="new", reason=None)
        )

    def mark(
        self,
        outcome: Mapping[int, tuple[str, str | None]],
        held_for: Mapping[int, Sequence[int]] = MappingProxyType({}),
    ) -> None:
        by_outcome: dict[tuple[str, str | None, tuple[int, ...]], list[int]] = {}
        for inbox_id, (state, reason) in outcome.items():
            what = state, reason, tuple(held_for.get(inbox_id, ()))
            by_outcome.setdefault(what, []).append(inbox_id)
        for (state, reason, journeys), ids in by_outcome.items():
            self._connection.execute(
                sa.update(self._table)
                .where(among(self._table.c.id, ids))
                .values(state=state, reason=reason, held_for=list(journeys) or None)
            )

    def subscribed_since(self, events: Sequence[Event]) -> Set[int]:
        rows = self._table.c
        query = sa.select(rows.subscriber_id, sa.func.max(rows.occurred_at)).where(
            rows.list_id.in_({event.list_id for event in events}),
            among(rows.subscriber_id, {event.subscriber_id for event in events}),
            rows.type == "subscription",
        )
        found = self._connection.execute(query.group_by(rows.subscriber_id))
        last: dict[int, datetime] = dict(found.all())
        return {
            event.subscriber_id
            for event in events
            if event.subscriber_id in last and last[event.subscriber_id] > event.occurred_at
        }


def _row(source: str, event: Event, now: datetime) -> dict[str, Any]:
    return {
        "source": source.encode(),
        "event_id": event.event_id.encode(),
        "body_hash": _fingerprint(event),
        "natural_key": event.natural_key(),
        "type": event.type,
        "list_id": event.list_id,
        "subscriber_id": event.subscriber_id,
        "email": event.email,
        "occurred_at": event.occurred_at,
        "received_at": now,
        "data": dict(event.data),
        "state": "new",
        "origin_enrollment_id": event.origin_enrollment_id,
        "hops": event.hops,
    }


def received(row: sa.Row[Any]) -> Received:
    """A whole row of the inbox."""
    only = row.held_for and frozenset(row.held_for)
    return Received(row.id, _event(row), row.received_at, only)


def _event(row: sa.Row[Any]) -> Event:
    return Event(
        event_id=bytes(row.event_id).decode(),
        type=row.type,
        occurred_at=row.occurred_at,
        list_id=row.list_id,
        subscriber_id=row.subscriber_id,
        email=row.email,
        data=row.data,
        hops=row.hops,
        origin_enrollment_id=row.origin_enrollment_id,
    )


def _fingerprint(event: Event) -> bytes:
    content = [
        event.type,
        event.occurred_at.isoformat(),
        event.list_id,
        event.subscriber_id,
        event.email,
        dict(event.data),
    ]
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
