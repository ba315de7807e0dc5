"""Write a value, fixed or with merge tags, into a custom field of the subscriber."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from plugin.domain.catalog import Catalog
from plugin.domain.enrollment import Batch, EnrollmentId, Failed, Next, Outcome, Outcomes
from plugin.domain.merge_tags import Place
from plugin.engine.causing import FieldChanges
from plugin.engine.kinds import Action, Cause, Lists
from plugin.engine.ports import Work
from plugin.engine.tags import TemplateField, render_each, tag_problems
from plugin.errors import Problem

MAX_VALUE = 5000


class UpdateCustomFieldValue(Action):
    name = "UpdateCustomFieldValue"
    label = "Update field"
    icon = "field"
    family = "data"
    example = {"field": 3, "value": "gold"}

    class Params(Schema):
        """`field` is a CustomFieldID; an empty `value` empties the field."""

        field = fields.Integer(
            strict=True,
            required=True,
            validate=validate.Range(min=1),
            metadata={"widget": "custom_field"},
        )
        value = TemplateField(required=True, longest=MAX_VALUE)

    def summary(self, catalog: Catalog) -> str:
        name = catalog.label(f"CustomField{self.params['field']}")
        value = self.params["value"].text
        return f"Set {name} to “{value}”" if value else f"Empty {name}"

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        field = catalog.fields.get(self.params["field"])
        if field is None:
            yield Problem("/field", f"There is no field {self.params['field']}. Choose another.")
        elif field.list_id is not None and lists is not None and lists != {field.list_id}:
            home = catalog.list_name(field.list_id)
            text = f"“{field.name}” belongs to {home}, but people may come from other lists."
            yield Problem("/field", text)
        yield from tag_problems("/value", self.params["value"], catalog, lists)

    def causes(self) -> Iterator[Cause]:
        yield Cause("field_changed", field_id=self.params["field"])

    def notes(self, catalog: Catalog) -> Iterator[str]:
        if not catalog.undoes:
            yield (
                "This host's tables undo nothing: after an interruption the value is written again,"
                " and one that is made of the value before may be made twice."
            )
        if not catalog.whole_unicode:
            yield "This host keeps no emoji and rarer letters: people whose value has one are held."

    def run(self, batch: Batch, work: Work) -> Outcomes:
        rendered, outcomes = render_each(batch, work, self.params["value"], Place.TEXT)
        values = {batch.subscribers[i].subscriber_id: text for i, text in rendered.items()}
        changes = FieldChanges(batch, work, self.params["field"])
        problems = work.host.set_field(batch.list_id, self.params["field"], values)
        changes.tell()
        details: dict[str, Mapping[str, Any]] = {}
        for enrollment_id, text in rendered.items():
            outcomes[enrollment_id] = self._outcome(batch, enrollment_id, text, problems, details)
        return outcomes

    def _outcome(
        self,
        batch: Batch,
        enrollment_id: EnrollmentId,
        text: str,
        problems: Mapping[int, str],
        details: dict[str, Mapping[str, Any]],
    ) -> Outcome:
        detail = details.setdefault(text, {"field": self.params["field"], "value": text})
        problem = problems.get(batch.subscribers[enrollment_id].subscriber_id)
        return Failed("bad_value", problem, detail) if problem else Next(detail)
