"""The host's tables, of either flavour, under any prefix, for SQLite and for MySQL/MariaDB.

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
from demo.flavours import FLAVOURS, Flavour
from demo.sample_fields import SAMPLE_FIELDS
from demo.schema_automation import AUTOMATION
from demo.schema_gateway import GATEWAY
from demo.schema_parts import PARTS, subscribers
from demo.schema_tags import TAGGING


@dataclass(frozen=True)
class HostTables:
    """Every table of the host by its name without the prefix, and the shards by list.

    Tables that the flavour has not (flavour.tables_later) are here but not among `metadata`.
    """

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
    auto_responders: Table
    transactional_email_queue: Table
    sender_domains: Table
    eg_api_keys: Table
    eg_queue: Table
    subscriber_tags: Table
    subscriber_tag_relations: Table
    flavour: Flavour

    def shard(self, list_id: int, fields: Sequence[FieldSpec] | None = None) -> Table:
        """`<prefix>subscribers_<ListID>` with one column per field of that list.

        `fields` defaults to those the schema was built with; those of other lists and of the
        account are left out. The table is not among `metadata`: create it by itself.
        """
        wanted = self.fields if fields is None else fields
        mine = tuple(field for field in wanted if field.list_id == list_id)
        return _shard(self.prefix, list_id, mine, self.flavour.name)

    def field_rows(self) -> list[dict[str, Any]]:
        """The rows of `custom_fields` as this flavour declares its fields."""
        return [field.row(typed=self.flavour.typed_fields) for field in self.fields]


def build_schema(
    prefix: str = "oempro_",
    fields: Sequence[FieldSpec] = SAMPLE_FIELDS,
    flavour: str = "v5",
) -> HostTables:
    """All tables but the shards in one `metadata`; take a shard by `shard(list_id)`.

    `flavour` is "v5" or "v4": MyISAM, three-byte utf8, days instead of moments, zero dates
    instead of NULL, TEXT for all custom fields, and none of the later columns.
    """
    return _schema(prefix, tuple(fields), flavour)


@cache
def _schema(prefix: str, fields: tuple[FieldSpec, ...], flavour: str) -> HostTables:
    metadata, later, kind = MetaData(), MetaData(), FLAVOURS[flavour]
    tables = {
        name: Table(
            prefix + name,
            later if name in kind.tables_later else metadata,
            *kind.fit(name, items(prefix + name)),
            **_options(kind),
        )
        for name, items in (PARTS | AUTOMATION | GATEWAY | TAGGING).items()
    }
    return HostTables(prefix=prefix, metadata=metadata, fields=fields, flavour=kind, **tables)


@cache
def _shard(prefix: str, list_id: int, fields: tuple[FieldSpec, ...], flavour: str) -> Table:
    name, kind = f"{prefix}subscribers_{list_id}", FLAVOURS[flavour]
    columns: list[Column[Any]] = [
        Column(field.column, field_type(field, kind.typed_fields), nullable=True)
        for field in fields
    ]
    fixed = kind.fit("subscribers", subscribers(name))
    return Table(name, MetaData(), *fixed, *columns, **_options(kind))


def _options(flavour: Flavour) -> dict[str, Any]:
    storage = {
        "engine": flavour.engine,
        "charset": flavour.charset,
        "collate": flavour.collation,
    }
    by_dialect = {f"{of}_{name}": value for of in MYSQL for name, value in storage.items()}
    return by_dialect | {"sqlite_autoincrement": True}
