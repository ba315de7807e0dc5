"""Events of other systems, by their names and properties. Triggers and waits know them by this."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from plugin.domain.catalog import Catalog
from plugin.domain.event import Event, as_text
from plugin.domain.properties import OPERATORS, Condition, holds, value_problem
from plugin.engine.kinds import Lists, TriggerKind

MOST_CONDITIONS = 50
LONGEST = 250


def _name(**options: Any) -> fields.String:
    return fields.String(validate=validate.Length(min=1, max=LONGEST), **options)


class ConditionParams(Schema):
    """One condition on a property; a `.` leads into properties of properties."""

    property = _name(required=True)
    operator = fields.String(required=True, validate=validate.OneOf(list(OPERATORS)))
    value = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=5000))

    @validates_schema
    def _value_fits(self, data: dict[str, Any], **_: object) -> None:
        if problem := value_problem(data["operator"], data["value"]):
            raise ValidationError(problem, "value")


class Custom(TriggerKind):
    """Events come by the signed door for events, of the type `custom`."""

    listens_to = ("custom",)

    class Params(Schema):
        """All `conditions` must hold. `correlation` names a property that tells the matters of
        one person apart, such as their orders: the re-entry rule then counts per person and
        value, so that two carts of one person are two passages. Who comes without a value of it
        does not enter."""

        event = _name(required=True, metadata={"label": "Name of the event"})
        conditions = fields.List(
            fields.Nested(ConditionParams),
            load_default=list,
            validate=validate.Length(max=MOST_CONDITIONS),
        )
        correlation = _name(load_default=None, allow_none=True, metadata={"label": "Told apart by"})

    def summary(self, catalog: Catalog) -> str:
        conditions = [_words(one) for one in self.params["conditions"][:3]]
        more = len(self.params["conditions"]) - len(conditions)
        conditions += [f"{more} more"] if more else []
        where = f" where {_short(' and '.join(conditions), 120)}" if conditions else ""
        apart = self.params["correlation"]
        each = f", once for each {_short(apart)}" if apart else ""
        return f"“{_short(self.params['event'])}” happens{where}{each}"

    def lists(self) -> Lists:
        return frozenset()

    def matches(self, event: Event) -> bool:
        if event.data.get("name") != self.params["event"]:
            return False
        if self.params["correlation"] and self.correlation(event) is None:
            return False
        conditions = (Condition(**one) for one in self.params["conditions"])
        return all(holds(one, _properties(event)) for one in conditions)

    def correlation(self, event: Event) -> str | None:
        name = self.params["correlation"]
        value = _properties(event).get(name) if name else None
        return None if isinstance(value, dict | list) else as_text(value) or None


def _properties(event: Event) -> dict[str, Any]:
    found = event.data.get("properties")
    return found if isinstance(found, dict) else {}


def _words(condition: dict[str, Any]) -> str:
    words = f"{condition['property']} {OPERATORS[condition['operator']]}"
    return words if condition["value"] is None else f"{words} “{condition['value']}”"


def _short(text: str, most: int = 40) -> str:
    """As it may stand in one line."""
    line = " ".join(text.split()).replace("{", "(")
    return line if len(line) <= most else line[: most - 1] + "…"
