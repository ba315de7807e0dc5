"""What housekeeping would let go of by now, counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from plugin.engine.housekeeping_port import PARTS, Keeping, Part
from plugin.storage.database import Database
from plugin.storage.housekeeping import SqlHousekeeping
from plugin.storage.tables import Tables


def expected(
    database: Database, tables: Tables, kept: Keeping, now: datetime
) -> Mapping[Part, int]:
    """Rows of each part; of `history`, passages. Reads everything that is counted."""
    with database.reading() as connection:
        queries = _queries(SqlHousekeeping(connection, tables), tables, kept, now)
        return {part: connection.execute(queries[part]).scalar_one() for part in PARTS}


def _queries(
    house: SqlHousekeeping, t: Tables, kept: Keeping, now: datetime
) -> Mapping[Part, sa.Select[Any]]:
    before = {part: kept.before(part, now) for part in PARTS}
    count = sa.select(sa.func.count())
    d, e, tries = t.deliveries.c, t.enrollments.c, t.delivery_tries.c
    old_tries = count.select_from(
        t.delivery_tries.join(t.deliveries, d.id == tries.delivery_id).join(
            t.enrollments, e.id == d.enrollment_id
        )
    ).where(tries.tried_at < before["tries"], d.next_at.is_(None), e.state == "ended")
    old_events = t.inbox.c.received_at < before["events"]
    return {
        "history": house.over(count.select_from(t.enrollments), before["history"]),
        "tries": old_tries,
        "events": house.unneeded(count.select_from(t.inbox)).where(old_events),
        "tasks": count.select_from(t.tasks).where(t.tasks.c.finished_at < before["tasks"]),
        "audit": count.select_from(t.audit).where(t.audit.c.at < before["audit"]),
        "sessions": count.select_from(t.sessions).where(t.sessions.c.seen_at < before["sessions"]),
    }
