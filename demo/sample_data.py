"""Fills the host's tables with sample data: the same data each time for the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, inspect, select

from demo import letters, sample_account, sample_gateway
from demo.column_types import three_bytes
from demo.columns import fitting
from demo.database import writing
from demo.sample_people import address, subscriber_rows
from demo.sample_stats import Statistics, statistics
from demo.schema import HostTables, build_schema

_SUPPRESSED = 12
_GLOBAL_VALUES_SHARE = 3


class OldData(Exception):
    """The database was filled by an earlier demo, whose tables were different."""


def load(
    engine: Engine,
    prefix: str,
    subscribers: int = 5000,
    now: datetime | None = None,
    flavour: str = "v5",
) -> HostTables:
    """Creates the host's tables, and fills them in one transaction.

    `subscribers` is the total over the six lists. `now` (aware, UTC; the present by default) is
    when the 90 days of opens and clicks end. Returns the tables. A database that is filled
    already is left as it is. `flavour` is that of build_schema. Raises OldData.
    """
    tables = build_schema(prefix, flavour=flavour)
    moment = (now or datetime.now(UTC)).replace(microsecond=0, tzinfo=None)
    counts = list_sizes(subscribers)
    people = {
        id_: _numbered(subscriber_rows(id_, count, tables.fields, moment))
        for id_, count in counts.items()
    }
    owners = {row[0]: row[2] for row in sample_account.LISTS}
    with writing(engine) as connection:
        tables.metadata.create_all(connection)
    with engine.connect() as connection:
        if connection.scalar(select(tables.config.c.ConfigID)) is not None:
            _check(connection, tables)
            return tables
    with writing(engine) as connection:
        for row in sample_account.LISTS:
            tables.shard(row[0]).create(connection, checkfirst=True)
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


def _check(connection: Connection, tables: HostTables) -> None:
    """Raises OldData when a table lacks a column, or all rows that the demo needs.

    Tables of deleted lists may be missing.
    """
    inspector = inspect(connection)
    shards = (tables.shard(row[0]) for row in sample_account.LISTS)
    for table in (*tables.metadata.sorted_tables, *shards):
        if inspector.has_table(table.name):
            there = {column["name"] for column in inspector.get_columns(table.name)}
            if missing := set(table.c.keys()) - there:
                raise OldData(f"{table.name} has no column {min(missing)}.")
    domains = tables.sender_domains
    if domains.metadata is tables.metadata and not connection.scalar(
        select(domains.c.DomainID).limit(1)
    ):
        raise OldData(f"{domains.name} is empty.")


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
        (tables.custom_fields, tables.field_rows()),
        (tables.segments, sample_account.segments()),
        (tables.emails, letters.emails(now)),
        (tables.campaigns, sample_account.campaigns(now)),
        (tables.options, [_version(tables)]),
        (tables.auto_responders, sample_account.auto_responders(now)),
        (tables.subscriber_tags, sample_account.subscriber_tags()),
        (tables.config, [{"ConfigID": 1, "ADMIN_ALLOWED_IP": ""}]),
        (tables.sender_domains, sample_gateway.sender_domains(now)),
        (tables.eg_api_keys, sample_gateway.eg_api_keys(now)),
    ):
        if table.metadata is tables.metadata:
            _insert(connection, table, rows)


def _version(tables: HostTables) -> dict[str, str]:
    return {"OptionName": "PRODUCT_VERSION", "OptionValue": tables.flavour.version}


def _fill_people(
    connection: Connection, tables: HostTables, people: Mapping[int, Sequence[dict[str, Any]]]
) -> None:
    for list_id, rows in people.items():
        _insert(connection, tables.shard(list_id), rows)
    persons = range(0, sum(map(len, people.values())), _GLOBAL_VALUES_SHARE)
    values = [row for person in persons for row in _account_values(person)]
    _insert(connection, tables.custom_field_values, values)
    _insert(connection, tables.suppression_list, _suppressed())
    counts = {list_id: len(rows) for list_id, rows in people.items()}
    _insert(connection, tables.subscriber_tag_relations, sample_account.tag_relations(counts))


def _suppressed() -> list[dict[str, Any]]:
    """A few addresses for a list, a few for an account, and one for the whole host."""
    scopes = {person: (0, 1) if person % 2 == 0 else (4, 1) for person in range(_SUPPRESSED)}
    rows = [
        {
            "RelListID": list_id,
            "RelOwnerUserID": owner,
            "EmailAddress": address(person * 7, 0),
            "SuppressionSource": "Hard Bounced" if list_id else "User",
            "Reason": "Sample entry",
        }
        for person, (list_id, owner) in scopes.items()
    ]
    nobody = {
        "RelListID": 0,
        "RelOwnerUserID": 0,
        "EmailAddress": "complained@example.com",
        "SuppressionSource": "SPAM complaint",
        "Reason": "Sample entry",
    }
    return [*rows, nobody]


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
    """Inserts what the table has columns for; in letters that the host's charset knows."""
    if rows:
        narrow = table.kwargs.get("mysql_charset") == "utf8"
        fits = [fitting(table, row) for row in rows]
        connection.execute(table.insert(), [_narrowed(row) for row in fits] if narrow else fits)


def _narrowed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: three_bytes(value) if isinstance(value, str) else value for name, value in row.items()
    }
