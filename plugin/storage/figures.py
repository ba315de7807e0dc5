"""Figures for the pages: sums of the counters, and who is held or parked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, get_args

import sqlalchemy as sa

from plugin.domain.enrollment import State
from plugin.domain.message_figures import MESSAGE
from plugin.engine.reading import Dated
from plugin.storage.tables import Tables

#: (journey or step id, figure or state) → people
Figures = Mapping[tuple[int, str], int]
#: step id, figure, remark, people
Counted = tuple[int, str, str, int]

STATES: tuple[str, ...] = get_args(State)
INSIDE = tuple(state for state in STATES if state != "ended")
STOPPED = ("held", "parked")
#: States that are counted at the step where people are, beside those who stand there.
APART = ("entering", *STOPPED)
#: Figures of a journey that the list shows.
COUNTED = ("entered", "ended", "delivered", "undelivered")
#: Those of them that count deliveries.
SENT = ("delivered", "undelivered")
#: States of deliveries that are neither made nor given up: those with a time to try.
OPEN = ("new", "sending", "unknown")
#: The remark of messages that the host has taken.
MAILED = "sent"


class SqlFigures:
    """One statement per verb. Lives as long as its transaction."""

    def __init__(self, connection: sa.Connection, tables: Tables, user_id: int) -> None:
        self._connection, self._t, self._user_id = connection, tables, user_id

    def of_journeys(self) -> Figures:
        """Of each journey: COUNTED, people per state of STOPPED, deliveries per state of OPEN.

        0 for a journey that is not there.

        Each figure is a subquery of its own: it reads its own stretch of an index and no row of
        any other figure, of people who go on or are done, of deliveries made long ago.
        """
        j, t = self._t.journeys.c, self._t
        figures = [self._sum(figure).label(figure) for figure in COUNTED]
        figures += [self._in_state(t.enrollments, state).label(state) for state in STOPPED]
        figures += [self._in_state(t.deliveries, state).label(state) for state in OPEN]
        figures.append(self._sum(MESSAGE, MAILED).label(MAILED))
        wanted = sa.select(j.id, *figures).where(j.user_id == self._user_id)
        names = (*COUNTED, *STOPPED, *OPEN, MAILED)
        found: dict[tuple[int, str], int] = defaultdict(int)
        for journey_id, *numbers in self._connection.execute(wanted):
            for name, n in zip(names, numbers, strict=True):
                found[journey_id, name] = int(n or 0)
        return found

    def _sum(self, figure: str, remark: str | None = None) -> sa.ScalarSelect[Any]:
        c, j = self._t.counters.c, self._t.journeys.c
        query = sa.select(sa.func.sum(c.n)).where(c.user_id == j.user_id, c.journey_id == j.id)
        query = query.where(c.figure == figure)
        if remark is not None:
            query = query.where(c.remark == remark)
        return query.scalar_subquery()

    def _in_state(self, table: sa.Table, state: str) -> sa.ScalarSelect[Any]:
        c, j = table.c, self._t.journeys.c
        mine = (c.user_id == j.user_id, c.journey_id == j.id)
        return sa.select(sa.func.count()).where(*mine, c.state == state).scalar_subquery()

    def apart_at_steps(self, journey_id: int) -> Figures:
        e = self._t.enrollments.c
        rows = self._connection.execute(
            sa.select(e.step_id, e.state, sa.func.count())
            .where(
                e.user_id == self._user_id,
                e.journey_id == journey_id,
                e.state.in_(APART),
            )
            .group_by(e.step_id, e.state)
            .order_by(sa.null())  # MariaDB sorts groups unless it is told not to
        )
        return {(step, state): people for step, state, people in rows}

    def inside(self, journey_id: int) -> Mapping[str, int]:
        """State → people, without those who ended; states with nobody are left out."""
        e = self._t.enrollments.c
        rows = self._connection.execute(
            sa.select(e.state, sa.func.count())
            .where(
                e.user_id == self._user_id,
                e.journey_id == journey_id,
                e.state.in_(INSIDE),
            )
            .group_by(e.state)
        )
        return dict(rows.all())

    def overdue(self, journey_id: int, now: datetime) -> int:
        """People whose time has come, frozen or not yet. Reads the row of everybody inside."""
        e = self._t.enrollments.c
        wanted = sa.select(sa.func.count()).where(
            e.user_id == self._user_id,
            e.journey_id == journey_id,
            e.state.in_(INSIDE),
            sa.func.coalesce(e.frozen_due_at, e.due_at) < now,
        )
        return self._connection.execute(wanted).scalar_one()

    def counted(self, journey_id: int) -> Sequence[Counted]:
        c = self._t.counters.c
        wanted = (
            sa.select(c.step_id, c.figure, c.remark, sa.func.sum(c.n))
            .where(c.user_id == self._user_id, c.journey_id == journey_id)
            .group_by(c.figure, c.step_id, c.remark)
        )
        rows = self._connection.execute(wanted)
        return [(step, figure, remark, int(n)) for step, figure, remark, n in rows]

    def by_day(
        self, journey_id: int, days: tuple[date, date], version: int | None
    ) -> Sequence[Dated]:
        c, v = self._t.counters.c, self._t.versions.c
        number = sa.func.coalesce(v.number, 0).label("number")
        what = (c.counted_on, number, c.step_id, c.figure, c.remark)
        mine = (v.id == c.version_id) & (v.user_id == c.user_id)
        query = (
            sa.select(*what, sa.func.sum(c.n))
            .select_from(self._t.counters.outerjoin(self._t.versions, mine))
            .where(c.user_id == self._user_id, c.journey_id == journey_id)
            .where(c.counted_on.between(*days))
            .group_by(*what)
            .order_by(*what)
        )
        if version is not None:
            query = query.where(v.number == version)
        rows = self._connection.execute(query).all()
        return [Dated(*row[:-1], n=int(row[-1])) for row in rows if row[-1]]


def by_remark(counted: Iterable[Counted], figure: str) -> Mapping[str, int]:
    """The sums of one figure of the whole journey, per remark."""
    sums: dict[str, int] = defaultdict(int)
    for _, name, remark, n in counted:
        if name == figure:
            sums[remark] += n
    return {remark: n for remark, n in sums.items() if n}


def by_step(counted: Iterable[Counted], apart: Figures) -> Mapping[int, Mapping[str, int]]:
    """The figures of each step as engine.reading.JourneyPage has them."""
    steps: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for step, figure, remark, n in counted:
        for name, delta in _of_step(figure, remark, n):
            steps[step][name] += delta
    for (step, state), people in apart.items():
        steps[step][state] = people
    return {step: dict(figures) for step, figures in steps.items()}


def _of_step(figure: str, remark: str, n: int) -> Iterable[tuple[str, int]]:
    match figure:
        case "arrived":
            yield "here", n
        case "left":
            yield "here", -n
            if remark in ("moved", "goal"):  # elsewhere: they have not passed the step
                return
            yield ("ended" if remark.partition(":")[0] == "end" else "passed"), n
            if remark.startswith("branch:"):
                yield remark, n
        case "delivered" | "undelivered":
            yield figure, n
        case "message":
            yield remark.partition(":")[0], n
        case "result" if remark.startswith("refused:"):
            yield "refused", n
        case _:
            pass
