"""Messages to people: one row for each time that somebody comes to a SendEmail step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId, person_key
from plugin.domain.message_figures import MOMENTS, REVENUE
from plugin.engine.messages_port import (
    Change,
    Changed,
    Heard,
    MessageOf,
    MessageRef,
    NewMessage,
    Queued,
    Told,
)
from plugin.sql.among import among
from plugin.storage.dialect import insert_many, is_sqlite, update_joined
from plugin.storage.installation import Installation, key_of_visit
from plugin.storage.message_events import OUT, MessagesOfEvents
from plugin.storage.tables import Tables
from plugin.storage.waking import wake

#: States of messages that people have, or may yet have.
MEANT = ("queued", *OUT)
#: A message that did not reach anybody was sent all the same, if somebody tells of it.
NOT_KNOWN = ("unknown", "failed")
_OF = MessageOf._fields


class SqlMessages(MessagesOfEvents):
    """See engine.messages_port.Messages. Lives as long as its transaction."""

    def __init__(
        self, connection: sa.Connection, tables: Tables, installation: Installation
    ) -> None:
        super().__init__(connection, tables)
        self._tables, self._installation = tables, installation
        self._keys: UUID | None = None

    def latest(
        self, step_id: int, enrollment_ids: Collection[EnrollmentId]
    ) -> Mapping[EnrollmentId, MessageRef]:
        m = self._table.c
        query = sa.select(m.id, m.enrollment_id, m.journey_id, m.step_id).where(
            among(m.enrollment_id, enrollment_ids), m.step_id == step_id, m.state.in_(MEANT)
        )
        found = self._connection.execute(query.order_by(m.id))
        return {row.enrollment_id: MessageRef._make(row) for row in found}

    # What steps ask for

    def add(self, of: MessageOf, new: Sequence[NewMessage], now: datetime) -> None:
        insert_many(self._connection, self._table, [self._row(of, one, now) for one in new])

    def _row(self, of: MessageOf, one: NewMessage, now: datetime) -> dict[str, Any]:
        keys = self._keys = self._keys or self._installation.keys(self._connection)
        return {
            **of._asdict(),
            "enrollment_id": one.enrollment_id,
            "visit": one.visit,
            "subscriber_id": one.subscriber_id,
            "person_key": person_key(of.user_id, one.email),
            "delivery_key": key_of_visit(keys, one.enrollment_id, one.visit, one.email),
            "asked_at": now,
            "revenue": 0,
        } | _standing(one, now)

    def queued(
        self, step_id: int, enrollment_ids: Collection[EnrollmentId]
    ) -> Mapping[EnrollmentId, Queued]:
        m = self._table.c
        query = sa.select(m.enrollment_id, m.id, m.visit, m.place_at).where(
            among(m.enrollment_id, enrollment_ids),
            m.step_id == step_id,
            m.state == "queued",
            m.sent_at.is_(None),
        )
        found = self._connection.execute(query.order_by(m.id))
        return {row.enrollment_id: Queued(*row[1:]) for row in found}

    def move(self, of: MessageOf, moved: Mapping[int, NewMessage], now: datetime) -> None:
        same = {"version_id": of.version_id, "email_id": of.email_id}
        rows = [{"id": number} | same | _standing(one, now) for number, one in moved.items()]
        update_joined(self._connection, self._table, ("id",), {}, rows)

    # What becomes of them

    def note(self, changes: Sequence[Change], now: datetime) -> Sequence[Changed]:
        if not changes:
            return []
        m = self._table.c
        by_key = {change.delivery_key: change for change in changes}
        locked = self._locked(m.delivery_key.in_(sorted(by_key)))
        rows, changed = [], []
        for row in locked:
            change = by_key[row.delivery_key]
            if row.state == "sent":
                continue  # somebody has told of it before
            taken = change.state == "sent"
            rows.append(
                {
                    "id": row.id,
                    "state": change.state,
                    "reason": change.reason,
                    "host_message_id": change.host_message_id or row.host_message_id,
                    "sent_at": now if taken else _counted(change, row),
                }
            )
            changed.append(_changed(row, change.state, change.reason))
        update_joined(self._connection, self._table, ("id",), {}, rows)
        return [one for one in changed if one.before != one.now]

    def heard(self, delivery_keys: Collection[str]) -> Set[str]:
        m = self._table.c
        told = sa.or_(*(m[column].is_not(None) for column in MOMENTS.values()))
        query = sa.select(m.delivery_key).where(m.delivery_key.in_(sorted(delivery_keys)), told)
        return set(self._connection.execute(query).scalars())

    def settle(self, ids: Collection[int], now: datetime) -> Sequence[Changed]:
        """Deliveries first, as whoever notes their results does it: nobody waits for another."""
        m = self._table.c
        query = sa.select(m.id, m.delivery_key, m.step_id, m.enrollment_id, m.visit)
        doubtful = self._connection.execute(
            query.where(among(m.id, ids), m.state.in_(NOT_KNOWN)).order_by(m.id)
        ).all()
        if not doubtful:
            return []
        self._close([row.delivery_key for row in doubtful], now)
        wake(
            self._connection,
            self._tables,
            [(row.enrollment_id, row.visit, row.step_id) for row in doubtful],
            now,
        )
        rows = self._locked(among(m.id, [row.id for row in doubtful]))
        open_ = [row for row in rows if row.state in NOT_KNOWN]
        values = {"state": "sent", "reason": None}
        known = [{"id": r.id, **values, "sent_at": r.sent_at or r.asked_at} for r in open_]
        update_joined(self._connection, self._table, ("id",), {}, known)
        return [_changed(row, "sent", None) for row in open_]

    def _close(self, keys: Collection[str], now: datetime) -> None:
        """Deliveries that wait for news have had it; one that is being sent is left alone."""
        d = self._tables.deliveries
        self._connection.execute(
            sa.update(d)
            .where(d.c.delivery_key.in_(sorted(keys)), d.c.state == "unknown")
            .values(state="done", next_at=None, finished_at=now, result={"result": "sent"})
        )

    def stamp(self, heard: Sequence[Heard]) -> Sequence[Told]:
        """Several in one batch may be about one message: the earliest moment counts."""
        by_message: dict[int, list[Heard]] = {}
        for one in heard:
            by_message.setdefault(one.message_id, []).append(one)
        rows, told = [], []
        for row in self._locked(among(self._table.c.id, by_message)):
            values, new = _stamped(row, by_message[row.id])
            of = MessageOf(*(getattr(row, name) for name in _OF))
            told += [Told(of, figure, n) for figure, n in new]
            rows.append({"id": row.id} | values)
        update_joined(self._connection, self._table, ("id",), {}, rows)
        return told

    def _locked(self, which: sa.ColumnElement[bool]) -> Sequence[sa.Row[Any]]:
        query = sa.select(self._table).where(which).order_by(self._table.c.id)
        if not is_sqlite(self._connection):
            query = query.with_for_update()
        return self._connection.execute(query).all()


def _standing(one: NewMessage, now: datetime) -> dict[str, Any]:
    return {
        "state": one.state,
        "reason": one.reason,
        "place_at": one.place_at,
        "sent_at": now if one.handed_over else None,
    }


def _counted(change: Change, row: sa.Row[Any]) -> datetime | None:
    """What may have been sent counts for the cap; what was not does not."""
    return row.sent_at if change.state in ("unknown", "queued") else None


def _changed(row: sa.Row[Any], state: str, reason: str | None) -> Changed:
    of = MessageOf(*(getattr(row, name) for name in _OF))
    return Changed(of, (row.state, row.reason), (state, reason))


def _stamped(
    row: sa.Row[Any], heard: Iterable[Heard]
) -> tuple[dict[str, Any], list[tuple[str, int]]]:
    """The columns as they are now, all of them, and the figures that are new."""
    values = {column: getattr(row, column) for column in MOMENTS.values()}
    values |= {"bounce_type": row.bounce_type, "revenue": row.revenue}
    new: list[tuple[str, int]] = []
    for one in heard:
        if one.figure == REVENUE:
            values["revenue"] += one.amount
            new.append((REVENUE, one.amount))
            continue
        column = MOMENTS[one.figure]
        if values[column] is None:
            new.append((one.figure, 1))
        values[column] = min(values[column] or one.at, one.at)
        if one.figure == "bounced" and values["bounce_type"] != "hard":
            values["bounce_type"] = one.bounce or values["bounce_type"]
    return values, new
