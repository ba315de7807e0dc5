"""Someone opens an e-mail. Automated opens never count: the routing leaves them out."""

from __future__ import annotations

from collections.abc import Iterator

from marshmallow import Schema

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


class EmailOpen(TriggerKind):
    name = "EmailOpen"
    label = "Opens an e-mail"
    icon = "mail"
    example = {"email_ids": [1]}
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
