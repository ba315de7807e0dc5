"""What a list does when somebody joins or leaves, inside one transaction, with all that follows.

A change may lead on to other lists of the same owner (chains, "All lists"); each list is joined
and left at most once per change, so that lists that point at one another come to an end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from demo import autoresponders
from demo.column_types import ZERO_DATETIME, ZERO_IP
from demo.events import Event
from demo.field_rules import check_fields, write_account_value
from demo.field_values import default_value
from demo.joining import Joining, Leaving, Refused
from demo.reading import HostList, find_list, lists
from demo.rows import by_address, move, write
from demo.schema import HostTables
from demo.suppression import find_suppression, scope_of, suppress
from demo.tags import untag_all

_LEFT = ("Unsubscribed", "Opt-Out Pending")


class Change:
    """One change to the lists of one owner; `events` are what it has to tell when committed."""

    def __init__(self, connection: Connection, tables: HostTables, now: datetime, ip: str) -> None:
        self.connection = connection
        self._tables = tables
        self._now = now
        self._ip = ip
        self._joined: set[int] = set()
        self._left: set[int] = set()
        self.events: list[Event] = []

    def fresh(self) -> Change:
        """The same change for another person: nobody is joined or left yet, events go on."""
        other = Change(self.connection, self._tables, self._now, self._ip)
        other.events = self.events
        return other

    def join(self, to: HostList, joining: Joining) -> int:
        """The SubscriberID. Somebody who left comes back under the old one.

        Raises Refused for values that break a rule, for somebody suppressed, and for somebody
        who is there already.
        """
        self._joined.add(to.id)
        person = by_address(self.connection, to.shard, joining.address)
        own_id = int(person["SubscriberID"]) if person else 0
        check_fields(self.connection, self._tables, to, joining, own_id)
        if person and person["SubscriptionStatus"] not in _LEFT:
            raise Refused(f"{joining.address} is on this list already.", "duplicate")
        if not joining.though_suppressed:
            self._check_suppression(to, joining.address)
        confirmed = to.row.OptInMode == "Single"
        row = self._new_row(to, joining, confirmed, is_new=person is None)
        subscriber_id = write(self.connection, to.shard, person, row)
        for field_id, text in joining.account.items():
            write_account_value(self.connection, self._tables, field_id, joining.address, text)
        if confirmed:
            self.confirmed(to, subscriber_id, joining.address)
        return subscriber_id

    def join_if_free(self, to: HostList, joining: Joining) -> None:
        """Joins, unless the list refuses."""
        try:
            self.join(to, joining)
        except Refused:
            return

    def confirmed(self, of: HostList, subscriber_id: int, address: str) -> None:
        """Somebody is subscribed now: what the list does then."""
        self._joined.add(of.id)
        self.count(of, "TotalSubscriptions", 1)
        person = (subscriber_id, address)
        autoresponders.start(self.connection, self._tables, of, person, self._now)
        self.events.append(Event("subscription", self._now, of.id, subscriber_id, address))
        self._join_other(of, of.row.OptInSubscribeTo, address)
        self._leave_other(of, of.row.OptInUnsubscribeFrom, address)

    def leave(self, of: HostList, person: Mapping[str, Any], leaving: Leaving) -> bool:
        """False when they had left already; else all that the list does when somebody goes."""
        if not self._leave_only(of, person, leaving):
            return False
        address, row = person["EmailAddress"], of.row
        if not leaving.spare and row.OptOutAddToSuppressionList == "Yes":
            suppress(self.connection, self._tables, (of.id, of.owner_id), address)
        whole = not leaving.spare and row.OptOutAddToGlobalSuppressionList == "Yes"
        if whole or leaving.everywhere:
            suppress(self.connection, self._tables, (0, of.owner_id), address)
        if row.OptOutScope == "All lists":
            for other in lists(self.connection, self._tables, of.owner_id):
                self._leave_other(of, other.ListID, address, only=True)
        self._leave_other(of, row.OptOutUnsubscribeFrom, address)
        self._join_other(of, row.OptOutSubscribeTo, address)
        return True

    def update(self, of: HostList, person: Mapping[str, Any], row: Mapping[str, Any]) -> None:
        """Puts the row over the person's; counts and tells when the status changed by it."""
        address, subscriber_id = (
            row.get("EmailAddress", person["EmailAddress"]),
            person["SubscriberID"],
        )
        same = by_address(self.connection, of.shard, address)
        if same and same["SubscriberID"] != subscriber_id:
            raise Refused(f"{address} is on this list already.", "duplicate")
        write(self.connection, of.shard, person, row)
        before, after = person["SubscriptionStatus"], row.get("SubscriptionStatus")
        if after is None or "Subscribed" not in {before, after} or before == after:
            return
        joined = after == "Subscribed"
        self.count(of, "", 1 if joined else -1)
        if not joined:
            autoresponders.stop(self.connection, self._tables, of, [subscriber_id])
        if joined or after == "Unsubscribed":
            type_ = "subscription" if joined else "unsubscription"
            self.events.append(Event(type_, self._now, of.id, subscriber_id, address))

    def delete(self, of: HostList, people: Sequence[Mapping[str, Any]]) -> None:
        """The rows of these people go, and what was queued for them."""
        ids = [int(person["SubscriberID"]) for person in people]
        autoresponders.stop(self.connection, self._tables, of, ids)
        untag_all(self.connection, self._tables, of.id, ids)
        self.connection.execute(of.shard.delete().where(of.shard.c.SubscriberID.in_(ids)))
        active = sum(person["SubscriptionStatus"] == "Subscribed" for person in people)
        self.count(of, "", -active)
        self.events += [
            Event("subscriber_deleted", self._now, of.id, subscriber_id, person["EmailAddress"])
            for subscriber_id, person in zip(ids, people, strict=True)
        ]

    def count(self, of: HostList, total: str, active: int) -> None:
        """Adds one to the day's total, if one is named, and `active` to the active people."""
        days, all_lists = self._tables.stats_activity, self._tables.subscriber_lists
        day = {
            "RelListID": of.id,
            "RelOwnerUserID": of.owner_id,
            "StatisticsDate": self._now.strftime("%Y-%m-%d"),
        }
        today = days.update().where(*(days.c[name] == value for name, value in day.items()))
        if total and not self.connection.execute(today.values({total: days.c[total] + 1})).rowcount:
            self.connection.execute(days.insert().values(day | {total: 1}))
        if "ActiveSubscriberCount" in all_lists.c:
            change = {
                "ActiveSubscriberCount": all_lists.c.ActiveSubscriberCount + active,
                "LastActivityAt": self._now,
            }
            mine = all_lists.update().where(all_lists.c.ListID == of.id)
            self.connection.execute(mine.values(change))

    def _check_suppression(self, to: HostList, address: str) -> None:
        entry = find_suppression(self.connection, self._tables, to.owner_id, to.id, address)
        if entry is not None:
            raise Refused(
                f"{address} is on the suppression list of {scope_of(entry)}.", "suppressed"
            )

    def _new_row(
        self, to: HostList, joining: Joining, confirmed: bool, *, is_new: bool
    ) -> dict[str, Any]:
        defaults = {one.column: default_value(one) for one in to.fields} if is_new else {}
        return (
            {column: value for column, value in defaults.items() if value is not None}
            | dict(joining.values)
            | {
                "EmailAddress": joining.address,
                "BounceType": "Not Bounced",
                "SubscriptionStatus": "Subscribed" if confirmed else "Opt-In Pending",
                "SubscriptionDate": self._now,
                "SubscriptionIP": self._ip,
                "OptInDate": self._now if confirmed else ZERO_DATETIME,
                "OptInIP": self._ip if confirmed else ZERO_IP,
                "UnsubscriptionDate": ZERO_DATETIME,
                "UnsubscriptionIP": ZERO_IP,
                "SubscriptionSource": joining.source,
                "SubscriptionSourceRef": joining.source_ref,
            }
        )

    def _leave_only(self, of: HostList, person: Mapping[str, Any], leaving: Leaving) -> bool:
        """Leaves this list and no other; False when they had left already."""
        self._left.add(of.id)
        status, address = person["SubscriptionStatus"], person["EmailAddress"]
        row = {
            "SubscriptionStatus": "Unsubscribed",
            "UnsubscriptionDate": self._now,
            "UnsubscriptionIP": self._ip,
        }
        if status == "Unsubscribed" or not move(self.connection, of.shard, person, status, row):
            return False
        subscriber_id = int(person["SubscriberID"])
        autoresponders.stop(self.connection, self._tables, of, [subscriber_id])
        statistic = {
            "RelCampaignID": leaving.campaign_id,
            "RelEmailID": leaving.email_id,
            "RelListID": of.id,
            "RelSubscriberID": subscriber_id,
            "RelOwnerUserID": of.owner_id,
            "UnsubscriptionDate": self._now,
            "UnsubscriptionIP": self._ip,
            "Channel": leaving.channel[:250],
        }
        self.connection.execute(self._tables.stats_unsubscription.insert().values(statistic))
        self.count(of, "TotalUnsubscriptions", -1 if status == "Subscribed" else 0)
        self.events.append(Event("unsubscription", self._now, of.id, subscriber_id, address))
        return True

    def _join_other(self, of: HostList, list_id: int, address: str) -> None:
        """Follows a chain; who is on that list already, or suppressed, is left in peace."""
        if not list_id or list_id in self._joined:
            return
        other = find_list(self.connection, self._tables, of.owner_id, list_id)
        if other is None:
            return
        self.join_if_free(other, Joining(address, source="Other", source_ref=f"List {of.id}"))

    def _leave_other(self, of: HostList, list_id: int, address: str, *, only: bool = False) -> None:
        """Follows a chain; with `only`, what that other list would do besides is left out."""
        if not list_id or list_id in self._left:
            return
        other = find_list(self.connection, self._tables, of.owner_id, list_id)
        person = by_address(self.connection, other.shard, address) if other else None
        if other and person:
            leave = self._leave_only if only else self.leave
            leave(other, person, Leaving(f"List {of.id}"))
