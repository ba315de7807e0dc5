"""What becomes of a message: opened, clicked, bounced, complained of, unsubscribed, bought from.

Each verb writes the host's rows and the outbox's log, and then tells the add-on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from demo import reading
from demo.behaviours import Change
from demo.database import changed
from demo.events import Event
from demo.frame import Host
from demo.gateway.outbox import Message, log_row
from demo.joining import Leaving, Refused
from demo.own_tables import outbox_log
from demo.playing import Mail, Player
from demo.reading import HostList
from demo.suppression import suppress
from demo.writing import Membership

CURRENCY = "EUR"
_BOUNCES = {"hard": ("Hard", "TotalHardBounce"), "soft": ("Soft", "TotalSoftBounce")}


@dataclass(frozen=True)
class Receiver:
    """Who got a message, as they are on the list now."""

    of: HostList
    person: Mapping[str, Any]


class Happenings:
    """The verbs. Each raises Refused with words for the page; `robot`: a machine opens or clicks,
    and the host has noticed."""

    def __init__(self, host: Host, ip: str, *, robot: bool = False) -> None:
        self._host = host
        self._ip = ip
        self._robot = robot
        self._now: datetime = host.now()

    def open(self, message: Message) -> None:
        if not message.row.TracksOpens:
            raise Refused("Opens of this message are not tracked.")
        to = self._receiver(message)
        event = self._player().open(to.of, to.person, Mail(message.row.EmailID, 0))
        self._tell(message, "open", [event])

    def click(self, message: Message, number: int) -> str:
        """The address that the link leads to. Who has not opened has now, as on the host."""
        link = message.link(number)
        if link is None:
            raise Refused("This message has no such link.")
        to = self._receiver(message)
        mail, player = Mail(message.row.EmailID, 0), self._player()
        if message.row.TracksOpens and not message.had("open", robots=self._robot):
            self._tell(message, "open", [player.open(to.of, to.person, mail)])
        event = player.click(to.of, to.person, mail, (link["url"], link["words"]))
        self._tell(message, "click", [event], link["url"])
        return str(link["url"])

    def bounce(self, message: Message, kind: str) -> None:
        """`kind` is "hard" or "soft". A hard one puts the address on the suppression list of the
        list."""
        if kind not in _BOUNCES:
            raise Refused("A bounce is hard or soft.")
        if message.had("bounce", "hard"):
            raise Refused("This message has bounced for good already.")
        to, tables = self._receiver(message), self._host.tables
        bounce_type, total = _BOUNCES[kind]
        queue, shard = tables.eg_queue, to.of.shard

        def write(connection: Connection) -> None:
            this = shard.c.SubscriberID == to.person["SubscriberID"]
            connection.execute(shard.update().where(this).values(BounceType=bounce_type))
            row = queue.update().where(queue.c.MessageID == message.id)
            connection.execute(row.values(Status="Failed", StatusMessage=f"{bounce_type} bounce"))
            Change(connection, tables, self._now, self._ip).count(to.of, total, 0)
            if kind == "hard":
                scope, address = (to.of.id, to.of.owner_id), to.person["EmailAddress"]
                suppress(connection, tables, scope, address, "Hard Bounced")

        changed(self._host.engine, write)
        self._tell(message, "bounce", [self._event("bounce", to, {"bounce_type": kind})], kind)

    def complain(self, message: Message) -> None:
        """The account leaves the address alone from now on, and the person leaves the list."""
        if message.had("complaint"):
            raise Refused("Somebody has complained of this message already.")
        to, tables = self._receiver(message), self._host.tables
        scope, address = (0, to.of.owner_id), to.person["EmailAddress"]
        changed(
            self._host.engine,
            lambda connection: suppress(connection, tables, scope, address, "SPAM complaint"),
        )
        self._tell(message, "complaint", [self._event("complaint", to)])
        if to.person["SubscriptionStatus"] == "Subscribed":
            self._leave(message, to, "Complaint")

    def unsubscribe(self, message: Message) -> None:
        self._leave(message, self._receiver(message), "Email gateway")

    def convert(self, message: Message, value: float, order_id: str) -> None:
        """A conversion and its revenue; the host counts an order once."""
        if order_id and message.had("conversion", f"{order_id}: "):
            raise Refused(f"The order {order_id} was counted already.")
        to = self._receiver(message)
        reference = {"reference": order_id} if order_id else {}
        money = {"currency": CURRENCY} | reference
        events = [
            self._event("conversion", to, {"value": value} | money),
            self._event("revenue", to, {"amount": value} | money),
        ]
        self._tell(message, "conversion", events, f"{order_id}: {value:.2f} {CURRENCY}")

    def _leave(self, message: Message, to: Receiver, channel: str) -> None:
        member = Membership(self._host.engine, self._host.tables, self._now, self._ip)
        leaving = Leaving(channel, email_id=message.row.EmailID)
        events = member.unsubscribe(to.of, to.person, leaving)
        self._tell(message, "unsubscription", events)

    def _receiver(self, message: Message) -> Receiver:
        row, tables = message.row, self._host.tables
        if not row.SubscriberID:
            raise Refused("It was sent without ListID and SubscriberID: the host knows nobody.")
        with self._host.engine.connect() as connection:
            of = reading.list_by_id(connection, tables, row.ListID)
            person = reading.find_person(connection, of, row.SubscriberID) if of else None
        if of is None or person is None:
            raise Refused("Who got it is not on the list any more.")
        return Receiver(of, person)

    def _player(self) -> Player:
        host = self._host
        return Player(host.engine, host.tables, self._now, self._ip, self._robot)

    def _event(self, type_: str, to: Receiver, data: Mapping[str, Any] | None = None) -> Event:
        subscriber_id, address = to.person["SubscriberID"], to.person["EmailAddress"]
        return Event(type_, self._now, to.of.id, subscriber_id, address, data or {})

    def _tell(self, message: Message, what: str, events: Sequence[Event], detail: str = "") -> None:
        """Logs it once and reports the events; those of the message's own list name it."""
        row = log_row(message.id, self._now, what, detail) | {
            "IsAutomated": int(self._robot and what in ("open", "click"))
        }

        def write(connection: Connection) -> None:
            connection.execute(outbox_log.insert().values(row))

        changed(self._host.engine, write)
        self._host.bridge.report(
            [
                replace(event, data=dict(event.data) | message.data())
                if event.list_id == message.row.ListID
                else event
                for event in events
            ]
        )
