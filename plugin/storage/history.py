"""One person's history: the lines of the step log with the deliveries that they asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from plugin.engine.goals_port import OUTCOME
from plugin.engine.reading import HISTORY_ROWS, DeliveryRow, Moment, Try
from plugin.storage.tables import Tables


class SqlHistory:
    """Of one enrollment. Lives as long as its transaction."""

    def __init__(self, connection: sa.Connection, tables: Tables, user_id: int) -> None:
        self._connection, self._t, self._user_id = connection, tables, user_id

    def moments(self, enrollment_id: int) -> Sequence[Moment]:
        """Four statements. The last HISTORY_ROWS, oldest first, and the goals that were reached."""
        log = self._t.step_log.c
        rows = self._connection.execute(
            sa.select(self._t.step_log)
            .where(log.enrollment_id == enrollment_id, log.user_id == self._user_id)
            .order_by(log.visit.desc())
            .limit(HISTORY_ROWS)
        ).all()
        deliveries = self._deliveries(enrollment_id)
        lines = [
            Moment(
                visit=row.visit,
                step_id=row.step_id,
                action=row.action,
                outcome=row.outcome,
                branch=row.branch,
                at=row.logged_at,
                detail=row.detail,
                delivery=deliveries.get(row.visit),
            )
            for row in reversed(rows)
        ]
        return sorted([*self._goals(enrollment_id), *lines], key=lambda moment: moment.at)

    def _goals(self, enrollment_id: int) -> Sequence[Moment]:
        """About no step: a goal may be reached wherever somebody stands, or after they have left.
        Those that lead somewhere have a line of their own as well, about the step that was left."""
        g = self._t.goals_reached.c
        query = sa.select(g.goal, g.noted_at, g.detail).where(
            g.enrollment_id == enrollment_id, g.user_id == self._user_id
        )
        return [
            Moment(
                visit=0,
                step_id=0,
                action="",
                outcome=OUTCOME,
                branch=None,
                at=row.noted_at,
                detail={**row.detail, "goal": row.goal},
                delivery=None,
            )
            for row in self._connection.execute(query.order_by(g.noted_at, g.goal))
        ]

    def _deliveries(self, enrollment_id: int) -> Mapping[int, DeliveryRow]:
        d = self._t.deliveries.c
        mine = (d.enrollment_id == enrollment_id, d.user_id == self._user_id)
        columns = (d.id, d.visit, d.delivery_key, d.method, d.url, d.state, d.result)
        tries = self._tries(sa.select(d.id).where(*mine))
        return {
            row.visit: DeliveryRow(
                delivery_key=row.delivery_key,
                method=row.method,
                url=row.url,
                state=_standing(row.state, row.result),
                tries=tries.get(row.id, ()),
            )
            for row in self._connection.execute(sa.select(*columns).where(*mine))
        }

    def _tries(self, deliveries: sa.Select[Any]) -> Mapping[int, Sequence[Try]]:
        t = self._t.delivery_tries.c
        wanted = (
            sa.select(self._t.delivery_tries)
            .where(t.user_id == self._user_id, t.delivery_id.in_(deliveries))
            .order_by(t.delivery_id, t.attempt)
        )
        tries: dict[int, list[Try]] = defaultdict(list)
        for row in self._connection.execute(wanted):
            tries[row.delivery_id].append(
                Try(
                    attempt=row.attempt,
                    tried_at=row.tried_at,
                    status=row.status,
                    error=row.error,
                    took_ms=row.took_ms,
                    answer=row.answer,
                    next_at=row.next_at,
                )
            )
        return tries


def _standing(state: str, result: Mapping[str, Any] | None) -> str:
    """Of a message that is over, what became of it: `skipped` and `unknown` are neither done nor
    failed."""
    word = (result or {}).get("result")
    return str(word) if state == "done" and word in ("skipped", "unknown") else state
