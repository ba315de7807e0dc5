"""Counters summed up: many deltas become one row, in transactions that change no sum."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from plugin.domain.meaning import Figure
from plugin.sql.among import among
from plugin.storage.dialect import insert_many, is_sqlite, skip_locked, update_joined
from plugin.storage.tables import Tables


class Tallies:
    """Lives as long as its transaction."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._t = connection, tables

    def roll_up(self, before: datetime, limit: int) -> int:
        """Sum up deltas that are older, the oldest first; answers how many there were.

        One worker at a time: who calls holds the round's lock. A delta is gone in the transaction
        in which its sum has it, so that whoever reads sees it once.
        """
        c = self._t.counters.c
        what = (*(c[name] for name in Figure._fields), c.n)
        query = sa.select(c.id, *what).where(c.counted_at < before)
        query = query.order_by(c.counted_at, c.id).limit(limit)
        rows = self._connection.execute(skip_locked(self._connection, query)).all()
        if not rows:
            return 0
        sums: Counter[Figure] = Counter()
        for _, *key, n in rows:
            sums[Figure(*key)] += n
        self.add(self._t.counters, sums)
        self._connection.execute(
            sa.delete(self._t.counters).where(among(c.id, [row.id for row in rows]))
        )
        return len(rows)

    def add(self, table: sa.Table, sums: Mapping[Figure, int]) -> None:
        """To the rows that sum up: new ones where there is none yet. Three statements."""
        by_key = {_sum_key(figure): (figure, n) for figure, n in sums.items() if n}
        if not by_key:
            return
        rows = table.c
        query = sa.select(rows.id, rows.sum_key, rows.n).where(rows.sum_key.in_(sorted(by_key)))
        if not is_sqlite(self._connection):
            query = query.with_for_update()
        present = {bytes(key): (i, n) for i, key, n in self._connection.execute(query)}
        grown = [{"id": i, "n": n + by_key[key][1]} for key, (i, n) in sorted(present.items())]
        update_joined(self._connection, table, ("id",), {}, grown)
        fresh = [
            _row(figure, n) | {"sum_key": key}
            for key, (figure, n) in by_key.items()
            if key not in present
        ]
        insert_many(self._connection, table, fresh)

    def correct(self, differences: Mapping[Figure, int], now: datetime) -> None:
        """As deltas, like whatever else is counted."""
        rows = [_row(figure, n) | {"counted_at": now} for figure, n in differences.items() if n]
        insert_many(self._connection, self._t.counters, rows)


def _row(figure: Figure, n: int) -> dict[str, Any]:
    return {**figure._asdict(), "n": n}


def _sum_key(figure: Figure) -> bytes:
    text = "\0".join(str(part) for part in figure)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
