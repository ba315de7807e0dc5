"""Someone becomes Subscribed on a list (with double opt-in: when they confirm)."""

from __future__ import annotations

from collections.abc import Iterator

from marshmallow import Schema, fields, validate

from plugin.domain.catalog import Catalog
from plugin.domain.event import Event
from plugin.engine.kinds import Lists, TriggerKind
from plugin.errors import Problem


class ListSubscription(TriggerKind):
    name = "ListSubscription"
    label = "Subscribes to a list"
    icon = "bolt"
    example = {"list_ids": [1]}
    listens_to = ("subscription",)

    class Params(Schema):
        """`list_ids` empty: any list of the owner."""

        list_ids = fields.List(
            fields.Integer(strict=True, validate=validate.Range(min=1)),
            load_default=list,
            validate=validate.Length(max=100),
            metadata={"widget": "lists", "label": "Lists"},
        )

    def summary(self, catalog: Catalog) -> str:
        names = [catalog.list_name(i) for i in self.params["list_ids"]]
        return f"Subscribes to {' or '.join(names)}" if names else "Subscribes to any list"

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        for place, list_id in enumerate(self.params["list_ids"]):
            if list_id not in catalog.lists:
                yield Problem(f"/list_ids/{place}", f"There is no list {list_id}. Choose another.")

    def lists(self) -> Lists:
        return frozenset(self.params["list_ids"])

    def matches(self, event: Event) -> bool:
        chosen = self.params["list_ids"]
        return not chosen or event.list_id in chosen
