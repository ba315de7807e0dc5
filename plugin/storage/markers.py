"""Markers: what each worker runs right now, committed before it runs.

A crash undoes the tick but not its marker. What a stale marker names is run again in halves,
apart from everybody else, until the person who brings workers down is alone, and parked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId
from plugin.storage.database import Database
from plugin.storage.dialect import database_now
from plugin.storage.tables import Tables

#: A tick lasts a second or two; a marker older than this belongs to a worker that is gone.
STALE_SECONDS = 10


class SqlMarkers:
    """See engine.ports.Markers. Each verb is a short transaction of its own.

    On SQLite, which has one writer, the markers need a database file of their own: the tick that
    they speak of holds the other one.
    """

    def __init__(
        self, database: Database, tables: Tables, stale_seconds: float = STALE_SECONDS
    ) -> None:
        self._database, self._table = database, tables.markers
        self._stale = timedelta(seconds=stale_seconds)

    def note(self, worker: str, ids: Sequence[EnrollmentId]) -> None:
        rows = self._table.c
        with self._database.begin() as connection:
            values = {"enrollment_ids": list(ids), "seen_at": database_now(connection)}
            mine = (rows.worker == worker, rows.state == "running", rows.crashes == 0)
            found = connection.execute(sa.update(self._table).where(*mine).values(**values))
            if not found.rowcount:
                fresh = {"worker": worker, "state": "running", "crashes": 0} | values
                connection.execute(sa.insert(self._table).values(**fresh))

    def clear(self, worker: str) -> None:
        with self._database.begin() as connection:
            mine = (self._table.c.worker == worker, self._table.c.state == "running")
            connection.execute(sa.delete(self._table).where(*mine))

    def suspects(self, worker: str) -> Sequence[tuple[int, int, Sequence[EnrollmentId]]]:
        rows = self._table.c
        with self._database.begin() as connection:
            others = sa.select(rows.state, rows.crashes).where(rows.worker != worker)
            seen = connection.execute(others).all()  # usually nobody, or workers that are alive
            if not any(row.state == "running" or row.crashes for row in seen):
                return []
            now = database_now(connection)
            for stale in connection.execute(
                sa.select(self._table).where(
                    rows.state == "running",
                    rows.worker != worker,
                    rows.seen_at < now - self._stale,
                )
            ).all():
                self._halve(connection, stale, now)
            # The newest are the smallest: one culprit is found before the next is looked for.
            found = connection.execute(
                sa.select(rows.id, rows.crashes, rows.enrollment_ids)
                .where(rows.crashes > 0, rows.worker != worker)
                .order_by(rows.id.desc())
            )
            return [(i, crashes, ids) for i, crashes, ids in found]

    def _halve(
        self, connection: sa.Connection, stale: sa.Row[tuple[object, ...]], now: datetime
    ) -> None:
        rows = self._table.c
        gone = connection.execute(
            sa.delete(self._table).where(rows.id == stale.id, rows.state == "running")
        )
        if not gone.rowcount:
            return
        ids = stale.enrollment_ids
        middle = len(ids) // 2
        for half in (ids[:middle], ids[middle:]) if middle else (ids,):
            alone_again = stale.crashes + 1 if not middle else 1
            fresh = {"worker": "", "state": "suspect", "crashes": alone_again}
            fresh |= {"enrollment_ids": half, "seen_at": now}
            connection.execute(sa.insert(self._table).values(**fresh))

    def adopt(self, worker: str, marker_id: int) -> bool:
        rows = self._table.c
        with self._database.begin() as connection:
            values = {"worker": worker, "state": "running", "seen_at": database_now(connection)}
            this = (rows.id == marker_id, rows.state == "suspect")
            return (
                connection.execute(sa.update(self._table).where(*this).values(**values)).rowcount
                == 1
            )

    def give_back(self, marker_id: int) -> None:
        this = self._table.c.id == marker_id
        with self._database.begin() as connection:
            connection.execute(
                sa.update(self._table).where(this).values(state="suspect", worker="")
            )

    def resolve(self, worker: str, marker_id: int) -> None:
        with self._database.begin() as connection:
            connection.execute(sa.delete(self._table).where(self._table.c.id == marker_id))


def marker_database(
    database: Database, tables: Tables, made: Callable[[str], Database]
) -> Database:
    """Markers commit while a tick is open. SQLite has one writer a file: they get their own."""
    url = database.engine.url
    if not database.is_sqlite or not url.database or url.database == ":memory:":
        return database
    beside = made(str(url.set(database=f"{url.database}-markers")))
    tables.markers.create(beside.engine, checkfirst=True)
    return beside
