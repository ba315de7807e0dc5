"""The suppression list: addresses that a list, an account or the whole host leaves alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, or_, select

from demo.schema import HostTables


def scope_of(row: Row[Any]) -> str:
    """For whom an entry holds, in words."""
    if row.RelListID:
        return "this list"
    return "this account" if row.RelOwnerUserID else "every account"


def find_suppression(
    connection: Connection, tables: HostTables, owner_id: int, list_id: int, address: str
) -> Row[Any] | None:
    """The entry of the widest scope that holds for this address on this list."""
    table = tables.suppression_list
    query = select(table).where(
        table.c.EmailAddress == address, _holds_for(table, owner_id, list_id)
    )
    return connection.execute(query.order_by(table.c.RelOwnerUserID, table.c.RelListID)).first()


def suppressions(
    connection: Connection, tables: HostTables, owner_id: int, list_id: int, limit: int
) -> tuple[Sequence[Row[Any]], int]:
    """The newest entries that hold on this list, and how many there are in all."""
    table = tables.suppression_list
    match = _holds_for(table, owner_id, list_id)
    newest = select(table).where(match).order_by(table.c.SuppressionID.desc()).limit(limit)
    total = connection.scalar(select(func.count()).select_from(table).where(match)) or 0
    return connection.execute(newest).all(), total


def suppress(
    connection: Connection,
    tables: HostTables,
    scope: tuple[int, int],
    address: str,
    source: str = "Unsubscribe",
) -> None:
    """Adds an address once. `scope` is (list, owner); 0 stands for all of them. `source` is one
    of the table's own words for who or what did it."""
    table = tables.suppression_list
    list_id, owner_id = scope
    known = select(func.count()).where(
        table.c.RelListID == list_id,
        table.c.RelOwnerUserID == owner_id,
        table.c.EmailAddress == address,
    )
    if connection.scalar(known):
        return
    row = {
        "RelListID": list_id,
        "RelOwnerUserID": owner_id,
        "EmailAddress": address,
        "SuppressionSource": source,
        "Reason": "",
    }
    connection.execute(table.insert().values(row))


def remove_suppressions(
    connection: Connection, tables: HostTables, owner_id: int, list_id: int, ids: Sequence[int]
) -> int:
    """Removes entries of this list or of its account; those of the whole host stay."""
    table = tables.suppression_list
    mine = and_(table.c.RelOwnerUserID == owner_id, table.c.RelListID.in_((0, list_id)))
    gone = table.delete().where(mine, table.c.SuppressionID.in_(ids))
    return connection.execute(gone).rowcount


def _holds_for(table: Table, owner_id: int, list_id: int) -> ColumnElement[bool]:
    lists, owners = table.c.RelListID, table.c.RelOwnerUserID
    return or_(
        and_(lists == list_id, owners == owner_id),
        and_(lists == 0, owners.in_((0, owner_id))),
    )
