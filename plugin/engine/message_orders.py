"""A message on its way: what its delivery keeps, and the request to the host's gateway.

A delivery keeps who, from whom and our values; the e-mail itself is read when it is sent, so that
a million messages do not keep a million copies of it. The host fills in its own merge tags, by
ListID and SubscriberID.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from plugin.domain.enrollment import EnrollmentId, Subscriber
from plugin.domain.merge_tags import Place, plain
from plugin.domain.merge_tags.partial import OurPart
from plugin.engine.mailing_port import Letter
from plugin.engine.outbox_port import Delivery, Parcel, Request
from plugin.engine.tags import TagValues

#: The receiver of messages: one of each account.
GATEWAY = "@gateway"
#: What ties a message to its delivery: the host gives both back with what it reports.
HEADER, TAG = "X-Journeys-Message", "journeys-message"
#: Which e-mail it was: the gateway is sent contents, and cannot know.
EMAIL_HEADER = "X-Journeys-Email"
PATH = "api/v1/email"

Address = Mapping[str, str]  #: `name` and `email`


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the step has settled, beside the person. `subject` None: the e-mail's own."""

    email_id: int
    list_id: int
    sender: Address
    reply_to: Address | None
    cc: Sequence[Address]
    bcc: Sequence[Address]
    subject: str | None
    track_opens: bool | None
    track_links: bool | None

    @property
    def domain(self) -> str:
        return self.sender["email"].rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class Order:
    """A request that lacks its key. `content`: what is sent, as plain data."""

    key: str = field(repr=False)
    content: Mapping[str, Any]


def parcel(
    envelope: Envelope,
    who: EnrollmentId,
    visit: int,
    subscriber: Subscriber,
    values: TagValues,
    after_unknown: str,
) -> Parcel:
    """`values`: those of ours that the e-mail asks for."""
    kept = {
        "email_id": envelope.email_id,
        "list_id": envelope.list_id,
        "subscriber_id": subscriber.subscriber_id,
        "to": subscriber.email,
        "sender": envelope.sender,
        "reply_to": envelope.reply_to,
        "cc": envelope.cc,
        "bcc": envelope.bcc,
        "subject": envelope.subject,
        "track_opens": envelope.track_opens,
        "track_links": envelope.track_links,
        "values": [[*tag, plain(value)] for tag, value in sorted(values.items())],
    }
    return Parcel(
        enrollment_id=who,
        visit=visit,
        email=subscriber.email,
        url=PATH,
        headers={},
        body=json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode(),
        secret_name=None,
        kind="message",
        host=GATEWAY,
        terms={"after_unknown": after_unknown},
        awaited=True,
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """What a delivery keeps of a message."""

    envelope: Envelope
    subscriber_id: int
    to: str
    values: Mapping[tuple[str, str], object]


def kept_of(delivery: Delivery) -> Kept:
    given = json.loads(delivery.body)
    envelope = Envelope(
        *(given[name] for name in ("email_id", "list_id", "sender", "reply_to", "cc", "bcc")),
        *(given[name] for name in ("subject", "track_opens", "track_links")),
    )
    values = {(scope, name): value for scope, name, value in given["values"]}
    return Kept(envelope, given["subscriber_id"], given["to"], values)


def content_of(delivery: Delivery, kept: Kept, letter: Letter) -> Mapping[str, Any]:
    """What the gateway is sent. Ids of the host's own journeys are none of ours: never sent.

    Raises BadTemplate when a value makes a text too long.
    """
    envelope, values = kept.envelope, kept.values
    html = OurPart(letter.html).filled(values, Place.HTML)
    text = OurPart(letter.plain).filled(values, Place.TEXT)
    subject = envelope.subject
    if subject is None:
        subject = OurPart(letter.subject).filled(values, Place.HEADER)
    content: dict[str, Any] = {
        "Subject": subject,
        "ContentType": "html" if html.strip() else "plain",
        **({"HTMLContent": html} if html.strip() else {}),
        **({"PlainContent": text} if text.strip() else {}),
        "From": envelope.sender,
        "To": [{"name": kept.to, "email": kept.to}],
        "ListID": envelope.list_id,
        "SubscriberID": kept.subscriber_id,
        "Tags": [f"{TAG}:{delivery.delivery_key}"],
        "Headers": {HEADER: delivery.delivery_key, EMAIL_HEADER: str(envelope.email_id)},
    }
    if envelope.reply_to:
        content["ReplyTo"] = [envelope.reply_to]
    content |= {
        name: list(who) for name, who in (("CC", envelope.cc), ("BCC", envelope.bcc)) if who
    }
    tracks = (("TrackOpens", envelope.track_opens), ("TrackLinks", envelope.track_links))
    return content | {name: value for name, value in tracks if value is not None}


def gateway_url(host_api_url: str) -> str:
    """Beside the host's api.php."""
    base = host_api_url.removesuffix("api.php")
    return f"{base.removesuffix('/')}/{PATH}"


def request(order: Order, url: str) -> Request:
    """With the sender domain's key, which is nowhere but in here."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {order.key}"}
    text = json.dumps(order.content, ensure_ascii=False, separators=(",", ":"))
    return Request("POST", url, headers, text.encode())
