"""What people do with e-mails: opening, clicking, converting. Triggers and waits know them by this.

What machines do never counts: see routing.
"""

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

WAYS = {"exact": "", "prefix": "beginning with ", "contains": "containing "}


class UrlParams(Schema):
    """Letters count as they are: `exact` is the whole address, with its query."""

    match = fields.String(required=True, validate=validate.OneOf(list(WAYS)))
    value = fields.String(required=True, validate=validate.Length(min=1, max=2048))


class Opening(TriggerKind):
    """Somebody opens an e-mail."""

    listens_to = ("open",)

    class Params(Schema):
        """E-mails and campaigns, any of those named; none named: any e-mail."""

        email_ids = emails_field()
        campaign_ids = campaigns_field()

    def summary(self, catalog: Catalog) -> str:
        return f"Opens {message_words(self.params, catalog)}"

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        yield from message_problems(self.params, catalog)

    def lists(self) -> Lists:
        return frozenset()

    def matches(self, event: Event) -> bool:
        return of_message(self.params, event)


class Clicking(TriggerKind):
    """Somebody clicks a link in an e-mail."""

    listens_to = ("click",)

    class Params(Schema):
        """E-mails and campaigns as for an open; with `url` only links that it describes."""

        email_ids = emails_field()
        campaign_ids = campaigns_field()
        url = fields.Nested(UrlParams, load_default=None, allow_none=True)

    def summary(self, catalog: Catalog) -> str:
        url = self.params["url"]
        link = f"a link {WAYS[url['match']]}“{url['value']}”" if url else "any link"
        return f"Clicks {link} in {message_words(self.params, catalog)}"

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        yield from message_problems(self.params, catalog)

    def lists(self) -> Lists:
        return frozenset()

    def matches(self, event: Event) -> bool:
        return of_message(self.params, event) and self._fits(str(event.data.get("url") or ""))

    def _fits(self, clicked: str) -> bool:
        url = self.params["url"]
        if url is None:
            return True
        match url["match"]:
            case "exact":
                return bool(clicked == url["value"])
            case "prefix":
                return clicked.startswith(url["value"])
            case _:
                return url["value"] in clicked


class Converting(TriggerKind):
    """A conversion is recorded for somebody."""

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
