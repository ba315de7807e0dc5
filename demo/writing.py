"""People join and leave lists: each verb changes the host's rows in one transaction.

It returns the events of that transaction; the caller reports them after it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select

from demo.behaviours import Change
from demo.database import changed, writing
from demo.events import Event
from demo.field_rules import write_account_value
from demo.joining import Joining, Leaving, Refused
from demo.reading import HostList
from demo.rows import move, rows_of
from demo.schema import HostTables

#: Tables with rows of a list, and the column that says of which.
_OF_A_LIST = {
    "custom_fields": "RelListID",
    "segments": "RelListID",
    "auto_responders": "RelListID",
    "transactional_email_queue": "RelListID",
    "suppression_list": "RelListID",
    "subscriber_tag_relations": "RelListID",
    "subscriber_tags": "RelListID",
    "subscriber_lists": "ListID",
}
#: Chains that lead to another list.
_CHAINS = (
    "OptInSubscribeTo",
    "OptInUnsubscribeFrom",
    "OptOutSubscribeTo",
    "OptOutUnsubscribeFrom",
)


class Membership:
    """The verbs for one owner's lists. Times are aware UTC, `ip` is the browser's."""

    def __init__(self, engine: Engine, tables: HostTables, now: datetime, ip: str) -> None:
        self._engine = engine
        self._tables = tables
        self._now = now
        self._ip = ip

    def subscribe(self, to: HostList, joining: Joining) -> tuple[int, list[Event]]:
        """The SubscriberID, and the events: none while the person has to confirm.

        Raises Refused; see behaviours.Change.join.
        """
        return self.subscribe_to_all([to], joining)

    def subscribe_to_all(
        self, lists: Sequence[HostList], joining: Joining
    ) -> tuple[int, list[Event]]:
        """The same for several lists of one owner. The first one decides and takes the values;
        where another refuses, it is passed over."""

        def work(change: Change) -> int:
            subscriber_id = change.join(lists[0], joining)
            plain = Joining(joining.address, source=joining.source, source_ref=joining.source_ref)
            for other in lists[1:]:
                change.join_if_free(other, plain)
            return subscriber_id

        return self._change(lists[0], work)

    def confirm(self, of: HostList, person: Mapping[str, Any]) -> list[Event]:
        """Somebody follows the link in the opt-in mail."""
        row = {"SubscriptionStatus": "Subscribed", "OptInDate": self._now, "OptInIP": self._ip}

        def work(change: Change) -> None:
            if not move(change.connection, of.shard, person, "Opt-In Pending", row):
                raise Refused(f"{person['EmailAddress']} is not waiting for a confirmation.")
            change.confirmed(of, int(person["SubscriberID"]), person["EmailAddress"])

        return self._change(of, work)[1]

    def unsubscribe(
        self, of: HostList, person: Mapping[str, Any], leaving: Leaving | None = None
    ) -> list[Event]:
        """Leaves this list, and others where it says so: one event per list left."""

        def work(change: Change) -> None:
            if not change.leave(of, person, leaving or Leaving()):
                raise Refused(f"{person['EmailAddress']} is not subscribed.")

        return self._change(of, work)[1]

    def unsubscribe_all(
        self, of: HostList, people: Sequence[Mapping[str, Any]], leaving: Leaving
    ) -> list[Event]:
        """Whoever of these is subscribed leaves."""

        def work(change: Change) -> None:
            for person in people:
                change.fresh().leave(of, person, leaving)

        return self._change(of, work)[1]

    def update(
        self,
        of: HostList,
        person: Mapping[str, Any],
        row: Mapping[str, Any],
        account: Mapping[int, str],
    ) -> list[Event]:
        """Writes columns and account fields as told; no behaviour of the list follows.

        The events say whether the person became subscribed or unsubscribed by it. Raises Refused
        when another subscriber has the new address.
        """

        def work(change: Change) -> None:
            change.update(of, person, row)
            address = row.get("EmailAddress", person["EmailAddress"])
            for field_id, text in account.items():
                write_account_value(change.connection, self._tables, field_id, address, text)

        return self._change(of, work)[1]

    def delete(self, of: HostList, ids: Sequence[int]) -> list[Event]:
        """The rows go; ids that are not there are passed over."""

        def work(change: Change) -> None:
            people = rows_of(change.connection, of.shard, ids)
            change.delete(of, people)

        return self._change(of, work)[1]

    def delete_list(self, of: HostList) -> list[Event]:
        """The list goes with its people, fields, segments and autoresponders."""
        tables = self._tables

        def work(connection: Connection) -> None:
            for name, column in _OF_A_LIST.items():
                table = getattr(tables, name)
                connection.execute(table.delete().where(table.c[column] == of.id))
            lists = tables.subscriber_lists
            for chain in _CHAINS:
                pointing = lists.update().where(lists.c[chain] == of.id)
                connection.execute(pointing.values({chain: 0}))

        changed(self._engine, work)
        with writing(self._engine) as connection:
            of.shard.drop(connection, checkfirst=True)
        return [Event("list_deleted", self._now, of.id, 0, "")]

    def _change(self, of: HostList, work: Callable[[Change], Any]) -> tuple[Any, list[Event]]:
        """A transaction that has the owner's lists to itself, so that nobody is added twice."""
        lists = self._tables.subscriber_lists
        own = select(lists.c.ListID).where(lists.c.RelOwnerUserID == of.owner_id)

        def locked(connection: Connection) -> tuple[Any, list[Event]]:
            connection.execute(own.order_by(lists.c.ListID).with_for_update()).all()
            change = Change(connection, self._tables, self._now, self._ip)
            return work(change), change.events

        return changed(self._engine, locked)
