"""What is kept of passages, read for what it means in figures; see domain.meaning."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId
from plugin.domain.meaning import (
    Aimed,
    Figure,
    Logged,
    Mailed,
    Passage,
    Sent,
    meant,
    meant_of_messages,
)
from plugin.domain.message_figures import MOMENTS
from plugin.sql.among import among
from plugin.storage.tables import Tables

FINISHED = ("done", "failed")


class Meanings:
    """Lives as long as its transaction. Across accounts: the ids are what it was given."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._t = connection, tables

    def of(self, ids: Sequence[EnrollmentId]) -> Counter[Figure]:
        """What these enrollments should be counted as. Five statements, however many they are."""
        if not ids:
            return Counter()
        e = self._t.enrollments.c
        names = ("id", "user_id", "journey_id", "version_id", "step_id", "state", "end_reason")
        times = (e.entered_at, e.arrived_at, e.ended_at)
        query = sa.select(*(e[name] for name in names), *times).where(among(e.id, ids))
        lines, sent, goals = self._lines(ids), self._sent(ids), self._goals(ids)
        rows = self._connection.execute(query).all()
        passages = [
            Passage(
                *row[1:7],
                entered_on=row.entered_at.date(),
                arrived_on=row.arrived_at.date(),
                ended_on=row.ended_at and row.ended_at.date(),
                lines=lines.get(row.id, ()),
                sent=sent.get(row.id, ()),
                goals=goals.get(row.id, ()),
            )
            for row in rows
        ]
        numbers = self._numbers({row.journey_id for row in rows})
        return meant(passages, numbers) + meant_of_messages(self._mailed(ids))

    def _lines(self, ids: Sequence[EnrollmentId]) -> Mapping[int, Sequence[Logged]]:
        s = self._t.step_log.c
        what = (s.version_id, s.step_id, s.outcome, s.branch, s.logged_on, s.detail)
        query = sa.select(s.enrollment_id, *what).where(among(s.enrollment_id, ids))
        found: dict[int, list[Logged]] = defaultdict(list)
        for row in self._connection.execute(query.order_by(s.enrollment_id, s.visit)):
            version_id, step_id, outcome, branch, on, detail = row[1:]
            found[row[0]].append(Logged(version_id, step_id, outcome, branch, on, detail or {}))
        return found

    def _sent(self, ids: Sequence[EnrollmentId]) -> Mapping[int, Sequence[Sent]]:
        d = self._t.deliveries.c
        what = (d.step_id, d.state, d.status, d.error, d.finished_at)
        query = sa.select(d.enrollment_id, *what).where(
            among(d.enrollment_id, ids), d.state.in_(FINISHED), d.kind != "message"
        )
        found: dict[int, list[Sent]] = defaultdict(list)
        for row in self._connection.execute(query):
            who, step_id, state, status, error, at = row
            one = Sent(step_id, state == "done", str(status or error), at.date())
            found[who].append(one)
        return found

    def _mailed(self, ids: Sequence[EnrollmentId]) -> Iterator[Mailed]:
        m = self._t.messages.c
        what = (m.user_id, m.journey_id, m.version_id, m.step_id, m.state, m.reason)
        times = tuple(m[column] for column in MOMENTS.values())
        query = sa.select(*what, m.asked_at, m.sent_at, m.revenue, *times)
        for row in self._connection.execute(query.where(among(m.enrollment_id, ids))):
            moments = dict(zip(MOMENTS, row[9:], strict=True))
            on = (row.sent_at or row.asked_at).date()
            of = (row.user_id, row.journey_id, row.version_id, row.step_id)
            yield Mailed(*of, row.state, row.reason, on, moments, row.revenue)

    def _goals(self, ids: Sequence[EnrollmentId]) -> Mapping[int, Sequence[Aimed]]:
        g = self._t.goals_reached.c
        query = sa.select(g.enrollment_id, g.version_id, g.goal, g.noted_at)
        found: dict[int, list[Aimed]] = defaultdict(list)
        for row in self._connection.execute(query.where(among(g.enrollment_id, ids))):
            found[row[0]].append(Aimed(row[1], row[2], row[3].date()))
        return found

    def _numbers(self, journey_ids: Collection[int]) -> Mapping[tuple[int, int], int]:
        v = self._t.versions.c
        query = sa.select(v.journey_id, v.number, v.id).where(among(v.journey_id, journey_ids))
        return {(row[0], row[1]): row[2] for row in self._connection.execute(query)}
