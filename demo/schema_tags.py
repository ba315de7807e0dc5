"""Tables of subscribers' tags: which tags each list has, and who has which.

Neither the tables nor the columns of ids are publicly known; the likeliest names are taken.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Column

from demo.column_types import long_text
from demo.columns import index, key, numbers, words
from demo.schema_parts import Items


def _subscriber_tags(table: str) -> Items:
    return [
        key("TagID"),
        *numbers("RelListID", "RelOwnerUserID"),
        *words("TagName"),
        Column("TagDescription", long_text()),
        *index("idx_list", "RelListID", "RelOwnerUserID", table=table),
    ]


def _subscriber_tag_relations(table: str) -> Items:
    return [
        key("RelationID"),
        *numbers("RelTagID", "RelListID", "RelSubscriberID"),
        *index("idx_subscriber", "RelListID", "RelSubscriberID", "RelTagID", table=table),
        *index("idx_tag", "RelTagID", table=table),
    ]


#: How to make the columns of each table from its full name.
TAGGING: dict[str, Callable[[str], Items]] = {
    "subscriber_tags": _subscriber_tags,
    "subscriber_tag_relations": _subscriber_tag_relations,
}
