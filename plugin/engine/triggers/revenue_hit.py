"""Revenue of a subscriber is recorded, of a least amount."""

from __future__ import annotations

from decimal import Decimal

from marshmallow import Schema, fields, validate

from plugin.domain.catalog import Catalog
from plugin.domain.event import Event
from plugin.domain.properties import as_number
from plugin.engine.kinds import Lists, TriggerKind


class RevenueHit(TriggerKind):
    name = "RevenueHit"
    label = "Brings in revenue"
    icon = "target"
    example = {"amount": 100}
    listens_to = ("revenue",)

    class Params(Schema):
        """`amount` is the least that counts, at one time and in whatever currency the host
        records, in whole units and not in cents; 0 takes any."""

        amount = fields.Float(
            load_default=0.0,
            validate=validate.Range(min=0, max=10**9),
            metadata={"label": "Least amount"},
        )

    def summary(self, catalog: Catalog) -> str:
        amount = self.params["amount"]
        return f"Brings in {amount:.10g} or more" if amount else "Brings in any revenue"

    def lists(self) -> Lists:
        return frozenset()

    def matches(self, event: Event) -> bool:
        amount = as_number(event.data.get("amount"))
        return amount is not None and amount >= Decimal(str(self.params["amount"]))
