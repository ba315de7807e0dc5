"""Counters held against what is kept: what they should say, where they differ, and corrections."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from plugin.domain.meaning import COMPUTED, Figure
from plugin.storage.database import Database
from plugin.storage.dialect import database_now
from plugin.storage.figures import STATES
from plugin.storage.meanings import Meanings
from plugin.storage.tables import Tables
from plugin.storage.tallies import Tallies

#: Enrollments that are read at once.
BATCH = 500


class Difference(NamedTuple):
    """A figure, over all days, that is counted otherwise than it is."""

    version_id: int
    step_id: int
    figure: str
    remark: str
    counted: int
    meant: int
    corrections: Mapping[Figure, int]  #: by day; together `meant` - `counted`


class Computing:
    """Across accounts, for admins."""

    def __init__(self, database: Database, tables: Tables) -> None:
        self._database, self._t = database, tables

    def journeys(self) -> Sequence[tuple[int, int]]:
        """User and id of every journey."""
        rows = self._t.journeys.c
        with self._database.reading() as connection:
            found = connection.execute(sa.select(rows.user_id, rows.id).order_by(rows.id))
            return [(row[0], row[1]) for row in found]

    def differences(self, user_id: int, journey_id: int) -> Sequence[Difference]:
        """Both are read as they were at one moment, while workers go on."""
        with self._database.engine.connect() as plain:
            if self._database.is_sqlite:
                connection = plain.execution_options(read_only=True)
            else:
                connection = plain.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                counted = self._counted(connection, user_id, journey_id)
                meant = self._meant(connection, user_id, journey_id)
        return list(_differences(counted, meant))

    def correct(
        self, user_id: int, journey_id: int, found: Sequence[Difference], actor: str
    ) -> None:
        """As deltas: what was counted since is not touched. The audit says who did it."""
        sums: dict[Figure, int] = {}
        for difference in found:
            sums |= difference.corrections
        with self._database.begin() as connection:
            now = database_now(connection)
            Tallies(connection, self._t).correct(sums, now)
            values = {
                "at": now,
                "user_id": user_id,
                "actor": actor,
                "act": "figures_rebuilt",
                "journey_id": journey_id,
                "detail": {"figures": len(found)},
            }
            connection.execute(sa.insert(self._t.audit).values(**values))

    def _counted(self, connection: sa.Connection, user_id: int, journey_id: int) -> Counter[Figure]:
        return self._sums(connection, self._t.counters, user_id, journey_id)

    def _sums(
        self, connection: sa.Connection, table: sa.Table, user_id: int, journey_id: int
    ) -> Counter[Figure]:
        rows = table.c
        what = [rows[name] for name in Figure._fields]
        query = (
            sa.select(*what, sa.func.sum(rows.n))
            .where(rows.user_id == user_id, rows.journey_id == journey_id)
            .where(rows.figure.in_(COMPUTED))
            .group_by(*what)
        )
        return Counter({Figure(*key): int(n) for *key, n in connection.execute(query)})

    def _meant(self, connection: sa.Connection, user_id: int, journey_id: int) -> Counter[Figure]:
        """What the passages are, and what those were whose history is gone."""
        sums = self._sums(connection, self._t.past_figures, user_id, journey_id)
        meanings = Meanings(connection, self._t)
        for ids in self._batches(connection, user_id, journey_id):
            sums.update(meanings.of(ids))
        return sums

    def _batches(
        self, connection: sa.Connection, user_id: int, journey_id: int
    ) -> Iterator[Sequence[int]]:
        """State by state: an index has the people of each in the order of their ids."""
        e = self._t.enrollments.c
        for state in STATES:
            mine = (e.user_id == user_id, e.journey_id == journey_id, e.state == state)
            query = sa.select(e.id).where(*mine).order_by(e.id).limit(BATCH)
            if state == "ended":
                query = query.where(e.kept_since.is_not(None))
            after = 0
            while ids := list(connection.execute(query.where(e.id > after)).scalars()):
                yield ids
                after = ids[-1]


def _differences(counted: Counter[Figure], meant: Counter[Figure]) -> Iterator[Difference]:
    """Over all days: on which side of midnight somebody passed is not kept for every step."""
    by_day: dict[tuple[int, int, str, str], dict[date, Figure]] = defaultdict(dict)
    for figure in counted.keys() | meant.keys():
        key = (figure.version_id, figure.step_id, figure.figure, figure.remark)
        by_day[key][figure.counted_on] = figure
    for key, days in sorted(by_day.items()):
        is_counted = sum(counted[figure] for figure in days.values())
        is_meant = sum(meant[figure] for figure in days.values())
        if is_counted != is_meant:
            apart = {f: meant[f] - counted[f] for f in days.values() if meant[f] != counted[f]}
            yield Difference(*key, is_counted, is_meant, apart)
