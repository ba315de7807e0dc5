"""A tag is taken from a subscriber; of several tags, the last one that they had."""

from __future__ import annotations

from marshmallow import Schema

from plugin.domain.catalog import Catalog
from plugin.domain.event import Event
from plugin.engine.kinds import Lists, TriggerKind
from plugin.engine.messages import number
from plugin.engine.tagging import about, tags_after, tags_field, tags_words


class UnTag(TriggerKind):
    name = "UnTag"
    label = "Loses a tag"
    icon = "tag"
    example = {"tag_ids": [12]}
    listens_to = ("untag",)

    class Params(Schema):
        """`tag_ids` empty: any tag. Of several, none may be left; that is known only from
        reporters that send along which tags the subscriber has by then (`data.tag_ids`)."""

        tag_ids = tags_field()

    def summary(self, catalog: Catalog) -> str:
        return f"Loses {tags_words(self.params, 'the last of')}"

    def lists(self) -> Lists:
        return frozenset()

    def matches(self, event: Event) -> bool:
        if not about(self.params, event):
            return False
        chosen = frozenset(self.params["tag_ids"])
        if len(chosen) < 2:
            return True
        known = tags_after(event)
        return known is not None and not chosen & known - {number(event, "tag_id")}
