"""A journey's versions as people see them: what changed when, and how the last changeover goes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

import sqlalchemy as sa

from plugin.domain.codec import decode
from plugin.domain.differences import differences
from plugin.engine.changeover_port import STATES
from plugin.engine.reading import ChangeoverRow, VersionRow
from plugin.storage.tables import Tables

#: A longer history shows its end only.
MOST_VERSIONS = 100


class SqlVersionHistory:
    """Of one owner. Lives as long as its transaction."""

    def __init__(self, connection: sa.Connection, tables: Tables, user_id: int) -> None:
        self._connection, self._t, self._user_id = connection, tables, user_id

    def rows(self, journey_id: int, live_version_id: int | None) -> Sequence[VersionRow]:
        """One statement. Newest first; the oldest one shown may have nothing before it."""
        v = self._t.versions.c
        query = (
            sa.select(v.id, v.number, v.published_at, v.published_by, v.document)
            .where(v.user_id == self._user_id, v.journey_id == journey_id)
            .order_by(v.number.desc())
            .limit(MOST_VERSIONS + 1)
        )
        found = self._connection.execute(query).all()
        documents = [decode(json.loads(row.document)) for row in found]
        changes = [differences(old, new) for new, old in pairwise(documents)]
        return [
            VersionRow(
                number=row.number,
                published_at=row.published_at,
                published_by=row.published_by,
                live=row.id == live_version_id,
                changes=changed,
            )
            for row, changed in zip(found[:MOST_VERSIONS], [*changes, ()], strict=False)
        ]

    def changeover(self, journey_id: int) -> ChangeoverRow | None:
        """The last one. Two statements while it runs, else one."""
        c, v = self._t.changeovers.c, self._t.versions.c
        query = (
            sa.select(self._t.changeovers, v.number)
            .join(self._t.versions, v.id == c.version_id)
            .where(c.user_id == self._user_id, v.user_id == self._user_id)
            .where(c.journey_id == journey_id)
            .order_by(c.id.desc())
            .limit(1)
        )
        row = self._connection.execute(query).first()
        if row is None:
            return None
        running = row.state == "running"
        return ChangeoverRow(
            number=row.number,
            removed=row.removed,
            state=row.state,
            total=row.total,
            moved=row.moved,
            exited=row.exited,
            left=self._behind(journey_id, row.version_id) if running else 0,
            started_at=row.started_at,
            finished_at=row.finished_at,
        )

    def _behind(self, journey_id: int, version_id: int) -> int:
        """Reads the row of everybody inside."""
        e = self._t.enrollments.c
        query = sa.select(sa.func.count()).where(
            e.user_id == self._user_id,
            e.journey_id == journey_id,
            e.state.in_(STATES),
            e.version_id != version_id,
        )
        return self._connection.execute(query).scalar_one()
