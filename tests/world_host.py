"""The host's side of a test's world: its tables, with the people and values that the test makes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from demo.column_types import ZERO_DATETIME
from demo.database import open_engine, writing
from demo.fields import FieldSpec
from demo.schema import HostTables, build_schema
from tests.world_mail import OWNER, MailSide

STRANGER = 2
LIST, OTHER_LIST, STRANGERS_LIST = 1, 2, 9
LISTS: Mapping[int, int] = {LIST: OWNER, OTHER_LIST: OWNER, STRANGERS_LIST: STRANGER}
ZONES = {OWNER: "UTC", STRANGER: "America/New_York"}

CITY, LEVEL, ORDERS, BORN, SHORT, OTHERS_CITY, LANGUAGE = 3, 4, 5, 6, 7, 13, 28
FIELDS = (
    FieldSpec(CITY, LIST, "City", "City"),
    FieldSpec(LEVEL, LIST, "Level", "Level"),
    FieldSpec(ORDERS, LIST, "Orders", "Orders", data_type="number"),
    FieldSpec(BORN, LIST, "Born", "Born", "Date field", "date"),
    FieldSpec(SHORT, LIST, "Choice", "Choice", "Drop down", "enum", ("bronze", "gold")),
    FieldSpec(OTHERS_CITY, OTHER_LIST, "City", "City"),
    FieldSpec(LANGUAGE, 0, "Language", "Language"),
)
_USED = (
    *("users", "subscriber_lists", "custom_fields", "custom_field_values"),
    *("stats_unsubscription", "stats_activity", "suppression_list"),
    *("emails", "campaigns", "segments", "stats_open", "stats_link"),
    *("subscriber_tags", "subscriber_tag_relations"),
    *("sender_domains", "eg_api_keys"),
)

Values = Mapping[str, Any]


@cache
def schema(prefix: str, flavour: str) -> tuple[HostTables, Mapping[int, sa.Table]]:
    """The tables, and the shard of each list."""
    tables = build_schema(prefix, FIELDS, flavour)
    return tables, {list_id: tables.shard(list_id) for list_id in LISTS}


class HostSide(MailSide):
    """Every verb is a transaction of the host's own. Begin with `create`, or with `fill`."""

    def __init__(self, url: str, prefix: str = "oempro_", flavour: str = "v5") -> None:
        self.url, self.engine = url, open_engine(url)
        self.tables, self.shards = schema(prefix, flavour)
        self.changed_tables = False  #: not only what is in them
        self._altered: tuple[str, ...] = ()  #: tables that are kept in another engine

    # What a host of some age does otherwise

    @property
    def rolls_back(self) -> bool:
        """Whether a rollback undoes what was written into its tables."""
        return self.engine.dialect.name == "sqlite" or self.tables.flavour.engine == "InnoDB"

    @property
    def typed(self) -> bool:
        """Whether a number field has a column of numbers."""
        return self.tables.flavour.typed_fields

    @property
    def knows_robots(self) -> bool:
        """Whether it tells what machines open and click from what people do."""
        return "IsAutomated" in self.tables.stats_link.c

    @property
    def knows_senders(self) -> bool:
        """Whether its lists have names of senders."""
        return "SenderName" in self.tables.subscriber_lists.c

    def undone(self, value: str) -> str | None:
        """What a rollback leaves of a value, written where none was."""
        return None if self.rolls_back else value

    def kept(self, text: str | None) -> str | None:
        """What is left of a text that the host itself writes: three bytes have no emoji."""
        if text is None or self.tables.flavour.charset != "utf8":
            return text
        return "".join(c if c <= "\uffff" else "?" for c in text)

    def held(self, value: int | None) -> int | str | None:
        """What the column of a number field answers; None: of an emptied one."""
        if self.typed:
            return value
        return "" if value is None else str(value)

    @property
    def is_new(self) -> bool:
        """Whether the database has no tables yet."""
        return not sa.inspect(self.engine).has_table(self.tables.users.name)

    def create(self) -> None:
        """The tables, empty."""
        with writing(self.engine) as connection:
            used = [getattr(self.tables, name) for name in _USED]
            here = [table for table in used if table.metadata is self.tables.metadata]
            self.tables.metadata.create_all(connection, tables=here)
            for shard in self.shards.values():
                shard.create(connection)

    def fill(self) -> None:
        """Users, lists and fields into empty tables; nobody is on the lists."""
        users = [
            {"UserID": i, "RelUserGroupID": 1, "EmailAddress": f"user{i}@example.com"}
            | {"TimeZone": zone}
            for i, zone in ZONES.items()
        ]
        lists = [{"ListID": i, "Name": f"List {i}", "RelOwnerUserID": o} for i, o in LISTS.items()]
        self._add(self.tables.users, users)
        self._add(self.tables.subscriber_lists, lists)
        self._add(self.tables.custom_fields, self.tables.field_rows())

    def clear(self) -> None:
        """Empty every table of the database, ours too, and forget what lies beside it."""
        with writing(self.engine) as connection:
            for table in sa.inspect(connection).get_table_names():
                connection.exec_driver_sql(f"DELETE FROM {table}")
        if self.engine.dialect.name == "sqlite":
            path = Path(self.engine.url.database or "")
            for beside in path.parent.glob(f"{path.name}-markers*"):
                beside.unlink()

    def subscribe(
        self, people: int | Sequence[Values], list_id: int = LIST, **same: Any
    ) -> list[int]:
        """Add that many made-up people, or these rows; `same` goes to all. Answers their ids."""
        rows = [{}] * people if isinstance(people, int) else people
        first = self._next_id(list_id)
        full = [
            {
                "SubscriberID": first + place,
                "EmailAddress": f"person{first + place}@list{list_id}.example.com",
                "SubscriptionStatus": "Subscribed",
                "SubscriptionDate": ZERO_DATETIME,
                **same,
                **row,
            }
            for place, row in enumerate(rows)
        ]
        self._add(self.shards[list_id], full)
        return [row["SubscriberID"] for row in full]

    def change(self, ids: Sequence[int], list_id: int = LIST, **values: Any) -> None:
        """Set columns of these subscribers."""
        shard = self.shards[list_id]
        with writing(self.engine) as connection:
            these = shard.c.SubscriberID.in_(ids)
            connection.execute(sa.update(shard).where(these).values(**values))

    def set_rules(self, list_id: int, **rules: Any) -> None:
        """How a list behaves when people join and leave it."""
        self._set(self.tables.subscriber_lists, "ListID", list_id, rules)

    def set_user(self, user_id: int, **values: Any) -> None:
        self._set(self.tables.users, "UserID", user_id, values)

    def _set(self, table: sa.Table, key: str, number: int, values: Values) -> None:
        with writing(self.engine) as connection:
            connection.execute(sa.update(table).where(table.c[key] == number).values(**values))

    def roll(self, list_id: int = LIST) -> dict[str, str]:
        """The status of everybody on a list, by address."""
        c = self.shards[list_id].c
        query = sa.select(c.EmailAddress, c.SubscriptionStatus).order_by(c.SubscriberID)
        with self.engine.connect() as connection:
            return dict(map(tuple, connection.execute(query)))

    def unsubscribe(self, ids: Sequence[int], list_id: int = LIST) -> None:
        self.change(ids, list_id, SubscriptionStatus="Unsubscribed")

    def delete(self, ids: Sequence[int], list_id: int = LIST) -> None:
        shard = self.shards[list_id]
        with writing(self.engine) as connection:
            connection.execute(sa.delete(shard).where(shard.c.SubscriberID.in_(ids)))

    def values(self, field_id: int, list_id: int = LIST) -> dict[int, Any]:
        """What everybody on the list has in a field, by subscriber id."""
        shard = self.shards[list_id]
        with self.engine.connect() as connection:
            column = shard.c[f"CustomField{field_id}"]
            query = sa.select(shard.c.SubscriberID, column).order_by(shard.c.SubscriberID)
            return dict(map(tuple, connection.execute(query)))

    def account_values(self, field_id: int) -> dict[str, str]:
        """The values of a global field by address."""
        c = self.tables.custom_field_values.c
        with self.engine.connect() as connection:
            query = sa.select(c.EmailAddress, c.ValueText).where(c.RelFieldID == field_id)
            return dict(map(tuple, connection.execute(query)))

    def give_account_value(self, field_id: int, address: str, value: str) -> None:
        """Set a global field."""
        row = {"RelFieldID": field_id, "RelListID": 0, "EmailAddress": address, "ValueText": value}
        self._add(self.tables.custom_field_values, [row])

    def open(self, subscriber_id: int, at: str, **more: Any) -> None:
        """An open of a mail to the list; `at` as the host writes its times."""
        self._add(self.tables.stats_open, [_hit(subscriber_id) | {"OpenDate": at} | more])

    def click(self, subscriber_id: int, at: str, **more: Any) -> None:
        """A click in a mail to the list."""
        row = {"ClickDate": at, "LinkURL": "https://example.com/"}
        self._add(self.tables.stats_link, [_hit(subscriber_id) | row | more])

    def mail(self, campaigns: Mapping[int, int], emails: Mapping[int, int]) -> None:
        """Campaigns and e-mails, by id with their owner."""
        rows = [
            {"CampaignID": i, "RelOwnerUserID": owner, "CampaignName": f"Campaign {i}"}
            for i, owner in campaigns.items()
        ]
        self._add(self.tables.campaigns, rows)
        rows = [
            {"EmailID": i, "RelUserID": owner, "EmailName": f"E-mail {i}"}
            for i, owner in emails.items()
        ]
        self._add(self.tables.emails, rows)

    def tags(self, tags: Mapping[int, int], owner: int = OWNER) -> None:
        """Tags, by id with their list; each is called “tag <id>”."""
        rows = [
            {"TagID": i, "RelListID": of, "RelOwnerUserID": owner, "TagName": f"tag {i}"}
            for i, of in tags.items()
        ]
        self._add(self.tables.subscriber_tags, rows)

    def tag(self, tag_id: int, ids: Sequence[int], list_id: int = LIST) -> None:
        """Put a tag on these subscribers."""
        rows = [{"RelTagID": tag_id, "RelListID": list_id, "RelSubscriberID": i} for i in ids]
        self._add(self.tables.subscriber_tag_relations, rows)

    def untag(self, tag_id: int, ids: Sequence[int]) -> None:
        c = self.tables.subscriber_tag_relations.c
        these = (c.RelTagID == tag_id) & c.RelSubscriberID.in_(ids)
        with writing(self.engine) as connection:
            connection.execute(sa.delete(c.RelTagID.table).where(these))

    def forget_tag(self, tag_id: int) -> None:
        """Delete a tag; who had it is still in the other table."""
        table = self.tables.subscriber_tags
        with writing(self.engine) as connection:
            connection.execute(sa.delete(table).where(table.c.TagID == tag_id))

    def suppress(self, address: str, list_id: int, user_id: int) -> None:
        """On a list, in an account (list 0) or everywhere (user 0, too)."""
        table = self.tables.suppression_list
        row = {"RelListID": list_id, "RelOwnerUserID": user_id, "EmailAddress": address}
        row |= {"SuppressionSource": "User", "Reason": ""}
        self._add(table, [{name: value for name, value in row.items() if name in table.c}])

    def segment(self, segment_id: int, operator: str, groups: Sequence[Any]) -> None:
        """One of LIST, with its rules as the host writes them. An old host has no such text."""
        table = self.tables.segments
        row = {"SegmentID": segment_id, "RelListID": LIST, "RelOwnerUserID": OWNER}
        row |= {"SegmentName": f"Segment {segment_id}", "SegmentOperator": operator}
        row |= {"SegmentRulesJson": json.dumps(groups), "Options": "{}"}
        self._add(table, [{name: value for name, value in row.items() if name in table.c}])

    def forget_field(self, field_id: int) -> None:
        """Delete a field's definition; its column stays, as after half a deletion."""
        table = self.tables.custom_fields
        with writing(self.engine) as connection:
            connection.execute(sa.delete(table).where(table.c.CustomFieldID == field_id))

    def owners(self) -> dict[int, int]:
        """The owner of each list."""
        c = self.tables.subscriber_lists.c
        with self.engine.connect() as connection:
            return dict(map(tuple, connection.execute(sa.select(c.ListID, c.RelOwnerUserID))))

    def execute(self, *statements: str) -> None:
        """Changes of tables, by the host's own hand."""
        self.changed_tables = True
        for statement in statements:
            with writing(self.engine) as connection:
                connection.exec_driver_sql(statement)

    def keep_in(self, engine: str, names: Sequence[str]) -> None:
        """Keep these tables in another storage engine, until they go back."""
        self._altered = tuple(names)
        with writing(self.engine) as connection:
            for name in names:
                connection.exec_driver_sql(f"ALTER TABLE {name} ENGINE = {engine}")

    def go_back(self) -> None:
        """Keep all tables in the storage engine that is usual for this host."""
        if self._altered:
            self.keep_in(self.tables.flavour.engine, self._altered)
            self._altered = ()

    def rename(self, table: str, to: str) -> None:
        """Take one of the host's tables away, or bring it back."""
        prefix = self.tables.prefix
        self.execute(f"ALTER TABLE {prefix}{table} RENAME TO {prefix}{to}")

    def rename_column(self, list_id: int, name: str, to: str, kind: str) -> None:
        """Take a column of a list away, or bring it back."""
        shard = self.shards[list_id].name
        change = f"RENAME COLUMN {name} TO {to}"
        if self.engine.dialect.name != "sqlite":
            change = f"CHANGE COLUMN {name} {to} LONG{kind}"
        self.execute(f"ALTER TABLE {shard} {change}")

    def close(self) -> None:
        self.engine.dispose()

    def _next_id(self, list_id: int) -> int:
        shard = self.shards[list_id]
        with self.engine.connect() as connection:
            highest = connection.scalar(sa.select(sa.func.max(shard.c.SubscriberID)))
        return (highest or 0) + 1

    def _add(self, table: sa.Table, rows: Sequence[Values]) -> None:
        if rows:
            with writing(self.engine) as connection:
                connection.execute(sa.insert(table), list(rows))


def _hit(subscriber_id: int) -> dict[str, Any]:
    return {"RelListID": LIST, "RelSubscriberID": subscriber_id, "RelOwnerUserID": OWNER}
