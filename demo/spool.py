"""Events that the host has still to deliver, and the thread that delivers them.

An event is in the spool before anybody tries to send it and leaves it only on a 202, so a host
loses none while Journeys is down; the id in the event makes a repeated delivery harmless.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Delete, Engine, Row, Update, bindparam, func, select

from demo.database import writing
from demo.events import Event
from demo.own_tables import spool

#: Takes the payloads of one call. Returns "" when they were taken, else why this call cannot
#: succeed however often it is repeated. Raises OSError when a later try may succeed.
Deliver = Callable[[Sequence[dict[str, Any]]], str]

_BATCH = 100
_RETRY_SECONDS = 5.0

_log = logging.getLogger(__name__)


class Spool:
    """Keeps events in the table `demo_spool` and delivers them, oldest first."""

    def __init__(self, engine: Engine, deliver: Deliver) -> None:
        self._engine = engine
        self._deliver = deliver
        self._flushing = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def keep(self, events: Sequence[Event]) -> None:
        """Writes the events down and wakes the thread, if there is one."""
        rows = [{"EventID": e.id, "Payload": json.dumps(e.payload())} for e in events]
        if rows:
            with writing(self._engine) as connection:
                connection.execute(spool.insert(), rows)
            self._wake.set()

    def waiting(self) -> int:
        """How many events are still to be delivered; refused ones don't count."""
        with self._engine.connect() as connection:
            return connection.scalar(select(func.count()).where(_due())) or 0

    def flush(self) -> int:
        """Delivers all that waits, now and in this thread; stops at the first failure.

        Returns how many events were taken.
        """
        taken = 0
        with self._flushing:
            while rows := self._oldest():
                try:
                    taken += self._send(rows)
                except OSError as error:
                    _log.warning("events stay in the spool: %s", error)
                    break
        return taken

    def start(self) -> None:
        """Delivers in a thread of its own from now on: at once, and every 5 seconds."""
        self._thread = threading.Thread(target=self._run, name="host events", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; what is not delivered yet stays for the next start."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self.flush()
            except Exception:
                _log.exception("events stay in the spool")
            self._wake.wait(_RETRY_SECONDS)

    def _oldest(self) -> Sequence[Row[Any]]:
        query = select(spool).where(_due()).order_by(spool.c.SpoolID).limit(_BATCH)
        with self._engine.connect() as connection:
            return connection.execute(query).all()

    def _send(self, rows: Sequence[Row[Any]]) -> int:
        """Delivers the rows in one call; if that is refused, one by one to find the culprit."""
        refusal = self._deliver([json.loads(row.Payload) for row in rows])
        if not refusal:
            self._change(spool.delete().where(spool.c.SpoolID == bindparam("id")), rows)
            return len(rows)
        if len(rows) > 1:
            return sum(self._send([row]) for row in rows)
        _log.error("event %s was refused: %s", rows[0].EventID, refusal)
        refused = spool.update().where(spool.c.SpoolID == bindparam("id")).values(Refused=refusal)
        self._change(refused, rows)
        return 0

    def _change(self, statement: Delete | Update, rows: Sequence[Row[Any]]) -> None:
        with writing(self._engine) as connection:
            connection.execute(statement, [{"id": row.SpoolID} for row in rows])


def _due() -> ColumnElement[bool]:
    return spool.c.Refused.is_(None)
