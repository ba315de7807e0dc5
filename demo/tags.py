"""Tags of subscribers: which a list has, who has which, and putting them on and taking them off."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, func, select

from demo.database import changed
from demo.events import Event
from demo.reading import HostList
from demo.rows import rows_of
from demo.schema import HostTables

Verb = Literal["tag", "untag"]

MAX_NAME = 250
_NAME = re.compile(r"[\w %-]+")


class BadName(Exception):
    """A name that no tag may have, or that another tag of the list has."""

    def __init__(self, reason: Literal["empty", "form", "taken"]) -> None:
        super().__init__(reason)
        self.reason = reason


def of_list(connection: Connection, tables: HostTables, list_id: int) -> Sequence[Row[Any]]:
    """The tags of a list, oldest first, with the number of people who have each."""
    tags, relations = tables.subscriber_tags, tables.subscriber_tag_relations
    people = select(func.count()).where(relations.c.RelTagID == tags.c.TagID).scalar_subquery()
    query = select(tags, people.label("People")).where(tags.c.RelListID == list_id)
    return connection.execute(query.order_by(tags.c.TagID)).all()


def of_person(
    connection: Connection, tables: HostTables, list_id: int, subscriber_id: int
) -> Sequence[Row[Any]]:
    """What somebody is tagged with, oldest tag first."""
    tags, relations = tables.subscriber_tags, tables.subscriber_tag_relations
    has = relations.c.RelTagID == tags.c.TagID
    query = (
        select(tags)
        .join(relations, has)
        .where(relations.c.RelListID == list_id, relations.c.RelSubscriberID == subscriber_id)
    )
    return connection.execute(query.order_by(tags.c.TagID)).all()


def untag_all(connection: Connection, tables: HostTables, list_id: int, ids: Sequence[int]) -> None:
    """Somebody who is deleted has no tags."""
    c = tables.subscriber_tag_relations.c
    gone = tables.subscriber_tag_relations.delete()
    connection.execute(gone.where(c.RelListID == list_id, c.RelSubscriberID.in_(ids)))


@dataclass(frozen=True)
class Tagging:
    """The verbs, each one transaction, for one owner's list."""

    engine: Engine
    tables: HostTables
    now: datetime

    def change(
        self, of: HostList, verb: Verb, tag_ids: Collection[int], ids: Sequence[int]
    ) -> list[Event]:
        """Puts tags of the list on its people, or takes them off; one event for each that was not
        so before. Ids that are not there are passed over."""

        def work(connection: Connection) -> list[Event]:
            # One at a time: the host has no unique key of tag and subscriber.
            lists = self.tables.subscriber_lists
            this = select(lists.c.ListID).where(lists.c.ListID == of.id)
            connection.execute(this.with_for_update()).all()
            people = rows_of(connection, of.shard, ids)
            return [e for one in people for e in self._one(connection, of, verb, tag_ids, one)]

        return changed(self.engine, work)

    def create(self, of: HostList, name: str, description: str) -> int:
        """The id of the new tag. Raises BadName."""

        def work(connection: Connection) -> int:
            values = {
                "RelListID": of.id,
                "RelOwnerUserID": of.owner_id,
                "TagName": self._name(connection, of, name),
                "TagDescription": description,
            }
            made = connection.execute(self.tables.subscriber_tags.insert().values(values))
            return int(made.inserted_primary_key[0])  # type: ignore[index]

        return changed(self.engine, work)

    def update(self, of: HostList, tag_id: int, name: str | None, description: str | None) -> bool:
        """Only what is given. False: the list has no such tag. Raises BadName."""
        tags = self.tables.subscriber_tags

        def work(connection: Connection) -> bool:
            if tag_id not in {row.TagID for row in of_list(connection, self.tables, of.id)}:
                return False
            values: dict[str, str] = {}
            if name is not None:
                values["TagName"] = self._name(connection, of, name, tag_id)
            if description is not None:
                values["TagDescription"] = description
            if values:
                this = tags.c.TagID == tag_id
                connection.execute(tags.update().where(this).values(values))
            return True

        return changed(self.engine, work)

    def delete(self, of: HostList, tag_ids: Collection[int]) -> None:
        """With all that is tagged with them; ids of other lists are passed over."""
        tags, relations = self.tables.subscriber_tags, self.tables.subscriber_tag_relations

        def work(connection: Connection) -> None:
            for table, key in ((relations, "RelTagID"), (tags, "TagID")):
                these = (table.c.RelListID == of.id) & table.c[key].in_(tag_ids)
                connection.execute(table.delete().where(these))

        changed(self.engine, work)

    def _one(
        self,
        connection: Connection,
        of: HostList,
        verb: Verb,
        tag_ids: Collection[int],
        person: Mapping[str, Any],
    ) -> list[Event]:
        number, relations = int(person["SubscriberID"]), self.tables.subscriber_tag_relations
        has = {row.TagID for row in of_person(connection, self.tables, of.id, number)}
        events = []
        for tag_id in tag_ids:
            if (tag_id in has) == (verb == "tag"):
                continue
            row = {"RelTagID": tag_id, "RelListID": of.id, "RelSubscriberID": number}
            if verb == "tag":
                connection.execute(relations.insert().values(row))
            else:
                same = [relations.c[name] == value for name, value in row.items()]
                connection.execute(relations.delete().where(*same))
            has ^= {tag_id}
            data = {"tag_id": tag_id, "tag_ids": sorted(has)}
            events.append(Event(verb, self.now, of.id, number, person["EmailAddress"], data))
        return events

    def _name(
        self, connection: Connection, of: HostList, name: str, tag_id: int | None = None
    ) -> str:
        """As the host keeps it: trimmed, in lower case, once in a list."""
        kept = name.strip().lower()
        if not kept:
            raise BadName("empty")
        if not _NAME.fullmatch(kept) or "\n" in kept or len(kept) > MAX_NAME:
            raise BadName("form")
        for row in of_list(connection, self.tables, of.id):
            if row.TagName == kept and row.TagID != tag_id:
                raise BadName("taken")
        return kept
