"""Send rates and the cap per person, over all workers: what was sent, and who stands in line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from plugin.domain.send_rates import NO_LIMITS, Line, SendLimits
from plugin.storage.dialect import insert_ignore, is_sqlite
from plugin.storage.tables import Tables

_LINE = ("minute_at", "in_minute", "hour_at", "in_hour", "line_at")


class SqlSending:
    """See engine.sending_port.Sending. Lives as long as its transaction."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._t = connection, tables

    def limits(self, user_id: int) -> SendLimits:
        rows = self._t.account_settings.c
        query = sa.select(rows.sending).where(rows.user_id == user_id)
        found = self._connection.execute(query).scalar()
        return SendLimits.of_data(found) if found else NO_LIMITS

    def choose(self, user_id: int, limits: SendLimits, now: datetime) -> None:
        table = self._t.account_settings
        row = {"user_id": user_id, "sending": limits.as_data(), "changed_at": now}
        insert_ignore(self._connection, table, [row])
        self._connection.execute(
            sa.update(table)
            .where(table.c.user_id == user_id)
            .values(sending=row["sending"], changed_at=now)
        )

    def lines(self, user_id: int, journey_ids: Iterable[int], now: datetime) -> Mapping[int, Line]:
        wanted = sorted(journey_ids)
        found = self._locked(user_id, wanted)
        missing = [i for i in wanted if i not in found]
        if not missing:
            return found
        fresh = asdict(Line.at(now))
        rows = [{"user_id": user_id, "journey_id": i} | fresh for i in missing]
        insert_ignore(self._connection, self._t.sending, rows)
        return self._locked(user_id, wanted)

    def _locked(self, user_id: int, journey_ids: Sequence[int]) -> dict[int, Line]:
        """In one order for everybody: the account's own comes first."""
        rows = self._t.sending.c
        query = sa.select(rows.journey_id, *(rows[name] for name in _LINE)).where(
            rows.user_id == user_id, rows.journey_id.in_(journey_ids)
        )
        query = query.order_by(rows.journey_id)
        if not is_sqlite(self._connection):
            query = query.with_for_update()
        return {row[0]: Line(*row[1:]) for row in self._connection.execute(query)}

    def keep(self, user_id: int, lines: Mapping[int, Line]) -> None:
        rows = self._t.sending
        for journey_id, line in lines.items():
            here = (rows.c.user_id == user_id, rows.c.journey_id == journey_id)
            self._connection.execute(sa.update(rows).where(*here).values(**asdict(line)))

    def recent(
        self, user_id: int, person_keys: Collection[bytes], since: datetime
    ) -> Mapping[bytes, Sequence[datetime]]:
        m = self._t.messages.c
        query = sa.select(m.person_key, m.sent_at).where(
            m.user_id == user_id, m.person_key.in_(sorted(person_keys)), m.sent_at > since
        )
        found: dict[bytes, list[datetime]] = {}
        for key, at in self._connection.execute(query.order_by(m.sent_at)):
            found.setdefault(bytes(key), []).append(at)
        return found
