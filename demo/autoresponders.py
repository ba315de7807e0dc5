"""Autoresponders: when somebody subscribes, an e-mail is queued for later; who leaves gets none.

Nothing sends what is queued: the demo has no mail server.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from demo.columns import fitting
from demo.reading import HostList
from demo.schema import HostTables

_SECONDS = {
    "Immediately": 0,
    "Seconds later": 1,
    "Minutes later": 60,
    "Hours later": 3600,
    "Days later": 86400,
    "Weeks later": 7 * 86400,
}
_STOPPED = "Stopped: no longer subscribed"
#: The longest wait that a date can still be made of, in any unit.
MAX_TRIGGER_TIME = 1000


def due(now: datetime, amount: int, unit: str) -> datetime:
    """`amount` units after `now`; a month ends on its last day where it has no such day."""
    if unit != "Months later":
        return now + timedelta(seconds=amount * _SECONDS[unit])
    years, month = divmod(now.month - 1 + amount, 12)
    year, month = now.year + years, month + 1
    return now.replace(
        year=year, month=month, day=min(now.day, calendar.monthrange(year, month)[1])
    )


def responders(connection: Connection, tables: HostTables, of: HostList) -> Sequence[Row[Any]]:
    """The autoresponders of a list, oldest first, each with the name of its e-mail."""
    table, emails = tables.auto_responders, tables.emails
    query = (
        select(table, emails.c.EmailName)
        .join(emails, emails.c.EmailID == table.c.RelEmailID, isouter=True)
        .where(table.c.RelListID == of.id, table.c.RelOwnerUserID == of.owner_id)
    )
    return connection.execute(query.order_by(table.c.AutoResponderID)).all()


def start(
    connection: Connection, tables: HostTables, of: HostList, person: tuple[int, str], now: datetime
) -> None:
    """Queues the e-mails of the list's subscription autoresponders for (SubscriberID, address)."""
    rows = [
        {
            "RelOwnerUserID": of.owner_id,
            "RelListID": of.id,
            "RelSubscriberID": person[0],
            "RelAutoResponderID": one.AutoResponderID,
            "RelEmailID": one.RelEmailID,
            "EmailAddress": person[1],
            "QueuedAt": now,
            "TimeToSend": due(now, one.TriggerTime, one.TriggerTimeType),
        }
        for one in responders(connection, tables, of)
        if one.Status == "Enabled"
        and one.AutoResponderTriggerType == "OnSubscription"
        and one.EmailName is not None
    ]
    if rows:
        connection.execute(tables.transactional_email_queue.insert(), rows)


def stop(connection: Connection, tables: HostTables, of: HostList, ids: Sequence[int]) -> None:
    """What is still to be sent to these subscribers of the list is not sent any more."""
    table = tables.transactional_email_queue
    waiting = table.update().where(
        table.c.RelListID == of.id, table.c.RelSubscriberID.in_(ids), table.c.Status == "Pending"
    )
    connection.execute(waiting.values(Status="Failed", StatusMessage=_STOPPED))


def queued(
    connection: Connection,
    tables: HostTables,
    of: HostList,
    subscriber_id: int | None = None,
    limit: int = 50,
) -> Sequence[Row[Any]]:
    """The newest e-mails that autoresponders queued on a list, for all or for one person."""
    table, emails, names = tables.transactional_email_queue, tables.emails, tables.auto_responders
    query = (
        select(table, emails.c.EmailName, names.c.AutoResponderName)
        .join(emails, emails.c.EmailID == table.c.RelEmailID, isouter=True)
        .join(names, names.c.AutoResponderID == table.c.RelAutoResponderID, isouter=True)
        .where(table.c.RelListID == of.id, table.c.RelOwnerUserID == of.owner_id)
        .order_by(table.c.QueueID.desc())
        .limit(limit)
    )
    if subscriber_id is not None:
        query = query.where(table.c.RelSubscriberID == subscriber_id)
    return connection.execute(query).all()


def add_responder(
    connection: Connection, tables: HostTables, of: HostList, values: dict[str, Any]
) -> None:
    row = {"RelOwnerUserID": of.owner_id, "RelListID": of.id} | values
    table = tables.auto_responders
    connection.execute(table.insert().values(fitting(table, row)))


def set_status(
    connection: Connection, tables: HostTables, of: HostList, responder_id: int, status: str
) -> bool:
    """Pauses one or lets it run on; what is queued stays queued. False when it is not there."""
    table = tables.auto_responders
    mine = (table.c.AutoResponderID == responder_id, table.c.RelListID == of.id)
    connection.execute(table.update().where(*mine).values(Status=status))
    return bool(connection.scalar(select(func.count()).where(*mine)))
