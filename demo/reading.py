"""What the pages show, read from the host's tables; always for one owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, func, literal, select

from demo.fields import FieldSpec
from demo.schema import HostTables

PAGE_ROWS = 50


@dataclass(frozen=True)
class HostList:
    """One list of the user with its live fields and its shard."""

    row: Row[Any]
    fields: tuple[FieldSpec, ...]
    shard: Table

    @property
    def id(self) -> int:
        return int(self.row.ListID)

    @property
    def name(self) -> str:
        return str(self.row.Name)

    @property
    def owner_id(self) -> int:
        return int(self.row.RelOwnerUserID)


@dataclass(frozen=True)
class Page:
    """One page of the people of a list; `number` counts from 1, `total` is over all pages."""

    rows: Sequence[Row[Any]]
    number: int
    total: int

    @property
    def first(self) -> int:
        return (self.number - 1) * PAGE_ROWS + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def lists(connection: Connection, tables: HostTables, owner_id: int) -> list[Row[Any]]:
    """The user's lists that are not archived, oldest first."""
    table = tables.subscriber_lists
    query = select(table).where(table.c.RelOwnerUserID == owner_id)
    if "ArchivedAt" in table.c:
        query = query.where(table.c.ArchivedAt.is_(None))
    return list(connection.execute(query.order_by(table.c.ListID)).all())


def active_count(connection: Connection, tables: HostTables, row: Row[Any]) -> int:
    """How many people are subscribed to a list; an old host has no column that knows."""
    if "ActiveSubscriberCount" in tables.subscriber_lists.c:
        return int(row.ActiveSubscriberCount)
    shard = tables.shard(row.ListID, ()).c
    query = select(func.count()).where(shard.SubscriptionStatus == "Subscribed")
    return connection.scalar(query) or 0


def find_list(
    connection: Connection, tables: HostTables, owner_id: int, list_id: int
) -> HostList | None:
    """The list, unless it is unknown or somebody else's."""
    found = list_by_id(connection, tables, list_id)
    return found if found and found.owner_id == owner_id else None


def list_by_id(connection: Connection, tables: HostTables, list_id: int) -> HostList | None:
    """The list, whoever owns it; None for an unknown one."""
    table, fields = tables.subscriber_lists, tables.custom_fields
    row = connection.execute(select(table).where(table.c.ListID == list_id)).first()
    if row is None:
        return None
    query = select(fields).where(fields.c.RelListID == list_id, fields.c.IsGlobal == "No")
    found = connection.execute(query.order_by(fields.c.CustomFieldID)).mappings()
    specs = tuple(FieldSpec.from_row(dict(field)) for field in found)
    return HostList(row, specs, tables.shard(list_id, specs))


