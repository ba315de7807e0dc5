"""Take people out of every journey of the account, this one included."""

from __future__ import annotations

from plugin.domain.catalog import Catalog
from plugin.domain.enrollment import Batch, End, Outcomes
from plugin.engine.exits_port import Causes
from plugin.engine.kinds import Action
from plugin.engine.ports import Work


class ExitAllJourneys(Action):
    name = "ExitAllJourneys"
    label = "Exit all journeys"
    icon = "exit"
    family = "end"
    onward = "nowhere"
    example = {}

    def summary(self, catalog: Catalog) -> str:
        return "Leaves every journey, this one too"

    def run(self, batch: Batch, work: Work) -> Outcomes:
        causes = Causes.of(batch)
        work.exits.of_people(causes, None)
        return dict.fromkeys(batch.subscribers, End("exited"))
