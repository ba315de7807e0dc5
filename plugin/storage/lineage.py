"""From which journey to which somebody has come: by steps that started one, or by their events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId
from plugin.sql.among import among
from plugin.storage.tables import Tables


def lineage(
    connection: sa.Connection, tables: Tables, ids: Sequence[EnrollmentId], most: int
) -> Mapping[EnrollmentId, Sequence[int]]:
    """See engine.ports.Store. The nearest first: one join of each kind per journey told."""
    of = [tables.enrollments.alias(f"e{n}") for n in range(most)]
    by = [tables.inbox.alias(f"i{n}") for n in range(most - 1)]
    rows: sa.FromClause = of[0]
    for n in range(most - 1):
        rows = rows.outerjoin(by[n], by[n].c.id == of[n].c.entry_event_id)
        origin = sa.func.coalesce(of[n].c.origin_enrollment_id, by[n].c.origin_enrollment_id)
        rows = rows.outerjoin(of[n + 1], of[n + 1].c.id == origin)
    query = sa.select(of[0].c.id, *(e.c.journey_id for e in of)).select_from(rows)
    found: dict[EnrollmentId, Sequence[int]] = defaultdict(list)
    for enrollment_id, *journeys in connection.execute(query.where(among(of[0].c.id, ids))):
        found[enrollment_id] = [journey for journey in journeys if journey is not None]
    return found
