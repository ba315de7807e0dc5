"""Put a tag on the person, through the host's API."""

from __future__ import annotations

from plugin.domain.catalog import Catalog
from plugin.engine.tag_step import TagStep


class AddTag(TagStep):
    name = "AddTag"
    label = "Add a tag"
    icon = "tag"
    example = {"tag_id": 12}
    verb = "tag"
    done = "tagged"
    already = "already_tagged"

    def summary(self, catalog: Catalog) -> str:
        return f"Tag with “{catalog.tag_name(self.params['tag_id'])}”"
