"""The host's tables, v5 flavour, under any prefix, for SQLite and for MySQL/MariaDB.

The vendor's own DDL is not public. Names of columns are the documented ones; where none is
known (keys of the statistics tables, the name of an option) the likeliest is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Column, MetaData, Table

from demo.column_types import MYSQL, field_type
from demo.fields import FieldSpec
from demo.sample_fields import SAMPLE_FIELDS
from demo.schema_parts import PARTS, subscribers

_STORAGE = {"engine": "InnoDB", "charset": "utf8mb4", "collate": "utf8mb4_unicode_ci"}
_TABLE_OPTIONS: dict[str, Any] = {
    f"{dialect}_{option}": value for dialect in MYSQL for option, value in _STORAGE.items()
} | {"sqlite_autoincrement": True}


@dataclass(frozen=True)
class HostTables:
    """Every table of the host by its name without the prefix, and the shards by list."""

    prefix: str
    metadata: MetaData
    fields: tuple[FieldSpec, ...]
    users: Table
    user_groups: Table
    subscriber_lists: Table
    custom_fields: Table
    custom_field_values: Table
    segments: Table
    emails: Table
    campaigns: Table
    stats_open: Table
    stats_link: Table
    stats_unsubscription: Table
    stats_activity: Table
    suppression_list: Table
    options: Table
    config: Table

    def shard(self, list_id: int, fields: Sequence[FieldSpec] | None = None) -> Table:
        """`<prefix>subscribers_<ListID>` with one column per field of that list.

        `fields` defaults to those the schema was built with; those of other lists and of the
        account are left out. The table is not among `metadata`: create it by itself.
        """
        wanted = self.fields if fields is None else fields
        return _shard(self.prefix, list_id, tuple(f for f in wanted if f.list_id == list_id))


def build_schema(
    prefix: str = "oempro_", fields: Sequence[FieldSpec] = SAMPLE_FIELDS
) -> HostTables:
    """All tables but the shards in one `metadata`; take a shard by `shard(list_id)`."""
    return _schema(prefix, tuple(fields))


@cache
def _schema(prefix: str, fields: tuple[FieldSpec, ...]) -> HostTables:
    metadata = MetaData()
    tables = {
        name: Table(prefix + name, metadata, *items(prefix + name), **_TABLE_OPTIONS)
        for name, items in PARTS.items()
    }
    return HostTables(prefix=prefix, metadata=metadata, fields=fields, **tables)


@cache
def _shard(prefix: str, list_id: int, fields: tuple[FieldSpec, ...]) -> Table:
    name = f"{prefix}subscribers_{list_id}"
    columns: list[Column[Any]] = [
        Column(field.column, field_type(field), nullable=True) for field in fields
    ]
    return Table(name, MetaData(), *subscribers(name), *columns, **_TABLE_OPTIONS)
