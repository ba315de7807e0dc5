"""Receivers of deliveries: whose turn it is, and whose breaker is open.

A receiver is one host as one account calls it: what an account sends to a dead address keeps no
other account from sending there. All workers share what is known of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any, NamedTuple

import sqlalchemy as sa

from plugin.domain.breaker import GIVE_UP, at_once, is_open, pause
from plugin.engine.outbox_port import Room, Tried
from plugin.sql.among import among
from plugin.storage.dialect import insert_ignore, is_sqlite, update_joined
from plugin.storage.tables import Tables

#: Receivers that are looked at for one batch; the others come next.
MOST_RECEIVERS = 64


class Turn(NamedTuple):
    """A receiver whose turn it is. `given_up`: only what has been due for too long."""

    receiver_id: int
    user_id: int
    faults: int
    probe: bool
    given_up: bool
    most: int  #: deliveries that it may be sent now


class SqlReceivers:
    """Part of the outbox."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._tables = connection, tables
        self._table = tables.receivers

    def ids(self, user_id: int, hosts: Iterable[str], now: datetime) -> Mapping[str, int]:
        """The number of each, new ones made. They are looked for first, without a lock: a tick
        must not keep deliverers waiting."""
        wanted = sorted({host[:255] for host in hosts})
        known = self._known(user_id, wanted)
        new = [host for host in wanted if host not in known]
        if not new:
            return known
        same = {"user_id": user_id, "faults": 0, "open_until": None, "served_at": now}
        insert_ignore(self._connection, self._table, [{"host": host} | same for host in new])
        return self._known(user_id, wanted)

    def _known(self, user_id: int, hosts: Sequence[str]) -> dict[str, int]:
        rows = self._table.c
        query = sa.select(rows.host, rows.id)
        query = query.where(rows.user_id == user_id, rows.host.in_(hosts))
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def turns(self, now: datetime, room: Room) -> list[Turn]:
        """Who may be sent how much: accounts in turn, and the receivers of an account in turn."""
        turns: list[Turn] = []
        left, of_account = room.total, Counter[int]()
        for (user_id, _), n in room.under_way.items():
            of_account[user_id] += n
        for row in _in_turn(self._due(now)):
            turn = _turn(row, now, room)
            n = min(turn.most, left, room.of_account - of_account[turn.user_id])
            if n > 0:
                turns.append(turn._replace(most=n))
                left -= n
                of_account[turn.user_id] += n
        return turns

    def _due(self, now: datetime) -> Sequence[sa.Row[Any]]:
        """Receivers for which something is due, the one longest without a turn first. One seek
        for each, however much waits."""
        rows, due = self._table.c, self._tables.deliveries.c
        first = (
            sa.select(due.next_at)
            .where(due.receiver_id == rows.id, due.next_at <= now)
            .order_by(due.next_at)
            .limit(1)
            .scalar_subquery()
        )
        closed = sa.or_(rows.open_until.is_(None), rows.open_until <= now)
        query = (
            sa.select(rows.id, rows.user_id, rows.host, rows.faults, rows.open_until)
            .where(sa.or_(sa.and_(closed, first.is_not(None)), first <= now - GIVE_UP))
            .order_by(rows.served_at, rows.id)
            .limit(MOST_RECEIVERS)
        )
        return list(self._connection.execute(query))

    def served(self, turns: Sequence[Turn], now: datetime, until: datetime) -> None:
        """They had their turn. Nobody else probes a receiver that is being probed (`until`)."""
        rows = self._table.c
        rest = {turn.receiver_id for turn in turns if not turn.probe}
        for ids, more in (
            (rest, {}),
            ({t.receiver_id for t in turns} - rest, {"open_until": until}),
        ):
            if ids:
                change = sa.update(self._table).where(among(rows.id, sorted(ids)))
                self._connection.execute(change.values(served_at=now, **more))

    def note(self, tried: Sequence[Tried], now: datetime) -> None:
        """Who answered and who did not. For receivers that are well, no statement."""
        well = {t.delivery.receiver_id for t in tried if t.receiver == "well"}
        bad = Counter(t.delivery.receiver_id for t in tried if t.receiver == "fault")
        recovered = {
            t.delivery.receiver_id
            for t in tried
            if t.delivery.receiver_faults and t.delivery.receiver_id in well
        }
        rows = self._table.c
        if recovered:
            change = sa.update(self._table).where(among(rows.id, sorted(recovered)))
            self._connection.execute(change.values(faults=0, open_until=None))
        if worse := {i: n for i, n in bad.items() if i not in well}:
            self._add_faults(worse, now)
        self._leave_alone(tried)

    def _leave_alone(self, tried: Sequence[Tried]) -> None:
        """Who answers that it is too much is left alone until it wants more."""
        until: dict[int, datetime] = {}
        for t in tried:
            if t.receiver == "busy" and t.next_at:
                known = until.get(t.delivery.receiver_id, t.next_at)
                until[t.delivery.receiver_id] = max(known, t.next_at)
        rows = [{"id": i, "open_until": at} for i, at in sorted(until.items())]
        update_joined(self._connection, self._table, ("id",), {}, rows)

    def _add_faults(self, worse: Mapping[int, int], now: datetime) -> None:
        rows = self._table.c
        query = sa.select(rows.id, rows.faults).where(among(rows.id, sorted(worse)))
        if not is_sqlite(self._connection):
            query = query.with_for_update()
        found = self._connection.execute(query.order_by(rows.id)).all()
        changed = [_worse(row.id, row.faults + worse[row.id], now) for row in found]
        update_joined(self._connection, self._table, ("id",), {}, changed)


def _worse(receiver_id: int, faults: int, now: datetime) -> dict[str, Any]:
    waits = pause(faults)
    return {"id": receiver_id, "faults": faults, "open_until": now + waits if waits else None}


def _in_turn(found: Sequence[sa.Row[Any]]) -> Iterator[sa.Row[Any]]:
    """One receiver of each account, then the next one of each."""
    of_account: dict[int, list[sa.Row[Any]]] = {}
    for row in found:
        of_account.setdefault(row.user_id, []).append(row)
    for round_ in zip_longest(*of_account.values()):
        yield from (row for row in round_ if row is not None)


def _turn(row: sa.Row[Any], now: datetime, room: Room) -> Turn:
    given_up = row.open_until is not None and row.open_until > now
    most = room.total if given_up or not row.host else at_once(row.faults, room.of_receiver)
    most -= 0 if given_up else room.under_way.get((row.user_id, row.id), 0)
    probe = is_open(row.faults) and not given_up
    return Turn(row.id, row.user_id, row.faults, probe, given_up, most)
