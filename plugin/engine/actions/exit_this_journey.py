"""Leave this journey here."""

from __future__ import annotations

from plugin.domain.catalog import Catalog
from plugin.domain.enrollment import Batch, End, Outcomes
from plugin.engine.kinds import Action
from plugin.engine.ports import Work


class ExitThisJourney(Action):
    name = "ExitThisJourney"
    label = "Exit this journey"
    icon = "exit"
    family = "end"
    onward = "nowhere"
    asks_nobody = True
    example = {}

    def summary(self, catalog: Catalog) -> str:
        return "The journey ends here for everyone"

    def run(self, batch: Batch, work: Work) -> Outcomes:
        return dict.fromkeys(batch.subscribers, End("exited"))
