"""Which workers are alive: a row each, touched every few seconds, for doctor and health."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from plugin.storage.database import Database
from plugin.storage.dialect import database_now, insert_ignore
from plugin.storage.tables import Tables

#: Rows of workers that were last seen before this are dropped.
FORGET = timedelta(days=1)


class Heartbeat:
    """`name` is the worker's, unlike any other's."""

    def __init__(self, database: Database, tables: Tables, name: str) -> None:
        self._database, self._table, self._name = database, tables.workers, name

    def __call__(self, looks: int) -> None:
        """Alive now, having looked for work `looks` times since the last call."""
        rows = self._table.c
        with self._database.begin() as connection:
            now = database_now(connection)
            first = {"worker": self._name, "started_at": now, "seen_at": now, "ticks": 0}
            insert_ignore(connection, self._table, [first])
            connection.execute(
                sa.update(self._table)
                .where(rows.worker == self._name)
                .values(seen_at=now, ticks=rows.ticks + looks)
            )
            connection.execute(sa.delete(self._table).where(rows.seen_at < now - FORGET))

    def stop(self) -> None:
        """This worker has ended in order."""
        with self._database.begin() as connection:
            connection.execute(sa.delete(self._table).where(self._table.c.worker == self._name))
