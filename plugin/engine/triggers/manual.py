"""Nobody enters by themselves: only by hand, by the API or from another journey."""

from __future__ import annotations

from plugin.domain.catalog import Catalog
from plugin.domain.event import Event
from plugin.engine.kinds import TriggerKind


class Manual(TriggerKind):
    name = "Manual"
    label = "By hand or API"
    icon = "people"
    example = {}

    def summary(self, catalog: Catalog) -> str:
        return "Enrolled by hand or API"

    def matches(self, event: Event) -> bool:
        return False
