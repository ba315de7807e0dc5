"""Makes one message of an order for one recipient: tags filled in, links and opens tracked."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from demo import reading
from demo.column_types import ZERO_DATE, ZERO_DATETIME
from demo.frame import Host
from demo.gateway.order import Address, Order
from demo.gateway.rendering import Values, render
from demo.gateway.sender import Sender
from demo.gateway.tracking import Tracks, track_links, with_pixel
from demo.reading import HostList

#: What ties a message to its sender's records, and to the e-mail of the host that it was made of.
KEY_HEADER, EMAIL_HEADER = "x-journeys-message", "x-journeys-email"
_USER_TAGS = (
    *("FirstName", "LastName", "EmailAddress", "CompanyName", "Website", "Street", "City"),
    *("State", "Zip", "Country", "Phone", "Fax", "TimeZone"),
)
_LIST_TAGS = (
    *("ListID", "Name", "SenderName", "SenderEmailAddress", "SenderCompany", "SenderAddress"),
)
_OTHER_LINKS = ("suppression", "subscriberarea", "forward", "reportabuse", "confirm", "reject")


@dataclass(frozen=True)
class Recipient:
    """To whom one message goes, and as whom of which list; without a list nobody is known."""

    to: Sequence[Address]
    of: HostList | None = None
    person: Mapping[str, Any] | None = None


class Composer:
    """For one order. `base_url`, without a slash at its end, is where the host is reached."""

    def __init__(
        self, connection: Connection, host: Host, sender: Sender, order: Order, base_url: str
    ) -> None:
        self._connection = connection
        self._host = host
        self._sender = sender
        self._order = order
        self._base_url = base_url
        users = host.tables.users
        query = select(users).where(users.c.UserID == sender.user_id)
        self._user = _named(dict(connection.execute(query).mappings().one()), _USER_TAGS)

    def message(self, texts: tuple[str, str], to: Recipient) -> dict[str, Any]:
        """A row of the outbox, all but when; `texts` are the HTML and the plain text."""
        sender, order = self._sender, self._order
        tracks = Tracks(self._base_url, self._host.secret_key, str(uuid.uuid4()))
        values = self._values(to, tracks)
        html, plain = render(texts[0], values, html=True), render(texts[1], values)
        links: Sequence[dict[str, Any]] = []
        if sender.links and order.track_links:
            html, plain, links = track_links(html, plain, tracks)
        opens = bool(html) and sender.opens and order.track_opens
        headers = {name: render(text, values) for name, text in order.headers.items()}
        if sender.unsubscribe_header:
            headers["list-unsubscribe"] = f"<{tracks.unsubscribe()}>"
        email_id = headers.get(EMAIL_HEADER, "")
        return {
            "MessageID": tracks.message_id,
            "UserID": sender.user_id,
            "ListID": to.of.id if to.of else 0,
            "SubscriberID": to.person["SubscriberID"] if to.person else 0,
            "EmailID": int(email_id) if email_id.isdecimal() and len(email_id) < 10 else 0,
            "TracksOpens": int(opens),
            "MessageKey": headers.get(KEY_HEADER, "")[:250],
            "Subject": render(order.subject, values)[:250],
            "EmailAddress": to.to[0].email,
            "Envelope": json.dumps(_envelope(order, to, headers), ensure_ascii=False),
            "HTML": with_pixel(html, tracks) if opens else html,
            "Plain": plain,
            "Links": json.dumps(links, ensure_ascii=False),
        }

    def _values(self, to: Recipient, tracks: Tracks) -> Values:
        links = {"webbrowser": tracks.browser(), "unsubscribe": tracks.unsubscribe()}
        return {
            "subscriber": self._person(to),
            "list": _named(dict(to.of.row._mapping), _LIST_TAGS) if to.of else {},
            "user": self._user,
            "link": dict.fromkeys(_OTHER_LINKS, tracks.browser()) | links,
            "campaign": {},
            "journey": {},
        }

    def _person(self, to: Recipient) -> dict[str, str]:
        if to.of is None or to.person is None:
            return {"emailaddress": to.to[0].email}
        found = {name: _text(value) for name, value in to.person.items()}
        found |= {one.alias: found.get(one.column, "") for one in to.of.fields if one.alias}
        address, tables = to.person["EmailAddress"], self._host.tables
        for one, text in reading.account_values(self._connection, tables, to.of.owner_id, address):
            found |= dict.fromkeys((one.column, one.alias or one.column), _text(text))
        return {name.lower(): value for name, value in found.items()}


def _envelope(order: Order, to: Recipient, headers: Mapping[str, str]) -> dict[str, Any]:
    people = {"to": to.to, "cc": order.cc, "bcc": order.bcc, "reply_to": order.reply_to}
    return {
        "from": str(order.sender),
        **{name: [str(one) for one in several] for name, several in people.items()},
        "headers": dict(headers),
        "tags": list(order.tags),
        "attachments": list(order.attachments),
    }


def _named(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    return {name.lower(): _text(row.get(name)) for name in names}


def _text(value: object) -> str:
    return "" if value is None or value in (ZERO_DATE, ZERO_DATETIME) else str(value)
