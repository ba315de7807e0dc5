"""A conversion is recorded for someone, such as an order in a shop."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from marshmallow import Schema, fields, validate

from plugin.domain.catalog import Catalog
from plugin.domain.event import Event
from plugin.engine.kinds import Lists, TriggerKind
from plugin.engine.messages import (
    campaigns_field,
    emails_field,
    message_problems,
    message_words,
    of_message,
)
from plugin.errors import Problem


class EmailConversion(TriggerKind):
    name = "EmailConversion"
    label = "Converts"
    icon = "target"
    example = {"minimum": 50}
    listens_to = ("conversion",)

    class Params(Schema):
        """`minimum` is the least value that counts, in whatever currency the host records; 0
        takes conversions without a value too."""

        email_ids = emails_field()
        campaign_ids = campaigns_field()
        minimum = fields.Float(
            load_default=0.0,
            validate=validate.Range(min=0, max=10**9),
            metadata={"label": "Minimum value"},
        )

    def summary(self, catalog: Catalog) -> str:
        minimum = self.params["minimum"]
        least = f" with {minimum:g} or more" if minimum else ""
        through = message_words(self.params, catalog)
        return f"Converts{least}, through {through}"

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        yield from message_problems(self.params, catalog)

    def lists(self) -> Lists:
        return frozenset()

    def matches(self, event: Event) -> bool:
        if not of_message(self.params, event):
            return False
        minimum = Decimal(str(self.params["minimum"]))  # as it was written, not as it is stored
        value = _amount(event)
        return not minimum or (value is not None and value >= minimum)


def _amount(event: Event) -> Decimal | None:
    """The value of a conversion; None where it is no number."""
    try:
        amount = Decimal(str(event.data.get("value")))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
