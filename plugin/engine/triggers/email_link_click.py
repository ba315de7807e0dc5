"""Someone clicks a link in an e-mail. What machines click never counts: see routing."""

from __future__ import annotations

from collections.abc import Iterator

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


class EmailLinkClick(TriggerKind):
    name = "EmailLinkClick"
    label = "Clicks a link"
    icon = "go"
    example = {"url": {"match": "contains", "value": "/pricing"}}
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
