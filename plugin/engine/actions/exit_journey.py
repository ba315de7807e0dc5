"""Take people out of chosen journeys."""

from __future__ import annotations

from collections.abc import Iterator

from marshmallow import Schema, fields, validate

from plugin.domain.catalog import Catalog
from plugin.domain.enrollment import Batch, End, Next, Outcomes
from plugin.engine.exits_port import Causes
from plugin.engine.kinds import Action, Lists
from plugin.engine.ports import Work
from plugin.errors import Problem


class ExitJourney(Action):
    name = "ExitJourney"
    label = "Exit a journey"
    icon = "exit"
    family = "end"
    example = {"journey_ids": [1]}

    class Params(Schema):
        """The journeys that the person leaves; this one may be among them."""

        journey_ids = fields.List(
            fields.Integer(strict=True, validate=validate.Range(min=1)),
            required=True,
            validate=validate.Length(min=1, max=100),
            metadata={"widget": "journeys", "label": "Journeys"},
        )

    def summary(self, catalog: Catalog) -> str:
        names = [f"“{catalog.journey_name(i)}”" for i in self.params["journey_ids"]]
        return f"Leaves {' and '.join(names)}"

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        for place, journey_id in enumerate(self.params["journey_ids"]):
            if journey_id not in catalog.journeys:
                text = f"There is no journey {journey_id}. Choose another."
                yield Problem(f"/journey_ids/{place}", text)

    def run(self, batch: Batch, work: Work) -> Outcomes:
        causes = Causes.of(batch)
        work.exits.of_people(causes, self.params["journey_ids"])
        this_one_too = batch.journey_id in self.params["journey_ids"]
        return dict.fromkeys(batch.subscribers, End("exited") if this_one_too else Next())
