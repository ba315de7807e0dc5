"""What the outbox holds: messages as they were sent, where they are, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from demo.own_tables import outbox, outbox_log
from demo.reading import PAGE_ROWS, Page
from demo.schema import HostTables


@dataclass(frozen=True)
class Message:
    """One message with its row of the gateway's queue in one: see own_tables and schema_gateway.

    `log` are rows of what became of it, oldest first.
    """

    row: Row[Any]
    log: Sequence[Row[Any]]

    @property
    def id(self) -> str:
        return str(self.row.MessageID)

    @property
    def envelope(self) -> Mapping[str, Any]:
        content: Mapping[str, Any] = json.loads(self.row.Envelope)
        return content

    @property
    def links(self) -> Sequence[Mapping[str, Any]]:
        content: Sequence[Mapping[str, Any]] = json.loads(self.row.Links)
        return content

    def link(self, number: int) -> Mapping[str, Any] | None:
        return next((link for link in self.links if link["n"] == number), None)

    def had(self, what: str, detail: str = "", *, robots: bool = False) -> bool:
        """Whether that has become of it already; what machines did counts with `robots` only."""
        return any(
            row.What == what and row.Detail.startswith(detail) and (robots or not row.IsAutomated)
            for row in self.log
        )

    def data(self) -> dict[str, Any]:
        """What events about it say of it; what is not known is left out."""
        row = self.row
        known = {
            "message_id": row.MessageID,
            "message": row.MessageKey,
            "email_id": row.EmailID,
        }
        return {name: value for name, value in known.items() if value}


def page_of_messages(
    connection: Connection, tables: HostTables, user_id: int, search: str, number: int
) -> Page:
    """A page of a user's messages, newest first; `search` is a part of the address, "" for all."""
    match = (outbox.c.UserID == user_id) & outbox.c.EmailAddress.contains(search, autoescape=True)
    query = _joined(tables).where(match)
    total = connection.scalar(select(func.count()).select_from(query.subquery())) or 0
    number = max(1, min(number, -(-total // PAGE_ROWS)))
    newest = query.order_by(outbox.c.OutboxID.desc())
    rows = connection.execute(newest.limit(PAGE_ROWS).offset((number - 1) * PAGE_ROWS)).all()
    return Page(rows, number, total)


def marks(connection: Connection, ids: Sequence[str]) -> Mapping[str, set[str]]:
    """What has become of each of these messages, in words of the log; bots don't count."""
    found: dict[str, set[str]] = {id_: set() for id_ in ids}
    query = (
        select(outbox_log.c.MessageID, outbox_log.c.What)
        .where(outbox_log.c.MessageID.in_(ids), outbox_log.c.IsAutomated == 0)
        .distinct()
    )
    for row in connection.execute(query):
        found[row.MessageID].add(row.What)
    return found


def find_message(connection: Connection, tables: HostTables, message_id: str) -> Message | None:
    """The message, whoever sent it."""
    query = _joined(tables).where(outbox.c.MessageID == message_id)
    row = connection.execute(query).first()
    if row is None:
        return None
    log = select(outbox_log).where(outbox_log.c.MessageID == message_id)
    return Message(row, connection.execute(log.order_by(outbox_log.c.LogID)).all())


def log_row(message_id: str, now: datetime, what: str, detail: str = "") -> dict[str, Any]:
    return {
        "MessageID": message_id,
        "At": now.isoformat(),
        "What": what,
        "Detail": detail[:250],
        "IsAutomated": 0,
    }


def _joined(tables: HostTables) -> Select[Any]:
    queue = tables.eg_queue
    states = (queue.c.Status, queue.c.StatusMessage, queue.c.SendAt, queue.c.MessageSizeBytes)
    return select(outbox, *states).join(queue, queue.c.MessageID == outbox.c.MessageID)
