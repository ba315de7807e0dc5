"""Who stays at a step for something is due when it has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from plugin.storage.tables import Tables

#: Enrollment, the visit that asked, and its step.
Staying = tuple[int, int, int]


def wake(
    connection: sa.Connection, tables: Tables, staying: Sequence[Staying], now: datetime
) -> None:
    """Whoever is frozen looks when their journey is turned on; whoever went on meanwhile is at
    another step. A later visit at this one is that of somebody who was tried again."""
    e = tables.enrollments.c
    waiting = [
        sa.and_(e.id == who, e.visit >= visit, e.step_id == step_id)
        for who, visit, step_id in staying
    ]
    if waiting:
        connection.execute(
            sa.update(tables.enrollments)
            .where(sa.or_(*waiting), e.due_at.is_not(None))
            .values(due_at=now)
        )
