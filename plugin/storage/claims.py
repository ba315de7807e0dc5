"""The claim: who is due, locked until the transaction ends. The row lock is all there is to it.

A worker that dies lets go of its locks; its people are due, not stuck.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId, Member, Position
from plugin.sql.among import among
from plugin.storage.dialect import skip_locked
from plugin.storage.tables import Tables

Group = tuple[Position, Sequence[Member]]

#: Groups that one tick may mix: more of them means more statements, not more people.
MAX_GROUPS = 8
#: Groups that are looked at: other workers may hold everybody of the oldest ones.
MAX_LOOKS = 24
#: Accounts that are tried when the first one's rows are all locked by other workers.
MAX_ACCOUNTS = 4


class Claims:
    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._tables = connection, tables
        self._rows = tables.enrollments.c
        self.account: int | None = None
        self._position = (self._rows.version_id, self._rows.step_id, self._rows.list_id)
        self._columns = (
            self._rows.id,
            self._rows.subscriber_id,
            self._rows.state,
            self._rows.visit,
            self._rows.epoch,
            self._rows.attempts,
            self._rows.due_at,
            self._rows.cause,
        )

    def next(
        self, now: datetime, limit: int, after_user: int, without: Sequence[EnrollmentId]
    ) -> list[Group]:
        """Up to `limit` people of the next account that has someone due. See ports.Store.claim."""
        for user_id in self._accounts(now, after_user)[:MAX_ACCOUNTS]:
            self.account = user_id
            if groups := list(self._groups(user_id, now, limit, without)):
                return groups
        return []

    def these(self, now: datetime, ids: Sequence[EnrollmentId]) -> list[Group]:
        """Those of `ids` that are due and free, grouped by where they stand."""
        query = sa.select(*self._columns, *self._position).where(
            among(self._rows.id, ids), self._rows.due_at <= now
        )
        return _grouped(self._locked(query.order_by(self._rows.id)))

    def open_ones(self, ids: Sequence[EnrollmentId]) -> list[Group]:
        """Those of `ids` that have not ended and are free, due or not."""
        query = sa.select(*self._columns, *self._position)
        query = query.where(among(self._rows.id, ids), self._rows.state != "ended")
        return _grouped(self._locked(query.order_by(self._rows.id)))

    def stood_at(
        self, user_id: int, ids: Sequence[EnrollmentId], wanted: sa.ColumnElement[bool]
    ) -> list[Group]:
        """Those of `ids` of which `wanted` is true. Waits for rows that a tick holds."""
        query = sa.select(*self._columns, *self._position)
        query = query.where(among(self._rows.id, ids), self._rows.user_id == user_id, wanted)
        return _grouped(self._connection.execute(query.order_by(self._rows.id).with_for_update()))

    def _accounts(self, now: datetime, after_user: int) -> Sequence[int]:
        """Owners with someone due, beginning above `after_user` and going round.

        One seek per owner in the (user_id, due_at) index, however many people wait.
        """
        owners = sa.select(self._tables.journeys.c.user_id).distinct().subquery()
        first_due = (
            sa.select(self._rows.due_at)
            .where(self._rows.user_id == owners.c.user_id, self._rows.due_at <= now)
            .order_by(self._rows.due_at)
            .limit(1)
            .scalar_subquery()
        )
        query = sa.select(owners.c.user_id).where(first_due.is_not(None))
        found = sorted(self._connection.execute(query).scalars())
        return [u for u in found if u > after_user] + [u for u in found if u <= after_user]

    def _groups(
        self, user_id: int, now: datetime, limit: int, without: Sequence[EnrollmentId]
    ) -> Iterator[Group]:
        seen: list[Position] = []
        found = 0
        while limit > 0 and found < MAX_GROUPS and len(seen) < MAX_LOOKS:
            position = self._oldest(user_id, now, seen, without)
            if position is None:
                return
            members = self._members(position, now, limit, without)
            seen.append(position)
            limit -= len(members)
            if members:
                found += 1
                yield position, members

    def _oldest(
        self,
        user_id: int,
        now: datetime,
        seen: Sequence[Position],
        without: Sequence[EnrollmentId],
    ) -> Position | None:
        """Where the longest overdue row of the account stands, apart from groups seen.

        Read without a lock. A locking read that skips rows of other workers keeps their entries in
        this index locked, and they then wait for our commit before they can settle them: workers
        ran one after the other, and came to a standstill where we waited for a list's named lock
        that they held.
        """
        rows = self._rows
        query = (
            sa.select(rows.version_id, rows.step_id, rows.list_id)
            .where(rows.user_id == user_id, rows.due_at <= now)
            .order_by(rows.due_at)
            .limit(1)
        )
        for p in seen:
            same = (rows.version_id == p.version_id, rows.step_id == p.step_id)
            query = query.where(~sa.and_(*same, rows.list_id == p.list_id))
        if without:
            query = query.where(rows.id.not_in(without))
        found = self._connection.execute(query).first()
        return Position(*found) if found else None

    def _members(
        self, at: Position, now: datetime, limit: int, without: Sequence[EnrollmentId]
    ) -> list[Member]:
        rows = self._rows
        query = (
            sa.select(*self._columns)
            .where(
                rows.version_id == at.version_id,
                rows.step_id == at.step_id,
                rows.list_id == at.list_id,
                rows.due_at <= now,
            )
            .order_by(rows.due_at)
            .limit(limit)
        )
        if without:
            query = query.where(rows.id.not_in(without))
        return [Member._make(row) for row in self._locked(query)]

    def _locked(self, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        return self._connection.execute(skip_locked(self._connection, query)).all()


def _grouped(found: Iterable[sa.Row[Any]]) -> list[Group]:
    """Rows of a member's columns and then a position's."""
    groups: dict[Position, list[Member]] = {}
    for row in found:
        member, at = row[: len(Member._fields)], row[len(Member._fields) :]
        groups.setdefault(Position._make(at), []).append(Member._make(member))
    return list(groups.items())
