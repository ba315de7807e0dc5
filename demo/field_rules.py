"""Rules of custom fields that need the database: required, unique, and values of the account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from demo.field_values import default_value
from demo.fields import FieldSpec
from demo.joining import Joining, Refused
from demo.reading import HostList
from demo.schema import HostTables


def check_fields(
    connection: Connection, tables: HostTables, to: HostList, joining: Joining, own_id: int
) -> None:
    """Raises Refused for a required field without a value, or a value that must be unique.

    A field of the list that was not sent is excused by its default; one of the account is not.
    """
    for one in to.fields:
        value = joining.values.get(one.column)
        if one.required and one.column in joining.values and value is None:
            raise _required(one)
        if one.unique and value and taken(connection, to, one.column, value, own_id):
            raise Refused("Somebody else on this list has this value.", "not unique", one.id)
    for field_id, text in joining.account.items():
        field = account_fields(connection, tables, to.owner_id).get(field_id)
        if field and field.required and not text:
            raise _required(field)
    if joining.enforce:
        _check_missing(connection, tables, to, joining)


def account_fields(
    connection: Connection, tables: HostTables, owner_id: int
) -> dict[int, FieldSpec]:
    """The fields of the whole account, by id."""
    table = tables.custom_fields
    query = select(table).where(table.c.IsGlobal == "Yes", table.c.RelOwnerUserID == owner_id)
    rows = connection.execute(query.order_by(table.c.CustomFieldID)).mappings()
    return {row["CustomFieldID"]: FieldSpec.from_row(dict(row)) for row in rows}


def _check_missing(
    connection: Connection, tables: HostTables, to: HostList, joining: Joining
) -> None:
    for one in to.fields:
        sent = one.column in joining.values
        if one.required and not sent and default_value(one) is None:
            raise _required(one)
    for field_id, field in account_fields(connection, tables, to.owner_id).items():
        if field.required and field_id not in joining.account:
            raise _required(field)


def _required(field: FieldSpec) -> Refused:
    return Refused(f"Fill in {field.name}.", "required", field.id)


def taken(connection: Connection, of: HostList, column: str, value: Any, own_id: int) -> bool:
    """Whether another subscriber of the list has this value."""
    shard = of.shard.c
    others = select(func.count()).where(shard.SubscriberID != own_id)
    return bool(connection.scalar(others.where(shard[column] == value)))


def write_account_value(
    connection: Connection, tables: HostTables, field_id: int, address: str, text: str
) -> None:
    """Sets a field of the whole account for an address."""
    table = tables.custom_field_values
    known = (
        table.c.RelFieldID == field_id,
        table.c.RelListID == 0,
        table.c.EmailAddress == address,
    )
    if connection.scalar(select(func.count()).where(*known)):
        connection.execute(table.update().where(*known).values(ValueText=text))
        return
    row = {"RelFieldID": field_id, "RelListID": 0, "EmailAddress": address, "ValueText": text}
    connection.execute(table.insert().values(row))
