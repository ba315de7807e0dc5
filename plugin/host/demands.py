"""What the custom fields of a list ask of somebody who joins it with nothing but an address.

As the host's own API does where rules are enforced: a required field of the list is content with
its default value, which is written to the new row; a required field of the account is not. A
unique field gets no default: it would be the second one's already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from plugin.domain.enrollment import normal_address
from plugin.errors import BadValue
from plugin.host.columns import HostTable
from plugin.host.lists import ListRules
from plugin.host.rolls import spellings
from plugin.host.values import fitted

_NEEDED = ("IsRequired", "FieldDefaultValue")


@dataclass(frozen=True, slots=True)
class Demands:
    """`defaults`: column → value for new rows. `columns` and `fields` must have a value: columns
    of the list, and ids of fields of the account."""

    defaults: Mapping[str, Any]
    columns: tuple[str, ...]
    fields: tuple[int, ...]


def demands(
    connection: sa.Connection, fields: HostTable, shard: HostTable, rules: ListRules
) -> Demands:
    """One statement. Hosts without these columns demand nothing."""
    if not set(_NEEDED) <= fields.columns.keys():
        return Demands({}, (), ())
    c = fields.clause.c
    optional = [name for name in ("IsGlobal", "IsUnique") if name in fields.columns]
    names = ("CustomFieldID", "RelListID", *_NEEDED, *optional)
    of_list = c["RelListID"] == rules.list_id
    scope = sa.or_(of_list, c["IsGlobal"] == "Yes") if "IsGlobal" in optional else of_list
    matters = sa.or_(c["IsRequired"] == "Yes", c["FieldDefaultValue"] != "")
    query = sa.select(*(c[name] for name in names)).order_by(c["CustomFieldID"])
    rows = connection.execute(query.where(c["RelOwnerUserID"] == rules.user_id, scope, matters))
    return _sorted([dict(row) for row in rows.mappings()], shard)


def _sorted(rows: Iterable[Mapping[str, Any]], shard: HostTable) -> Demands:
    defaults: dict[str, Any] = {}
    columns: list[str] = []
    fields: list[int] = []
    for row in rows:
        name, required = f"CustomField{row['CustomFieldID']}", row["IsRequired"] == "Yes"
        if row.get("IsGlobal") == "Yes":
            fields += [row["CustomFieldID"]] if required else []
        elif name in shard.columns:
            default = None if row.get("IsUnique") == "Yes" else _default(row, shard, name)
            if default is not None:
                defaults[name] = default
            elif required:
                columns.append(name)
    return Demands(defaults, tuple(columns), tuple(fields))


def _default(row: Mapping[str, Any], shard: HostTable, name: str) -> str | None:
    """None for no default, and for one that the column cannot hold."""
    try:
        return fitted(row["FieldDefaultValue"] or "", shard.columns[name], None) or None
    except BadValue:
        return None


def with_account_fields(
    connection: sa.Connection,
    values: HostTable | None,
    fields: tuple[int, ...],
    addresses: Iterable[str],
) -> set[str]:
    """The normal form of those addresses that have a value in each of these fields of the
    account. One statement."""
    if values is None:
        return set()
    wanted = spellings(addresses, values.columns["EmailAddress"])
    if not wanted:
        return set()
    c = values.clause.c
    query = sa.select(c["RelFieldID"], c["EmailAddress"]).where(
        c["RelFieldID"].in_(fields),
        c["RelListID"] == 0,
        c["EmailAddress"].in_(wanted),
        c["ValueText"] != "",
    )
    filled: dict[str, set[int]] = {}
    for field_id, address in connection.execute(query):
        filled.setdefault(normal_address(address), set()).add(field_id)
    return {address for address, found in filled.items() if found >= set(fields)}
