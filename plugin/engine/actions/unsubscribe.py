"""Take the person off a list, by that list's own rules."""

from __future__ import annotations

from collections.abc import Iterator

from marshmallow import Schema, fields, validate

from plugin.domain.catalog import Catalog
from plugin.engine.kinds import Cause, Lists
from plugin.engine.membership_step import MembershipStep, list_problem
from plugin.errors import Problem


class Unsubscribe(MembershipStep):
    name = "Unsubscribe"
    label = "Unsubscribe"
    icon = "exit"
    family = "data"
    verb = "unsubscribe"
    example = {"list_id": 1}

    class Params(Schema):
        """`list_id` null: the list on which the person is in this journey. Whoever leaves that
        one leaves the journey, unless its `unsubscribed` rule lets them go on."""

        list_id = fields.Integer(
            strict=True,
            load_default=None,
            allow_none=True,
            validate=validate.Range(min=1),
            metadata={"widget": "list", "label": "List"},
        )

    def summary(self, catalog: Catalog) -> str:
        list_id = self.params["list_id"]
        which = "the list they are on" if list_id is None else catalog.list_name(list_id)
        return f"Unsubscribe from {which}"

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        yield from list_problem(catalog, "/list_id", self.params["list_id"])

    def causes(self) -> Iterator[Cause]:
        yield Cause("unsubscription", list_id=self.params["list_id"])
