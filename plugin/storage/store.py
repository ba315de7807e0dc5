"""The engine's Store over one connection: claims, settles, versions and entries in one hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId, Standing
from plugin.engine.ports import Count, Entry, Footing, Live, Origin, Version
from plugin.sql.among import among
from plugin.storage.claims import Claims, Group
from plugin.storage.dialect import database_now, insert_ignore
from plugin.storage.installation import Installation
from plugin.storage.lineage import lineage
from plugin.storage.settling import Settling
from plugin.storage.tables import Tables
from plugin.storage.versions import Versions

#: The step id of a journey without steps: people enter and are done.
NO_STEP = 0


class SqlStore:
    """See engine.ports.Store. Lives as long as its transaction."""

    def __init__(
        self,
        connection: sa.Connection,
        tables: Tables,
        versions: Versions,
        installation: Installation,
    ) -> None:
        self._connection, self._tables, self._versions = connection, tables, versions
        self._installation = installation
        self._claims = Claims(connection, tables)
        self._settling = Settling(connection, tables)

    def installation(self) -> str:
        return str(self._installation.keys(self._connection))

    def now(self) -> datetime:
        return database_now(self._connection)

    def claim(
        self, now: datetime, limit: int, after_user: int, without: Sequence[EnrollmentId]
    ) -> Sequence[Group]:
        return self._claims.next(now, limit, after_user, without)

    @property
    def claimed_from(self) -> int | None:
        return self._claims.account

    def claim_these(self, now: datetime, ids: Sequence[EnrollmentId]) -> Sequence[Group]:
        return self._claims.these(now, ids)

    def claim_open(self, ids: Sequence[EnrollmentId]) -> Sequence[Group]:
        return self._claims.open_ones(ids)

    def ended(self, ids: Sequence[EnrollmentId]) -> Sequence[EnrollmentId]:
        rows = self._tables.enrollments.c
        query = sa.select(rows.id).where(among(rows.id, ids), rows.state != "ended")
        inside = set(self._connection.execute(query).scalars())
        return [i for i in ids if i not in inside]

    def started(
        self, journey_id: int, origins: Sequence[EnrollmentId], now: datetime
    ) -> Sequence[EnrollmentId]:
        me, fresh = self._tables.enrollments.alias("me"), self._tables.enrollments.alias("fresh")
        query = (
            sa.select(me.c.id)
            .join_from(
                me,
                fresh,
                sa.and_(
                    fresh.c.journey_id == journey_id,
                    fresh.c.subscriber_id == me.c.subscriber_id,
                    fresh.c.origin_enrollment_id == me.c.id,
                    fresh.c.entered_at == now,
                ),
            )
            .where(among(me.c.id, origins))
        )
        return list(self._connection.execute(query).scalars())

    def settle(self, standings: Sequence[Standing], now: datetime) -> None:
        self._settling.settle(standings, now)

    def those(self, user_id: int, ids: Sequence[EnrollmentId]) -> Sequence[Group]:
        return self._claims.stood_at(user_id, ids, sa.true())

    def tell(self, standings: Sequence[Standing]) -> None:
        rows = [
            {"id": s.member.enrollment_id, "epoch": s.member.epoch, "visit": s.visit}
            for s in standings
        ]
        self._settling.write(rows, standings)

    def freeze(self, ids: Sequence[EnrollmentId], journey_ids: Iterable[int]) -> None:
        self._settling.freeze(ids, journey_ids)

    def count(self, counts: Iterable[Count], now: datetime) -> None:
        self._settling.count(counts, now)

    def version(self, version_id: int) -> Version:
        return self._versions.one(self._connection, version_id)

    def statuses(self, journey_ids: Iterable[int]) -> Mapping[int, Footing]:
        return self._versions.statuses(self._connection, journey_ids)

    def live(self, user_ids: Iterable[int]) -> Sequence[Live]:
        return self._versions.live(self._connection, user_ids)

    def exiting_by_events(self, user_ids: Iterable[int]) -> Sequence[Version]:
        return self._versions.exiting_by_events(self._connection, user_ids)

    def waiting_for_events(self, user_ids: Iterable[int]) -> Sequence[Version]:
        return self._versions.waiting_for_events(self._connection, user_ids)

    def enroll(self, entries: Sequence[Entry], now: datetime, call: int | None = None) -> int:
        self._versions.confirm_live(self._connection, [e.version for e in entries])
        rows = [_entry(entry, now, call) for entry in entries]
        return insert_ignore(self._connection, self._tables.enrollments, rows)

    def origins(self, ids: Sequence[EnrollmentId]) -> Mapping[EnrollmentId, Origin]:
        rows = self._tables.enrollments.c
        query = sa.select(rows.id, rows.person_key, rows.hops).where(among(rows.id, ids))
        return {row[0]: Origin(row[1], row[2]) for row in self._connection.execute(query)}

    def lineage(
        self, ids: Sequence[EnrollmentId], most: int
    ) -> Mapping[EnrollmentId, Sequence[int]]:
        return lineage(self._connection, self._tables, ids, most)

    def reopen(self, journey_id: int, person_keys: Sequence[bytes], now: datetime) -> None:
        rows = self._tables.enrollments.c
        self._connection.execute(
            sa.update(self._tables.enrollments)
            .where(
                rows.journey_id == journey_id,
                rows.entry_key.in_(person_keys),
                rows.state == "ended",
                rows.reopens_at <= now,
            )
            .values(entry_key=None)
        )


def _entry(entry: Entry, now: datetime, call: int | None) -> dict[str, Any]:
    version = entry.version
    reentry = version.document.reentry
    counted_from_entry = reentry.rule == "again_after" and reentry.since == "entry"
    first = version.program.first
    capped = bool(version.document.caps)
    return {
        "user_id": version.user_id,
        "journey_id": version.journey_id,
        "version_id": version.version_id,
        "list_id": entry.list_id,
        "subscriber_id": entry.subscriber_id,
        "person_key": entry.person_key,
        "entry_key": entry.entry_key,
        "reopens_at": now + timedelta(days=reentry.days) if counted_from_entry else None,
        "entry_event_id": entry.entry_event_id,
        "origin_enrollment_id": entry.origin_enrollment_id,
        "entry_call": call,
        "state": "entering" if capped else "active",
        "step_id": NO_STEP if first is None else first,
        "due_at": None if capped else now,
        "visit": 0 if call is None else 1,
        "epoch": 0,
        "attempts": 0,
        "hops": entry.hops,
        "entered_at": now,
        "arrived_at": now,
    }
