"""Journeys and their versions as the engine reads them. Versions never change: they are cached."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import cast

import sqlalchemy as sa

from plugin.domain.codec import decode
from plugin.domain.entry_rules import ExitRule, Goal
from plugin.domain.journey import Document, Status
from plugin.domain.program import WAITERS, lay_flat, walk
from plugin.engine.ports import Footing, Live, Version
from plugin.errors import Interrupted, NotFound
from plugin.storage.dialect import is_sqlite
from plugin.storage.tables import Tables

#: Versions kept decoded in one process.
CACHED_VERSIONS = 2000

#: Bits of `versions.exit_rules`.
EXITS_BY_EVENT, EXITS_BY_CRITERIA, WAITS_FOR_EVENTS = 1, 2, 4


def exit_bits(document: Document) -> int:
    """What `versions.exit_rules` holds: which forms of exit rules and goals the document has, and
    whether steps of it wait for events."""
    both: Sequence[ExitRule | Goal] = (*document.exit_rules, *document.goals)
    by_event = any(one.event is not None for one in both)
    by_criteria = any(one.criteria is not None for one in both)
    waits = any(step.action in WAITERS for step in walk(document.steps))
    exits = EXITS_BY_EVENT * by_event | EXITS_BY_CRITERIA * by_criteria
    return exits | WAITS_FOR_EVENTS * waits


def with_bit(bit: int) -> list[int]:
    """The values of `versions.exit_rules` that have it: an index finds them."""
    every = EXITS_BY_EVENT | EXITS_BY_CRITERIA | WAITS_FOR_EVENTS
    return [bits for bits in range(every + 1) if bits & bit]


@lru_cache(maxsize=CACHED_VERSIONS)
def _decoded(text: str) -> Document:
    return decode(json.loads(text))


class Versions:
    """The cache of one process, shared by its transactions."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._known: dict[int, Version] = {}

    def load(self, connection: sa.Connection, ids: Iterable[int]) -> Mapping[int, Version]:
        """These versions, read in one statement where unknown. Missing ones are left out."""
        wanted = set(ids)
        if unknown := wanted - self._known.keys():
            if len(self._known) > CACHED_VERSIONS:
                self._known = {}
                unknown = wanted
            rows = self._tables.versions
            for row in connection.execute(sa.select(rows).where(rows.c.id.in_(unknown))):
                self._known[row.id] = _version(row)
        return {i: self._known[i] for i in wanted if i in self._known}

    def one(self, connection: sa.Connection, version_id: int) -> Version:
        found = self.load(connection, [version_id])
        if version_id not in found:
            raise NotFound(f"There is no version {version_id}.")
        return found[version_id]

    def live(self, connection: sa.Connection, user_ids: Iterable[int]) -> Sequence[Live]:
        """The enabled journeys of these owners with the version that people enter."""
        rows = self._tables.journeys.c
        query = sa.select(rows.id, rows.user_id, rows.name, rows.live_version_id).where(
            rows.status == "enabled",
            rows.live_version_id.is_not(None),
            rows.user_id.in_(set(user_ids)),
        )
        found = connection.execute(query.order_by(rows.id)).all()
        versions = self.load(connection, [row.live_version_id for row in found])
        return [Live(row.id, row.user_id, row.name, versions[row.live_version_id]) for row in found]

    def confirm_live(self, connection: sa.Connection, versions: Iterable[Version]) -> None:
        """These are what people enter, and stay so until the transaction ends: whoever publishes
        waits. Raises Interrupted when one has been superseded since it was looked up."""
        wanted = {(v.journey_id, v.version_id) for v in versions}
        rows = self._tables.journeys.c
        query = sa.select(rows.id, rows.live_version_id).where(rows.id.in_({j for j, _ in wanted}))
        if not is_sqlite(connection):
            query = query.order_by(rows.id).with_for_update(read=True)
        if wanted - {(row[0], row[1]) for row in connection.execute(query)}:
            raise Interrupted("A newer version was published meanwhile.")

    def exiting_by_events(
        self, connection: sa.Connection, user_ids: Iterable[int]
    ) -> Sequence[Version]:
        return self._with_bit(connection, EXITS_BY_EVENT, user_ids)

    def waiting_for_events(
        self, connection: sa.Connection, user_ids: Iterable[int]
    ) -> Sequence[Version]:
        return self._with_bit(connection, WAITS_FOR_EVENTS, user_ids)

    def _with_bit(
        self, connection: sa.Connection, bit: int, user_ids: Iterable[int]
    ) -> Sequence[Version]:
        rows = self._tables.versions.c
        query = sa.select(rows.id).where(
            rows.exit_rules.in_(with_bit(bit)), rows.user_id.in_(set(user_ids))
        )
        ids = list(connection.execute(query.order_by(rows.id)).scalars())
        known = self.load(connection, ids)
        return [known[i] for i in ids]

    def statuses(
        self, connection: sa.Connection, journey_ids: Iterable[int]
    ) -> Mapping[int, Footing]:
        rows = self._tables.journeys.c
        query = sa.select(rows.id, rows.status, rows.name, rows.thaw)
        found = connection.execute(query.where(rows.id.in_(set(journey_ids))))
        return {i: _footing(status, name, thaw) for i, status, name, thaw in found}


def _footing(status: str, name: str, thaw: Mapping[str, str] | None) -> Footing:
    thaws = thaw and status == "enabled"
    before = datetime.fromisoformat(thaw["before"]) if thaw and thaws else None
    return Footing(cast(Status, status), name, before)


def _version(row: sa.Row[tuple[object, ...]]) -> Version:
    document = _decoded(row.document)
    return Version(
        version_id=row.id,
        journey_id=row.journey_id,
        user_id=row.user_id,
        number=row.number,
        document=document,
        program=lay_flat(document.steps),
        zone=row.zone,
    )
