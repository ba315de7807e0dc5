"""Take a tag off the person, through the host's API."""

from __future__ import annotations

from plugin.domain.catalog import Catalog
from plugin.engine.tag_step import TagStep


class RemoveTag(TagStep):
    name = "RemoveTag"
    label = "Remove a tag"
    icon = "tag"
    example = {"tag_id": 12}
    verb = "untag"
    done = "untagged"
    already = "already_untagged"

    def summary(self, catalog: Catalog) -> str:
        return f"Take off the tag “{catalog.tag_name(self.params['tag_id'])}”"
