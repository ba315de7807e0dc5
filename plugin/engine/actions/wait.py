"""Wait a while, and then for the next opening of a window if there is one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from plugin.domain import waits
from plugin.domain.catalog import Catalog
from plugin.domain.enrollment import Batch, Outcomes, Until
from plugin.engine.kinds import Action
from plugin.engine.ports import Work
from plugin.engine.windows import WindowParams, in_words, window_of

MAX_AMOUNT = {"seconds": 10**7, "minutes": 10**6, "hours": 87_600, "days": 3_650}


class Wait(Action):
    name = "Wait"
    label = "Wait"
    icon = "clock"
    family = "time"
    onward = "later"
    asks_nobody = True
    example = {"amount": 2, "unit": "days"}

    class Params(Schema):
        amount = fields.Integer(
            strict=True,
            required=True,
            validate=validate.Range(min=1),
            metadata={"label": "How long"},
        )
        unit = fields.String(required=True, validate=validate.OneOf([u.value for u in waits.Unit]))
        window = fields.Nested(WindowParams, load_default=None, allow_none=True)

        @validates_schema
        def not_too_long(self, data: dict[str, Any], **_: object) -> None:
            limit = MAX_AMOUNT[data["unit"]]
            if data["amount"] > limit:
                raise ValidationError(f"At most {limit} {data['unit']}.", "amount")

    def summary(self, catalog: Catalog) -> str:
        amount, unit = self.params["amount"], self.params["unit"]
        base = f"{amount} {unit if amount != 1 else unit.removesuffix('s')}"
        window = self.params["window"]
        return f"{base}, then {in_words(window)}" if window else base

    def opening(self, at: datetime, zone: str) -> datetime:
        window = window_of(self.params["window"])
        return waits.next_opening(at, window, waits.find_zone(zone)) if window else at

    def run(self, batch: Batch, work: Work) -> Outcomes:
        until = self.anew(batch.now, batch.zone, batch.now)
        return dict.fromkeys(batch.subscribers, until)

    def anew(self, since: datetime, zone: str, now: datetime) -> Until:
        """Where the bare wait is over already, the window is that of `now`."""
        clocks = waits.find_zone(zone)
        delay = waits.Delay(self.params["amount"], waits.Unit(self.params["unit"]))
        base = waits.after(since, delay, clocks)
        window = window_of(self.params["window"])
        due = waits.next_opening(max(base, now), window, clocks) if window else base
        detail = {
            "from": since.isoformat(),
            "base": base.isoformat(),
            "until": due.isoformat(),
            "zone": zone,
        }
        return Until(due, detail)
