"""Subscribers' tags as the host's tables have them: which there are, and who has which.

What is taken for granted, for the host does not say it: a row of the relation is one tag of one
subscriber of one list, and what is left of a tag that was deleted counts for nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

import sqlalchemy as sa

from plugin.domain.catalog import HostTag
from plugin.domain.criteria import Answer, TagRule
from plugin.domain.enrollment import SubscriberId
from plugin.engine.tagging_port import TagSight
from plugin.errors import CannotEvaluate
from plugin.host.columns import HostTable
from plugin.host.membership import rows_elsewhere
from plugin.host.reading import Reader
from plugin.host.schema import TAGGED, TAGS, HostSchema
from plugin.host.values import SEEN_CHARACTERS
from plugin.sql.among import among

#: The tags of people; who has none is left out.
TagsOf = Mapping[SubscriberId, Set[int]]

_TRUTHS: Mapping[str, Callable[[Set[int], Set[int]], bool]] = {
    "has_any": lambda wanted, has: bool(wanted & has),
    "has_all": lambda wanted, has: wanted <= has,
    "has_none": lambda wanted, has: not wanted & has,
}
UNTAGGED = "no such tag"


def tags_of_owner(
    connection: sa.Connection,
    schema: HostSchema,
    user_id: int,
    only: Collection[int] | None = None,
) -> Mapping[int, HostTag] | None:
    """By id, all of them or those of `only`; None when the host's tables of tags cannot be read.
    One statement."""
    found = schema.optional_table(connection, *TAGS)
    if found is None:
        return None
    c = found.clause.c
    query = sa.select(c["TagID"], c["TagName"], c["RelListID"])
    query = query.where(c["RelOwnerUserID"] == user_id).order_by(c["TagID"])
    if only is not None:
        query = query.where(among(c["TagID"], only))
    return {row[0]: HostTag(row[0], row[1] or "", row[2]) for row in connection.execute(query)}


@dataclass(frozen=True, slots=True)
class Tagging:
    """The tags of people of the reader's list, which is `owner`'s."""

    reader: Reader
    owner: int

    def answers(
        self, ids: Sequence[SubscriberId], rules: Sequence[TagRule]
    ) -> Sequence[Callable[[SubscriberId], Answer]]:
        """For each rule, everybody's answer to it.

        Two statements for tags of the reader's list, and two for each other list whose tags are
        asked about. Raises CannotEvaluate: `tags_missing`, or `tag_missing` for a tag that is gone
        or another account's.
        """
        known = self._known(rules)
        lists = {known[i].list_id for rule in rules for i in rule.tags}
        if any(not rule.tags for rule in rules):
            lists.add(self.reader.list_id)
        has: dict[SubscriberId, set[int]] = defaultdict(set)
        for list_id in sorted(lists):
            of_list = [tag.tag_id for tag in known.values() if tag.list_id == list_id]
            for subscriber_id, tags in self._on(list_id, ids, of_list).items():
                has[subscriber_id] |= tags
        return [self._answering(rule, known, has) for rule in rules]

    def sight(self, ids: Sequence[SubscriberId], tag_id: int) -> TagSight:
        """See engine.tagging_port."""
        reader = self.reader
        found = tags_of_owner(reader.connection, reader.schema, self.owner, [tag_id])
        if found is None:
            return TagSight(reader.list_id, {i: i for i in ids}, None)
        if tag_id not in found:
            raise no_tag(tag_id)
        home = found[tag_id].list_id
        if home == reader.list_id:
            rows = {i: i for i in ids}
        else:
            rows = {i: of[0] for i, of in rows_elsewhere(reader, ids, home).items()}
        try:
            has = tagged(reader.connection, reader.schema, home, [tag_id], rows.values())
        except CannotEvaluate:
            return TagSight(home, rows, None)
        return TagSight(home, rows, {i for i, row in rows.items() if row in has})

    def all_of(self, ids: Sequence[SubscriberId]) -> TagsOf | None:
        """See engine.tagging_port.TagsOfPeople.tags_on."""
        reader = self.reader
        known = tags_of_owner(reader.connection, reader.schema, self.owner)
        if known is None:
            return None
        try:
            return tagged(reader.connection, reader.schema, reader.list_id, known, ids)
        except CannotEvaluate:
            return None

    def _answering(
        self, rule: TagRule, known: Mapping[int, HostTag], has: TagsOf
    ) -> Callable[[SubscriberId], Answer]:
        here = [i for i, tag in known.items() if tag.list_id == self.reader.list_id]
        wanted = frozenset(rule.tags or here)

        def answer(subscriber_id: SubscriberId) -> Answer:
            found = wanted & has.get(subscriber_id, frozenset())
            names = ", ".join(known[i].name for i in sorted(found))
            seen = names[:SEEN_CHARACTERS] or UNTAGGED
            return Answer(_TRUTHS[rule.operator](wanted, found), seen)

        return answer

    def _known(self, rules: Sequence[TagRule]) -> Mapping[int, HostTag]:
        reader = self.reader
        named = {tag_id for rule in rules for tag_id in rule.tags}
        only = named if all(rule.tags for rule in rules) else None
        found = tags_of_owner(reader.connection, reader.schema, self.owner, only)
        if found is None:
            raise _no_tables(reader.schema, TAGS[0])
        for rule in rules:
            for tag_id in rule.tags:
                if tag_id not in found:
                    raise no_tag(tag_id)
        return found

    def _on(
        self, list_id: int, ids: Sequence[SubscriberId], tags: Collection[int]
    ) -> Mapping[SubscriberId, Set[int]]:
        """The tags of these people on a list, found there by their address if it is another."""
        reader = self.reader
        if list_id == reader.list_id:
            return tagged(reader.connection, reader.schema, list_id, tags, ids)
        rows = rows_elsewhere(reader, ids, list_id)
        there = {row for of in rows.values() for row in of}
        found = tagged(reader.connection, reader.schema, list_id, tags, there)
        return {
            subscriber_id: set().union(*(found.get(row, frozenset()) for row in of))
            for subscriber_id, of in rows.items()
        }


def tagged(
    connection: sa.Connection,
    schema: HostSchema,
    list_id: int,
    tags: Iterable[int],
    ids: Iterable[SubscriberId],
) -> TagsOf:
    """Which of these tags these subscribers of a list have. One statement.

    Whose the list and the tags are, the caller knows. Raises CannotEvaluate(`tags_missing`).
    """
    c = _relations(connection, schema).clause.c
    query = sa.select(c["RelSubscriberID"], c["RelTagID"]).where(
        c["RelListID"] == list_id,
        among(c["RelSubscriberID"], ids),
        among(c["RelTagID"], tags),
    )
    found: dict[SubscriberId, set[int]] = defaultdict(set)
    for subscriber_id, tag_id in connection.execute(query):
        found[subscriber_id].add(tag_id)
    return found


def _relations(connection: sa.Connection, schema: HostSchema) -> HostTable:
    found = schema.optional_table(connection, *TAGGED)
    if found is None:
        raise _no_tables(schema, TAGGED[0])
    return found


def _no_tables(schema: HostSchema, name: str) -> CannotEvaluate:
    return CannotEvaluate(
        "tags_missing",
        f"The host's table {schema.prefix}{name}, or a column of it, cannot be found, so who has"
        " which tag is not known. Run `journeys doctor`.",
    )


def no_tag(tag_id: int) -> CannotEvaluate:
    return CannotEvaluate(
        "tag_missing", f"This account has no tag {tag_id} any more. Choose another tag."
    )
