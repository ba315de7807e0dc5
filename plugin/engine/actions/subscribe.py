"""Put the person on a list, by that list's own rules."""

from __future__ import annotations

from collections.abc import Iterator

from marshmallow import Schema, fields, validate

from plugin.domain.catalog import Catalog
from plugin.engine.kinds import Lists
from plugin.engine.membership_step import MembershipStep, list_problem
from plugin.errors import Problem


class Subscribe(MembershipStep):
    name = "Subscribe"
    label = "Subscribe"
    icon = "inlist"
    family = "data"
    verb = "subscribe"
    example = {"list_id": 1}

    class Params(Schema):
        """Whoever has left that list, bounced there or is suppressed stays off it and goes on with
        the reason in their history. `revive` brings them back; a suppression stays, and the host
        still sends nothing to that address."""

        list_id = fields.Integer(
            strict=True,
            required=True,
            validate=validate.Range(min=1),
            metadata={"widget": "list", "label": "List"},
        )
        revive = fields.Boolean(
            load_default=False,
            truthy={True},
            falsy={False},
            metadata={"label": "Bring back who has left"},
        )

    def summary(self, catalog: Catalog) -> str:
        back = ", also who has left it" if self.params["revive"] else ""
        return f"Subscribe to {catalog.list_name(self.params['list_id'])}{back}"

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        list_id = self.params["list_id"]
        yield from list_problem(catalog, "/list_id", list_id)
        found = catalog.lists.get(list_id)
        if found and found.double_opt_in and catalog.writes == "tables":
            yield Problem(
                "/list_id",
                f"“{found.name}” asks people to confirm (double opt-in), and only the host can ask"
                " them. Choose another list, or let the admin set JOURNEYS_HOST_WRITES=api.",
            )

    def notes(self, catalog: Catalog) -> Iterator[str]:
        yield from super().notes(catalog)
        if catalog.writes == "tables":
            yield "This list's autoresponders will not start: Journeys writes to the tables only."
