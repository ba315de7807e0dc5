"""Rows of subscribers: found by address, written, moved from one status to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, select

from demo.columns import fitting


def by_address(connection: Connection, shard: Table, address: str) -> Mapping[str, Any] | None:
    """The person of a list with this address, in whatever case it is written."""
    query = select(shard).where(shard.c.EmailAddress == address).limit(1)
    row = connection.execute(query).mappings().first()
    return dict(row) if row else None


def move(
    connection: Connection,
    shard: Table,
    person: Mapping[str, Any],
    status: str,
    row: Mapping[str, Any],
) -> bool:
    """Changes the person's row if it still has that status."""
    change = shard.update().where(
        shard.c.SubscriberID == person["SubscriberID"], shard.c.SubscriptionStatus == status
    )
    return bool(connection.execute(change.values(fitting(shard, row))).rowcount)


def write(
    connection: Connection, shard: Table, person: Mapping[str, Any] | None, row: Mapping[str, Any]
) -> int:
    """Inserts the row, or puts it over the person's old one. The SubscriberID."""
    fits = fitting(shard, row)
    if person is None:
        result = connection.execute(shard.insert().values(fits))
        return int(result.inserted_primary_key[0])  # type: ignore[index]
    subscriber_id = int(person["SubscriberID"])
    old = shard.c.SubscriberID == subscriber_id
    connection.execute(shard.update().where(old).values(fits))
    return subscriber_id


def rows_of(connection: Connection, shard: Table, ids: Sequence[int]) -> list[Mapping[str, Any]]:
    """The rows of these subscribers that are there."""
    query = select(shard).where(shard.c.SubscriberID.in_(ids)).order_by(shard.c.SubscriberID)
    return [dict(row) for row in connection.execute(query).mappings()]
