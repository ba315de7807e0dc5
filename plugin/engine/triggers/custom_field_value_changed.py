"""The value of a custom field changes: any change, or one from a certain value or to one."""

from __future__ import annotations

from collections.abc import Iterator

from marshmallow import Schema, fields, validate

from plugin.domain.catalog import Catalog
from plugin.domain.event import Event, as_text
from plugin.engine.choices import either, missing, some_of
from plugin.engine.kinds import Cause, Lists, TriggerKind
from plugin.engine.messages import number
from plugin.errors import Problem

LONGEST = 5000


def _value(label: str) -> fields.String:
    return fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=LONGEST),
        metadata={"label": label},
    )


class CustomFieldValueChanged(TriggerKind):
    name = "CustomFieldValueChanged"
    label = "Has a field changed"
    icon = "field"
    example = {"list_ids": [1], "field": 3, "from_value": "silver", "to_value": "gold"}
    listens_to = ("field_changed",)

    class Params(Schema):
        """`list_ids` empty: any list of the owner; `field` null: any field. `from_value` and
        `to_value` null: whatever it was and is; '' means not set. Values are compared letter by
        letter, as they stand in the event."""

        list_ids = some_of("Lists", "lists")
        field = fields.Integer(
            strict=True,
            load_default=None,
            allow_none=True,
            validate=validate.Range(min=1),
            metadata={"widget": "custom_field"},
        )
        from_value = _value("From")
        to_value = _value("To")

    def summary(self, catalog: Catalog) -> str:
        number_ = self.params["field"]
        what = "Any field" if number_ is None else catalog.label(f"CustomField{number_}")
        values = [("from", self.params["from_value"]), ("to", self.params["to_value"])]
        change = [f"{word} {_words(value)}" for word, value in values if value is not None]
        names = [catalog.list_name(i) for i in self.params["list_ids"]]
        where = f", on {either(names, 'any list')}" if names else ""
        return " ".join([what, "changes", *change]) + where

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        chosen, number_ = self.params["list_ids"], self.params["field"]
        yield from missing("/list_ids", chosen, catalog.lists, "list")
        if number_ is None:
            return
        field = catalog.fields.get(number_)
        if field is None:
            yield Problem("/field", f"There is no field {number_}. Choose another.")
        elif field.list_id is not None and chosen and field.list_id not in chosen:
            home = catalog.list_name(field.list_id)
            yield Problem("/field", f"“{field.name}” belongs to {home}, which is not chosen.")

    def lists(self) -> Lists:
        return frozenset(self.params["list_ids"])

    def may_hear(self, cause: Cause) -> bool:
        chosen = self.params["field"]
        same = chosen is None or cause.field_id is None or chosen == cause.field_id
        return same and super().may_hear(cause)

    def hears(self, event: Event) -> bool:
        lists, field = self.params["list_ids"], self.params["field"]
        of_field = field is None or number(event, "field_id") == field
        return of_field and (not lists or event.list_id in lists)

    def matches(self, event: Event) -> bool:
        return self.hears(event) and self._fits(event, "from") and self._fits(event, "to")

    def _fits(self, event: Event, end: str) -> bool:
        """A value that the reporter does not know is not the one that is wanted."""
        wanted = self.params[f"{end}_value"]
        return wanted is None or (end in event.data and as_text(event.data[end]) == wanted)


def _words(value: str) -> str:
    """A value as it may stand in one line."""
    line = " ".join(value.split())
    if len(line) > 60:
        line = line[:59] + "…"
    return f"“{line}”" if line else "nothing"
