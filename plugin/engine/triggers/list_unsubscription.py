"""Someone becomes Unsubscribed on a list. People in such a journey need not be subscribed."""

from __future__ import annotations

from collections.abc import Iterator

from marshmallow import Schema

from plugin.domain.catalog import Catalog
from plugin.domain.event import Event
from plugin.engine.choices import either, missing, some_of
from plugin.engine.kinds import Lists, TriggerKind
from plugin.errors import Problem


class ListUnsubscription(TriggerKind):
    name = "ListUnsubscription"
    label = "Unsubscribes from a list"
    icon = "exit"
    example = {"list_ids": [1]}
    listens_to = ("unsubscription",)

    class Params(Schema):
        """`list_ids` empty: any list of the owner."""

        list_ids = some_of("Lists", "lists")

    def summary(self, catalog: Catalog) -> str:
        names = [catalog.list_name(i) for i in self.params["list_ids"]]
        return f"Unsubscribes from {either(names, 'any list')}"

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        yield from missing("/list_ids", self.params["list_ids"], catalog.lists, "list")

    def lists(self) -> Lists:
        return frozenset(self.params["list_ids"])

    def matches(self, event: Event) -> bool:
        chosen = self.params["list_ids"]
        return not chosen or event.list_id in chosen
