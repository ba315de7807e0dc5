"""Somebody has gone through another journey to its end. Whoever is sent out of it has not."""

from __future__ import annotations

from collections.abc import Iterator

from marshmallow import Schema, fields, validate

from plugin.domain.catalog import Catalog
from plugin.domain.event import COMPLETED, Event
from plugin.engine.kinds import Cause, Lists, TriggerKind
from plugin.errors import Problem


class JourneyCompleted(TriggerKind):
    name = "JourneyCompleted"
    label = "Completes a journey"
    icon = "flag"
    example = {"journey_id": 1}
    listens_to = (COMPLETED,)

    class Params(Schema):
        """`journey_id` is another journey: none follows upon itself."""

        journey_id = fields.Integer(
            strict=True,
            required=True,
            validate=validate.Range(min=1),
            metadata={"widget": "journey", "label": "Journey"},
        )

    def summary(self, catalog: Catalog) -> str:
        return f"Completes “{catalog.journey_name(self.params['journey_id'])}”"

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        journey_id = self.params["journey_id"]
        if journey_id not in catalog.journeys:
            yield Problem("/journey_id", f"There is no journey {journey_id}. Choose another.")
        elif journey_id == catalog.this_journey:
            text = "A journey cannot start when it is completed itself. Choose another."
            yield Problem("/journey_id", text)

    def lists(self) -> Lists:
        return frozenset()

    def may_hear(self, cause: Cause) -> bool:
        return cause.type == COMPLETED and cause.journey_id == self.params["journey_id"]

    def hears(self, event: Event) -> bool:
        return self.matches(event)

    def matches(self, event: Event) -> bool:
        return bool(event.data.get("journey_id") == self.params["journey_id"])
