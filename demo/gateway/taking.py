"""Takes an order: looks up whom it is about, renders one message for each, and keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from demo import reading
from demo.database import changed
from demo.frame import Host
from demo.gateway.codes import Refusal
from demo.gateway.composing import Composer, Recipient
from demo.gateway.order import Address, Order
from demo.gateway.sender import Sender
from demo.own_tables import outbox
from demo.schema import HostTables
from demo.suppression import find_suppression

#: A list send goes to so many and no further; the vendor's own default.
LIST_RECIPIENTS = 250


def take(host: Host, sender: Sender, order: Order, base_url: str) -> list[str]:
    """The ids of the messages, in the order of their recipients. Raises Refusal."""
    now = host.now()
    with host.engine.connect() as connection:
        texts = _texts(connection, host.tables, sender, order)
        recipients = _recipients(connection, host.tables, sender, order)
        _check_suppression(connection, host.tables, sender, recipients)
        _check_limit(connection, host.tables, sender, now, len(recipients))
        composer = Composer(connection, host, sender, order, base_url)
        made = [composer.message(texts, one) for one in recipients]
    queued = [_queue_row(row, sender, order, now) for row in made]

    def write(connection: Connection) -> None:
        if made:
            connection.execute(
                outbox.insert(), [row | {"AcceptedAt": now.isoformat()} for row in made]
            )
            connection.execute(host.tables.eg_queue.insert(), queued)

    changed(host.engine, write)
    return [row["MessageID"] for row in made]


def _texts(
    connection: Connection, tables: HostTables, sender: Sender, order: Order
) -> tuple[str, str]:
    """HTML and plain text; what the order lacks comes from its template."""
    if not order.template_id:
        return order.html, order.plain
    table = tables.emails
    query = select(table).where(
        table.c.EmailID == order.template_id,
        table.c.RelUserID == sender.user_id,
        table.c.IsEmailTemplate == "Yes",
        *reading.is_live(table),
    )
    template = connection.execute(query).first()
    if template is None:
        raise Refusal(15)
    return order.html or template.HTMLContent or "", order.plain or template.PlainContent or ""


def _recipients(
    connection: Connection, tables: HostTables, sender: Sender, order: Order
) -> list[Recipient]:
    if order.target_list_id:
        return _of_a_list(connection, tables, sender, order.target_list_id)
    of = person = None
    if order.list_id or order.subscriber_id:
        of = reading.find_list(connection, tables, sender.user_id, order.list_id)
        if of is None:
            raise Refusal(35)
    if of and order.subscriber_id:
        person = reading.find_person(connection, of, order.subscriber_id)
        if person is None:
            raise Refusal(36)
    for given, code in ((order.journey_id, 37), (order.action_id, 38)):
        if given:  # the demo's host has no journeys of its own: every id is somebody else's
            raise Refusal(code)
    return [Recipient(order.to, of, person)]


def _of_a_list(
    connection: Connection, tables: HostTables, sender: Sender, list_id: int
) -> list[Recipient]:
    of = reading.find_list(connection, tables, sender.user_id, list_id)
    if of is None:
        raise Refusal(16)
    if not connection.dialect.has_table(connection, of.shard.name):
        raise Refusal(39)
    c = of.shard.c
    query = select(of.shard).where(
        c.SubscriptionStatus == "Subscribed", c.BounceType == "Not Bounced"
    )
    rows = connection.execute(query.order_by(c.EmailAddress).limit(LIST_RECIPIENTS)).mappings()
    return [Recipient([Address("", row["EmailAddress"])], of, dict(row)) for row in rows]


def _check_suppression(
    connection: Connection, tables: HostTables, sender: Sender, recipients: Sequence[Recipient]
) -> None:
    for recipient in recipients:
        list_id = recipient.of.id if recipient.of else 0
        for one in recipient.to:
            if find_suppression(connection, tables, sender.user_id, list_id, one.email):
                raise Refusal(14)


def _check_limit(
    connection: Connection, tables: HostTables, sender: Sender, now: datetime, more: int
) -> None:
    """The day's limit of the owner's group; 0 is none."""
    groups, queue = tables.user_groups.c, tables.eg_queue.c
    limit = connection.scalar(
        select(groups.LimitEmailSendPerDay).where(groups.UserGroupID == sender.group_id)
    )
    if not limit:
        return
    today = select(func.count()).where(
        queue.UserID == sender.user_id, queue.QueuedAtDay == now.strftime("%Y-%m-%d")
    )
    if (connection.scalar(today) or 0) + more > limit:
        raise Refusal(17)


def _queue_row(
    row: Mapping[str, Any], sender: Sender, order: Order, now: datetime
) -> dict[str, Any]:
    return {
        "MessageID": row["MessageID"],
        "UserID": sender.user_id,
        "DomainID": sender.domain_id,
        "RelListID": row["ListID"],
        "RelSubscriberID": row["SubscriberID"],
        "EmailAddress": row["EmailAddress"],
        "RecipientDomain": row["EmailAddress"].rpartition("@")[2],
        "Subject": row["Subject"],
        "Status": "Pending",
        "QueuedAt": now,
        "QueuedAtDay": now,
        "SendAt": max(now, order.send_at or now),
        "MessageSizeBytes": len(row["HTML"].encode()) + len(row["Plain"].encode()),
    }
