"""A subscriber gets a tag; of several tags, the last one that they lacked."""

from __future__ import annotations

from collections.abc import Iterator

from marshmallow import Schema

from plugin.domain.catalog import Catalog
from plugin.domain.event import Event
from plugin.engine.kinds import Cause, Lists, TriggerKind
from plugin.engine.messages import number
from plugin.engine.tagging import (
    about,
    may_be_about,
    tags_after,
    tags_field,
    tags_problems,
    tags_words,
)
from plugin.errors import Problem


class Tag(TriggerKind):
    name = "Tag"
    label = "Is tagged"
    icon = "tag"
    example = {"tag_ids": [12]}
    listens_to = ("tag",)

    class Params(Schema):
        """`tag_ids` empty: any tag. Of several, the subscriber must have all; that is known only
        from reporters that send along which tags the subscriber has by then (`data.tag_ids`)."""

        tag_ids = tags_field()

    def summary(self, catalog: Catalog) -> str:
        return f"Is tagged with {tags_words(self.params, catalog, 'all of')}"

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        return tags_problems(self.params, catalog)

    def may_hear(self, cause: Cause) -> bool:
        return may_be_about(self.params, cause) and super().may_hear(cause)

    def hears(self, event: Event) -> bool:
        return about(self.params, event)

    def lists(self) -> Lists:
        return frozenset()

    def matches(self, event: Event) -> bool:
        if not about(self.params, event):
            return False
        chosen = frozenset(self.params["tag_ids"])
        if len(chosen) < 2:
            return True
        known = tags_after(event)
        return known is not None and chosen <= known | {number(event, "tag_id")}
