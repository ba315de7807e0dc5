"""Which message of ours an event is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from plugin.domain.event import Event, Received
from plugin.engine.messages import number
from plugin.engine.messages_port import MessageRef
from plugin.sql.among import among
from plugin.storage.tables import Tables

#: States of messages that may have reached somebody.
OUT = ("sent", "unknown")

_Row = sa.Row[Any]


class MessagesOfEvents:
    """Part of SqlMessages."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._table = connection, tables.messages

    def of_events(self, events: Sequence[Received]) -> Mapping[int, MessageRef]:
        m = self._table.c
        found = self._by_text(m.delivery_key, "message", events)
        found |= self._by_text(m.host_message_id, "message_id", _without(events, found))
        return found | self._by_email(_without(events, found))

    def _by_text(
        self, column: sa.ColumnElement[str], name: str, events: Sequence[Received]
    ) -> dict[int, MessageRef]:
        named = [(r, text) for r in events if (text := _text(r.event, name))]
        if not named:
            return {}
        query = self._about().where(column.in_(sorted({text for _, text in named})))
        rows: dict[str, list[_Row]] = {}
        for row in self._connection.execute(query.add_columns(column.label("name"))):
            rows.setdefault(row.name, []).append(row)
        return {
            r.inbox_id: _ref(row)
            for r, text in named
            for row in rows.get(text, ())
            if _is_of(row, r.event)
        }

    def _by_email(self, events: Sequence[Received]) -> dict[int, MessageRef]:
        """The last one that was sent before it happened."""
        named = [(r, email) for r in events if (email := _email(r.event)) is not None]
        if not named:
            return {}
        m = self._table.c
        query = self._about().where(
            among(m.list_id, {r.event.list_id for r, _ in named}),
            among(m.subscriber_id, {r.event.subscriber_id for r, _ in named}),
            among(m.email_id, {email for _, email in named}),
            m.state.in_(OUT),
        )
        rows: dict[tuple[int, int, int], list[_Row]] = {}
        for row in self._connection.execute(query.order_by(m.asked_at, m.id)):
            rows.setdefault((row.list_id, row.subscriber_id, row.email_id), []).append(row)
        found: dict[int, MessageRef] = {}
        for r, email in named:
            to_them = rows.get((r.event.list_id, r.event.subscriber_id, email), ())
            before = [row for row in to_them if row.asked_at <= r.event.occurred_at]
            if before:
                found[r.inbox_id] = _ref(before[-1])
        return found

    def _about(self) -> sa.Select[Any]:
        m = self._table.c
        return sa.select(
            *(m.id, m.enrollment_id, m.journey_id, m.step_id),
            *(m.list_id, m.subscriber_id, m.email_id, m.asked_at),
        )


def _ref(row: _Row) -> MessageRef:
    return MessageRef(row.id, row.enrollment_id, row.journey_id, row.step_id)


def _is_of(row: _Row, event: Event) -> bool:
    """Whoever reports an event knows keys of their own messages, and could guess at others'."""
    return (row.list_id, row.subscriber_id) == (event.list_id, event.subscriber_id)


def _without(events: Sequence[Received], found: Mapping[int, object]) -> Sequence[Received]:
    return [r for r in events if r.inbox_id not in found]


def _text(event: Event, name: str) -> str | None:
    value = event.data.get(name)
    return value if isinstance(value, str) and value else None


def _email(event: Event) -> int | None:
    """Which e-mail of the host, unless a campaign sent it."""
    return None if event.data.get("campaign_id") else number(event, "email_id")
