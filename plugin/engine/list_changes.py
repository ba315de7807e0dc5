"""Joining and leaving lists. Triggers and waits know them by this."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from marshmallow import Schema

from plugin.domain.catalog import Catalog
from plugin.domain.event import Event
from plugin.engine.choices import either, missing, some_of
from plugin.engine.kinds import Lists, TriggerKind
from plugin.errors import Problem


class ListChange(TriggerKind):
    """Somebody's row of a list changes."""

    words: ClassVar[str]  #: as in “Subscribes to”

    class Params(Schema):
        """`list_ids` empty: any list of the owner."""

        list_ids = some_of("Lists", "lists")

    def summary(self, catalog: Catalog) -> str:
        names = [catalog.list_name(i) for i in self.params["list_ids"]]
        return f"{self.words} {either(names, 'any list')}"

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        yield from missing("/list_ids", self.params["list_ids"], catalog.lists, "list")

    def lists(self) -> Lists:
        return frozenset(self.params["list_ids"])

    def matches(self, event: Event) -> bool:
        chosen = self.params["list_ids"]
        return not chosen or event.list_id in chosen


class Joining(ListChange):
    """Somebody becomes Subscribed; with double opt-in when they confirm."""

    listens_to = ("subscription",)
    words = "Subscribes to"


class Leaving(ListChange):
    """Somebody becomes Unsubscribed."""

    listens_to = ("unsubscription",)
    words = "Unsubscribes from"
