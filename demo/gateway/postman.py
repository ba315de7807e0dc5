"""Carries what the gateway has taken: soon after, each message is delivered, and that is told."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from demo import reading
from demo.database import changed
from demo.events import Event
from demo.frame import Host
from demo.gateway.codes import STRICT_SINCE
from demo.gateway.outbox import log_row
from demo.own_tables import outbox, outbox_log
from demo.schema import HostTables

_BATCH = 500
_PERIOD_SECONDS = 1.0
#: What the queue says of a message whose owner may not send any more.
BLOCKED = "Sending blocked: the account is disabled or not trusted"

_log = logging.getLogger(__name__)


class Postman:
    """Delivers what is due, in a thread of its own or when it is asked to."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def deliver(self) -> int:
        """Everything that is due now. How many messages that were, blocked ones not counted."""
        done = 0
        if self._host.tables.flavour.has_gateway:
            while batch := changed(self._host.engine, self._carry):
                events, carried = batch
                self._host.bridge.report(events)
                done += carried
        return done

    def start(self) -> None:
        """Looks once a second from now on."""
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.wait(_PERIOD_SECONDS):
            try:
                self.deliver()
            except Exception:
                _log.exception("messages stay in the queue")

    def _carry(self, connection: Connection) -> tuple[list[Event], int] | None:
        """One batch, in one transaction: the events to report, and how many were delivered."""
        host = self._host
        queue, now = host.tables.eg_queue, host.now()
        rows = connection.execute(_due(host.tables, now)).all()
        if not rows:
            return None
        blocked = _blocked(connection, host.tables)
        stopped = [row.QueueID for row in rows if row.UserID in blocked]
        good = [row for row in rows if row.UserID not in blocked]
        for ids, status, words in (
            (stopped, "Failed", BLOCKED),
            ([row.QueueID for row in good], "Delivered", None),
        ):
            change = queue.update().where(queue.c.QueueID.in_(ids))
            values = {"Status": status, "StatusMessage": words, "ProcessedAt": now}
            if ids:
                connection.execute(change.values(values))
        if good:
            log = [log_row(row.MessageID, now, "delivery") for row in good]
            connection.execute(outbox_log.insert(), log)
        _count(connection, host.tables, good, now)
        return [_event(row, now) for row in good if row.SubscriberID], len(good)


def _due(tables: HostTables, now: datetime) -> Any:
    queue = tables.eg_queue
    return (
        select(queue.c.QueueID, outbox)
        .join(outbox, outbox.c.MessageID == queue.c.MessageID)
        .where(queue.c.Status == "Pending", queue.c.SendAt <= now)
        .order_by(queue.c.QueueID)
        .limit(_BATCH)
        .with_for_update()
    )


def _blocked(connection: Connection, tables: HostTables) -> set[int]:
    """Users whose mail goes nowhere; older hosts look only when they take a message."""
    if reading.product_version(connection, tables) < STRICT_SINCE:
        return set()
    users = tables.users.c
    fine = (users.AccountStatus == "Enabled") & (users.ReputationLevel == "Trusted")
    return set(connection.scalars(select(users.UserID).where(~fine)))


def _count(
    connection: Connection, tables: HostTables, rows: Sequence[Row[Any]], now: datetime
) -> None:
    """The day's sent e-mails of each list."""
    days = tables.stats_activity
    sent = Counter((row.ListID, row.UserID) for row in rows if row.ListID)
    for (list_id, user_id), number in sorted(sent.items()):
        day = {
            "RelListID": list_id,
            "RelOwnerUserID": user_id,
            "StatisticsDate": now.strftime("%Y-%m-%d"),
        }
        today = days.update().where(*(days.c[name] == value for name, value in day.items()))
        more = today.values(TotalSentEmail=days.c.TotalSentEmail + number)
        if not connection.execute(more).rowcount:
            connection.execute(days.insert().values(day | {"TotalSentEmail": number}))


def _event(row: Row[Any], now: datetime) -> Event:
    known = {"message_id": row.MessageID, "message": row.MessageKey, "email_id": row.EmailID}
    data = {name: value for name, value in known.items() if value}
    data["row_id"] = row.QueueID
    return Event("delivery", now, row.ListID, row.SubscriberID, row.EmailAddress, data)
