"""Figures for the pages: sums of the counters, and who is held or parked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from plugin.storage.tables import Tables

#: (journey or step id, figure or state) → people; 0 for what is not there
Figures = Mapping[tuple[int, str], int]
#: step id, figure, remark, people
Counted = tuple[int, str, str, int]

STOPPED = ["held", "parked"]


class SqlFigures:
    """One statement per verb. Lives as long as its transaction."""

    def __init__(self, connection: sa.Connection, tables: Tables, user_id: int) -> None:
        self._connection, self._t, self._user_id = connection, tables, user_id

    def of_journeys(self) -> Figures:
        c = self._t.counters.c
        return self._pairs(
            sa.select(c.journey_id, c.figure, sa.func.sum(c.n))
            .where(
                c.user_id == self._user_id,
                c.figure.in_(["entered", "ended", "delivered", "undelivered"]),
            )
            .group_by(c.journey_id, c.figure)
        )

    def stopped(self) -> Figures:
        """Held and parked people; joined so that the few of a journey are found by its index."""
        e, j = self._t.enrollments.c, self._t.journeys.c
        mine = sa.and_(e.journey_id == j.id, e.user_id == j.user_id)
        return self._pairs(
            sa.select(e.journey_id, e.state, sa.func.count())
            .select_from(self._t.journeys.join(self._t.enrollments, mine))
            .where(j.user_id == self._user_id, e.state.in_(STOPPED))
            .group_by(e.journey_id, e.state)
        )

    def open_deliveries(self) -> Figures:
        d = self._t.deliveries.c
        return self._pairs(
            sa.select(d.journey_id, sa.literal("open"), sa.func.count())
            .where(d.user_id == self._user_id, d.next_at.is_not(None))
            .group_by(d.journey_id)
        )

    def stopped_at_steps(self, journey_id: int) -> Figures:
        e = self._t.enrollments.c
        return self._pairs(
            sa.select(e.step_id, e.state, sa.func.count())
            .where(
                e.user_id == self._user_id,
                e.journey_id == journey_id,
                e.state.in_(STOPPED),
            )
            .group_by(e.step_id, e.state)
        )

    def counted(self, journey_id: int) -> Sequence[Counted]:
        c = self._t.counters.c
        wanted = (
            sa.select(c.step_id, c.figure, c.remark, sa.func.sum(c.n))
            .where(c.user_id == self._user_id, c.journey_id == journey_id)
            .group_by(c.step_id, c.figure, c.remark)
        )
        rows = self._connection.execute(wanted)
        return [(step, figure, remark, int(n)) for step, figure, remark, n in rows]

    def _pairs(self, wanted: sa.Select[Any]) -> Figures:
        rows = self._connection.execute(wanted)
        return defaultdict(int, {(key, figure): int(n) for key, figure, n in rows})


def by_remark(counted: Iterable[Counted], figure: str) -> Mapping[str, int]:
    """The sums of one figure of the whole journey, per remark."""
    sums: dict[str, int] = defaultdict(int)
    for _, name, remark, n in counted:
        if name == figure:
            sums[remark] += n
    return {remark: n for remark, n in sums.items() if n}


def by_step(counted: Iterable[Counted], stopped: Figures) -> Mapping[int, Mapping[str, int]]:
    """The figures of each step as engine.reading.JourneyPage has them."""
    steps: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for step, figure, remark, n in counted:
        for name, delta in _of_step(figure, remark, n):
            steps[step][name] += delta
    for (step, state), people in stopped.items():
        steps[step][state] = people
    return {step: dict(figures) for step, figures in steps.items()}


def _of_step(figure: str, remark: str, n: int) -> Iterable[tuple[str, int]]:
    match figure:
        case "arrived":
            yield "here", n
        case "left":
            yield "here", -n
            yield ("ended" if remark.partition(":")[0] == "end" else "passed"), n
            if remark.startswith("branch:"):
                yield remark, n
        case "delivered" | "undelivered":
            yield figure, n
        case _:
            pass
