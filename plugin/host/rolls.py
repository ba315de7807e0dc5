"""The rows of a list that stand for the people who are meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId, Subscriber, SubscriberId, normal_address
from plugin.host.columns import HostColumn, HostTable
from plugin.sql.among import among

#: Has left. The second one is of old hosts.
LEFT = ("Unsubscribed", "Opt-Out Pending")
SUBSCRIBED, PENDING = "Subscribed", "Opt-In Pending"

People = Mapping[EnrollmentId, Subscriber]


class Row(NamedTuple):
    """One row of a shard; `more` are the further columns that were asked for."""

    subscriber_id: SubscriberId
    email: str
    status: str
    bounce: str
    more: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Roll:
    """Reads one list's table. With `locking` the rows stay as they are until the commit."""

    connection: sa.Connection
    shard: HostTable
    locking: bool = True

    def rows(
        self, people: People, here: bool, columns: Sequence[str] = ()
    ) -> Mapping[EnrollmentId, Sequence[Row]]:
        """The rows of each: theirs if they are of this list, else those of their address.

        One statement. The host has no unique key on addresses: there may be several rows.
        """
        c = self.shard.clause.c
        base = ("SubscriberID", "EmailAddress", "SubscriptionStatus", "BounceType")
        query = sa.select(*(c[name] for name in (*base, *columns))).order_by(c["SubscriberID"])
        if here:
            ids = {s.subscriber_id for s in people.values()}
            found = self._all(query.where(among(c["SubscriberID"], ids)))
            by_id = {row.subscriber_id: [row] for row in found}
            return {who: by_id.get(s.subscriber_id, []) for who, s in people.items()}
        wanted = spellings((s.email for s in people.values()), self.shard.columns["EmailAddress"])
        found = self._all(query.where(c["EmailAddress"].in_(wanted))) if wanted else []
        by_address: dict[str, list[Row]] = {}
        for row in found:
            by_address.setdefault(normal_address(row.email), []).append(row)
        return {who: by_address.get(normal_address(s.email), []) for who, s in people.items()}

    def _all(self, query: sa.Select[Any]) -> list[Row]:
        if self.locking and self.connection.dialect.name != "sqlite":
            query = query.with_for_update()
        rows = self.connection.execute(query)
        return [Row(r[0], r[1], r[2] or "", r[3] or "", tuple(r[4:])) for r in rows]


def spellings(addresses: Iterable[str], column: HostColumn) -> list[str]:
    """What to look up in an index for these addresses; what is found is confirmed by bytes."""
    both = {form for email in addresses for form in (email, normal_address(email))}
    return sorted(form for form in both if form and column.can_hold(form))
