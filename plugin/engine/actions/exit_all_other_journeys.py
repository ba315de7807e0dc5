"""Take people out of every other journey of the account."""

from __future__ import annotations

from plugin.domain.catalog import Catalog
from plugin.domain.enrollment import Batch, Next, Outcomes
from plugin.engine.exits_port import Causes
from plugin.engine.kinds import Action
from plugin.engine.ports import Work


class ExitAllOtherJourneys(Action):
    """Other passages of the same person through this very journey, such as for another order, go
    on: two that stand at this step would send each other out."""

    name = "ExitAllOtherJourneys"
    label = "Exit all other journeys"
    icon = "exit"
    family = "end"
    example = {}

    def summary(self, catalog: Catalog) -> str:
        return "Leaves every journey but this one"

    def run(self, batch: Batch, work: Work) -> Outcomes:
        causes = Causes.of(batch)
        work.exits.of_people(causes, None, elsewhere=True)
        return dict.fromkeys(batch.subscribers, Next())