def people(connection: Connection, of: HostList, search: str, number: int) -> Page:
    """A page of a list, newest first; `search` is a part of the address, "" for all."""
    shard = of.shard
    match = shard.c.EmailAddress.contains(search, autoescape=True)
    total = connection.scalar(select(func.count()).select_from(shard).where(match)) or 0
    number = max(1, min(number, -(-total // PAGE_ROWS)))
    newest = select(shard).where(match).order_by(shard.c.SubscriberID.desc())
    rows = connection.execute(newest.limit(PAGE_ROWS).offset((number - 1) * PAGE_ROWS)).all()
    return Page(rows, number, total)


def find_person(
    connection: Connection, of: HostList, subscriber_id: int
) -> Mapping[str, Any] | None:
    shard = of.shard
    query = select(shard).where(shard.c.SubscriberID == subscriber_id)
    row = connection.execute(query).mappings().first()
    return dict(row) if row else None


def account_values(
    connection: Connection, tables: HostTables, owner_id: int, address: str
) -> list[tuple[FieldSpec, str | None]]:
    """The account-wide fields of the owner with this person's values; None where unset."""
    fields, values = tables.custom_fields, tables.custom_field_values
    query = (
        select(fields, values.c.ValueText)
        .join(
            values,
            (values.c.RelFieldID == fields.c.CustomFieldID)
            & (values.c.RelListID == 0)
            & (values.c.EmailAddress == address),
            isouter=True,
        )
        .where(fields.c.IsGlobal == "Yes", fields.c.RelOwnerUserID == owner_id)
        .order_by(fields.c.CustomFieldID)
    )
    rows = connection.execute(query).mappings()
    return [(FieldSpec.from_row(dict(row)), row["ValueText"]) for row in rows]


def emails(
    connection: Connection, tables: HostTables, owner_id: int
) -> Sequence[Row[Any, Any, Any]]:
    """The user's e-mails, each with the campaign that sent it (0 when none did)."""
    table, campaigns = tables.emails, tables.campaigns
    campaign = func.coalesce(func.max(campaigns.c.CampaignID), 0).label("CampaignID")
    query = (
        select(table.c.EmailID, table.c.EmailName, campaign)
        .join(campaigns, campaigns.c.RelEmailID == table.c.EmailID, isouter=True)
        .where(table.c.RelUserID == owner_id, *is_live(table))
        .group_by(table.c.EmailID, table.c.EmailName)
        .order_by(table.c.EmailID)
    )
    return connection.execute(query).all()


def is_live(emails: Table) -> list[ColumnElement[bool]]:
    """Leaves out e-mails in the bin, where the host has one."""
    return [emails.c.DeletedAt.is_(None)] if "DeletedAt" in emails.c else []


def campaigns(connection: Connection, tables: HostTables, owner_id: int) -> Sequence[Row[Any]]:
    table = tables.campaigns
    query = select(table).where(table.c.RelOwnerUserID == owner_id)
    return connection.execute(query.order_by(table.c.SendProcessStartedOn.desc())).all()


def activity(
    connection: Connection, tables: HostTables, of: HostList, subscriber_id: int
) -> list[tuple[str, str, str, bool]]:
    """The newest 10 opens and clicks of one person: when, what, of which e-mail, by a robot."""
    found = []
    for table, date, what in (
        (tables.stats_open, "OpenDate", "Opened"),
        (tables.stats_link, "ClickDate", "Clicked"),
    ):
        robot = table.c.IsAutomated if "IsAutomated" in table.c else literal(0)
        query = (
            select(table.c[date], tables.emails.c.EmailName, robot)
            .join(tables.emails, tables.emails.c.EmailID == table.c.RelEmailID, isouter=True)
            .where(table.c.RelOwnerUserID == of.owner_id, table.c.RelListID == of.id)
            .where(table.c.RelSubscriberID == subscriber_id)
            .order_by(table.c[date].desc())
            .limit(10)
        )
        for when, email, automated in connection.execute(query):
            found.append((when, what, email or "an e-mail that is gone", bool(automated)))
    return sorted(found, reverse=True)[:10]


def figures(
    connection: Connection, tables: HostTables, owner_id: int, now: datetime
) -> dict[str, int]:
    """Sums for the overview: active people, and opens and clicks of the last 30 days."""
    since = (now - timedelta(days=30)).strftime("%Y-%m-%d %H:%M:%S")
    own = lists(connection, tables, owner_id)

    def hits(table: Table, date: str) -> int:
        conditions = [table.c.RelOwnerUserID == owner_id, table.c[date] >= since]
        if "IsAutomated" in table.c:
            conditions.append(table.c.IsAutomated == 0)
        return connection.scalar(select(func.count()).where(*conditions)) or 0

    return {
        "lists": len(own),
        "active": sum(active_count(connection, tables, row) for row in own),
        "opens": hits(tables.stats_open, "OpenDate"),
        "clicks": hits(tables.stats_link, "ClickDate"),
    }


def product_generation(connection: Connection, tables: HostTables) -> int:
    """5 for a host of version 5.9.4; 0 when it does not say."""
    return next(iter(product_version(connection, tables)), 0)


def product_version(connection: Connection, tables: HostTables) -> tuple[int, ...]:
    """(5, 9, 4) for a host of that version; () when it does not say."""
    options = tables.options.c
    query = select(options.OptionValue).where(options.OptionName == "PRODUCT_VERSION")
    parts = str(connection.scalar(query.limit(1)) or "").split(".")
    return tuple(int(part) for part in takewhile(str.isdecimal, parts))
