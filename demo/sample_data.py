"""Fills the host's tables with sample data: the same data each time for the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, select

from demo import sample_account
from demo.database import writing
from demo.sample_people import address, subscriber_rows
from demo.sample_stats import Statistics, statistics
from demo.schema import HostTables, build_schema

_SUPPRESSED = 12
_GLOBAL_VALUES_SHARE = 3


def load(
    engine: Engine, prefix: str, subscribers: int = 5000, now: datetime | None = None
) -> HostTables:
    """Creates the host's tables, and fills them in one transaction.

    `subscribers` is the total over the six lists. `now` (aware, UTC; the present by default) is
    when the 90 days of opens and clicks end. Returns the tables. A database that is filled
    already is left as it is.
    """
    tables = build_schema(prefix)
    moment = (now or datetime.now(UTC)).replace(microsecond=0, tzinfo=None)
    counts = list_sizes(subscribers)
    people = {
        id_: _numbered(subscriber_rows(id_, count, tables.fields, moment))
        for id_, count in counts.items()
    }
    owners = {row[0]: row[2] for row in sample_account.LISTS}
    with writing(engine) as connection:
        _create(connection, tables)
    with writing(engine) as connection:
        if connection.scalar(select(tables.config.c.ConfigID)) is None:
            _fill_account(connection, tables, people, moment)
            _fill_people(connection, tables, people)
            _fill_statistics(connection, tables, statistics(people, owners, moment))
    return tables


def list_sizes(subscribers: int) -> dict[int, int]:
    """How many subscribers each list gets; the sum is exact."""
    sizes = {row[0]: int(subscribers * row[5]) for row in sample_account.LISTS}
    sizes[1] += subscribers - sum(sizes.values())
    return sizes


def _numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"SubscriberID": number} | row for number, row in enumerate(rows, start=1)]


def _create(connection: Connection, tables: HostTables) -> None:
    tables.metadata.create_all(connection)
    for row in sample_account.LISTS:
        tables.shard(row[0]).create(connection, checkfirst=True)


def _fill_account(
    connection: Connection,
    tables: HostTables,
    people: Mapping[int, Sequence[Mapping[str, Any]]],
    now: datetime,
) -> None:
    active = {
        id_: Counter(row["SubscriptionStatus"] for row in rows)["Subscribed"]
        for id_, rows in people.items()
    }
    lists = [
        row | {"ActiveSubscriberCount": active[row["ListID"]]} for row in sample_account.lists(now)
    ]
    for table, rows in (
        (tables.user_groups, sample_account.user_groups()),
        (tables.users, sample_account.users(now)),
        (tables.subscriber_lists, lists),
        (tables.custom_fields, [field.row() for field in tables.fields]),
        (tables.segments, sample_account.segments()),
        (tables.emails, sample_account.emails(now)),
        (tables.campaigns, sample_account.campaigns(now)),
        (tables.options, [{"OptionName": "PRODUCT_VERSION", "OptionValue": "5.9.4"}]),
        (tables.config, [{"ConfigID": 1, "ADMIN_ALLOWED_IP": ""}]),
    ):
        _insert(connection, table, rows)


def _fill_people(
    connection: Connection, tables: HostTables, people: Mapping[int, Sequence[dict[str, Any]]]
) -> None:
    for list_id, rows in people.items():
        _insert(connection, tables.shard(list_id), rows)
    persons = range(0, sum(map(len, people.values())), _GLOBAL_VALUES_SHARE)
    values = [row for person in persons for row in _account_values(person)]
    _insert(connection, tables.custom_field_values, values)
    _insert(
        connection,
        tables.suppression_list,
        [
            {
                "RelListID": 4 if person % 2 else 0,
                "RelOwnerUserID": 1,
                "EmailAddress": address(person * 7, 0),
                "SuppressionSource": "Hard Bounced" if person % 2 else "User",
                "Reason": "Sample entry",
            }
            for person in range(_SUPPRESSED)
        ],
    )


def _account_values(person: int) -> list[dict[str, Any]]:
    """The values of the two account-wide fields; some are ''."""
    values = {28: ("en", "de", "pt", "")[person % 4], 29: str(person % 500)}
    return [
        {"RelFieldID": field, "RelListID": 0, "EmailAddress": address(person, 0), "ValueText": text}
        for field, text in values.items()
    ]


def _fill_statistics(connection: Connection, tables: HostTables, made: Statistics) -> None:
    _insert(connection, tables.stats_open, made.opens)
    _insert(connection, tables.stats_link, made.clicks)
    _insert(connection, tables.stats_unsubscription, made.unsubscriptions)
    _insert(connection, tables.stats_activity, made.activity)
    campaigns = tables.campaigns
    change = campaigns.update().where(campaigns.c.CampaignID == bindparam("id"))
    connection.execute(change, [totals | {"id": id_} for id_, totals in made.totals.items()])


def _insert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(table.insert(), rows)
