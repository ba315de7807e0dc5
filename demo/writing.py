"""People join and leave lists: each verb changes the host's rows in one transaction.

It returns the events of that transaction; the caller reports them after it is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, select

from demo.column_types import ZERO_DATETIME, ZERO_IP
from demo.database import writing
from demo.events import Event
from demo.reading import HostList, find_list, lists
from demo.schema import HostTables

_LEFT = ("Unsubscribed", "Opt-Out Pending")


class Refused(Exception):
    """The host does not do it; the text says why, to the person at the page."""


class Membership:
    """The verbs for one owner's lists. Times are aware UTC, `ip` is the browser's."""

    def __init__(self, engine: Engine, tables: HostTables, now: datetime, ip: str) -> None:
        self._engine = engine
        self._tables = tables
        self._now = now
        self._ip = ip

    def subscribe(
        self, to: HostList, address: str, values: Mapping[str, Any]
    ) -> tuple[int, list[Event]]:
        """The SubscriberID, and the event unless the person has to confirm first.

        Somebody who left comes back under their old id, with the new values. Raises Refused for
        somebody who is on the list already.
        """
        confirmed = to.row.OptInMode == "Single"
        row = dict(values) | {
            "EmailAddress": address,
            "BounceType": "Not Bounced",
            "SubscriptionStatus": "Subscribed" if confirmed else "Opt-In Pending",
            "SubscriptionDate": self._now,
            "SubscriptionIP": self._ip,
            "OptInDate": self._now if confirmed else ZERO_DATETIME,
            "UnsubscriptionDate": ZERO_DATETIME,
            "UnsubscriptionIP": ZERO_IP,
        }
        with self._change(to) as connection:
            person = by_address(connection, to.shard, address)
            if person and person["SubscriptionStatus"] not in _LEFT:
                raise Refused(f"{address} is on this list already.")
            subscriber_id = _write(connection, to.shard, person, row)
            if not confirmed:
                return subscriber_id, []
            self._count(connection, to, "TotalSubscriptions", 1)
        return subscriber_id, [Event("subscription", self._now, to.id, subscriber_id, address)]

    def confirm(self, of: HostList, person: Mapping[str, Any]) -> list[Event]:
        """Somebody follows the link in the opt-in mail."""
        row = {"SubscriptionStatus": "Subscribed", "OptInDate": self._now, "OptInIP": self._ip}
        with self._change(of) as connection:
            if not _move(connection, of.shard, person, "Opt-In Pending", row):
                raise Refused(f"{person['EmailAddress']} is not waiting for a confirmation.")
            self._count(connection, of, "TotalSubscriptions", 1)
        return [self._event("subscription", of, person)]

    def unsubscribe(self, of: HostList, person: Mapping[str, Any]) -> list[Event]:
        """Leaves this list, or all of the owner's where it says so: one event per list left."""
        with self._change(of) as connection:
            if not self._leave(connection, of, person):
                raise Refused(f"{person['EmailAddress']} is not subscribed.")
            events = [self._event("unsubscription", of, person)]
            if of.row.OptOutScope == "All lists":
                events += self._leave_others(connection, of, person["EmailAddress"])
            if of.row.OptOutAddToSuppressionList == "Yes":
                self._suppress(connection, of, person["EmailAddress"])
        return events

    @contextmanager
    def _change(self, of: HostList) -> Iterator[Connection]:
        """A transaction that has the list to itself, so that nobody is added twice."""
        table = self._tables.subscriber_lists
        with writing(self._engine) as connection:
            mine = select(table.c.ListID).where(table.c.ListID == of.id).with_for_update()
            connection.execute(mine)
            yield connection

    def _leave_others(self, connection: Connection, of: HostList, address: str) -> list[Event]:
        events = []
        for row in lists(connection, self._tables, of.owner_id):
            other = find_list(connection, self._tables, of.owner_id, row.ListID)
            same = by_address(connection, other.shard, address) if other else None
            if other and same and self._leave(connection, other, same):
                events.append(self._event("unsubscription", other, same))
        return events

    def _leave(self, connection: Connection, of: HostList, person: Mapping[str, Any]) -> bool:
        """False when they were not subscribed."""
        row = {
            "SubscriptionStatus": "Unsubscribed",
            "UnsubscriptionDate": self._now,
            "UnsubscriptionIP": self._ip,
        }
        if not _move(connection, of.shard, person, "Subscribed", row):
            return False
        statistic = {
            "RelListID": of.id,
            "RelSubscriberID": person["SubscriberID"],
            "RelOwnerUserID": of.owner_id,
            "UnsubscriptionDate": self._now,
            "UnsubscriptionIP": self._ip,
            "Channel": "User area",
        }
        connection.execute(self._tables.stats_unsubscription.insert().values(statistic))
        self._count(connection, of, "TotalUnsubscriptions", -1)
        return True

    def _count(self, connection: Connection, of: HostList, total: str, active: int) -> None:
        """Adds one to the day's total, and `active` to the list's active subscribers."""
        days, all_lists = self._tables.stats_activity, self._tables.subscriber_lists
        day = {
            "RelListID": of.id,
            "RelOwnerUserID": of.owner_id,
            "StatisticsDate": self._now.strftime("%Y-%m-%d"),
        }
        today = days.update().where(*(days.c[name] == value for name, value in day.items()))
        if not connection.execute(today.values({total: days.c[total] + 1})).rowcount:
            connection.execute(days.insert().values(day | {total: 1}))
        connection.execute(
            all_lists.update()
            .where(all_lists.c.ListID == of.id)
            .values(
                ActiveSubscriberCount=all_lists.c.ActiveSubscriberCount + active,
                LastActivityAt=self._now,
            )
        )

    def _suppress(self, connection: Connection, of: HostList, address: str) -> None:
        row = {
            "RelListID": of.id,
            "RelOwnerUserID": of.owner_id,
            "EmailAddress": address,
            "SuppressionSource": "Unsubscribe",
            "Reason": "",
        }
        connection.execute(self._tables.suppression_list.insert().values(row))

    def _event(self, type_: str, of: HostList, person: Mapping[str, Any]) -> Event:
        return Event(type_, self._now, of.id, person["SubscriberID"], person["EmailAddress"])


def by_address(connection: Connection, shard: Table, address: str) -> Mapping[str, Any] | None:
    """The person of a list with this address, in whatever case it is written."""
    query = select(shard).where(shard.c.EmailAddress == address).limit(1)
    row = connection.execute(query).mappings().first()
    return dict(row) if row else None


def _write(
    connection: Connection, shard: Table, person: Mapping[str, Any] | None, row: Mapping[str, Any]
) -> int:
    """Inserts the row, or puts it over the person's old one. The SubscriberID."""
    if person is None:
        result = connection.execute(shard.insert().values(row))
        return int(result.inserted_primary_key[0])  # type: ignore[index]
    subscriber_id = int(person["SubscriberID"])
    old = shard.c.SubscriberID == subscriber_id
    connection.execute(shard.update().where(old).values(row))
    return subscriber_id


def _move(
    connection: Connection,
    shard: Table,
    person: Mapping[str, Any],
    status: str,
    row: Mapping[str, Any],
) -> bool:
    """Changes the person's row if it still has that status."""
    change = shard.update().where(
        shard.c.SubscriberID == person["SubscriberID"], shard.c.SubscriptionStatus == status
    )
    return bool(connection.execute(change.values(row)).rowcount)
