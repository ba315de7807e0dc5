"""Ask about each person and send them down the branch that fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError, fields

from plugin.domain.catalog import SUBSCRIBER_COLUMNS, Catalog
from plugin.domain.criteria import Answer, Rule, combine, rules
from plugin.domain.criteria_codec import decode_criteria
from plugin.domain.enrollment import Batch, Branch, EnrollmentId, Hold, Outcome, Outcomes
from plugin.domain.rules_for_people import in_words
from plugin.engine.kinds import Action, Lists
from plugin.engine.ports import Work
from plugin.errors import InvalidDocument, Problem


class CriteriaField(fields.Field[Any]):
    """A criteria tree, decoded strictly."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        try:
            return decode_criteria(value)
        except InvalidDocument as wrong:
            raise ValidationError(_by_place(wrong.problems)) from wrong


class Decision(Action):
    name = "Decision"
    label = "Decision"
    icon = "decision"
    family = "logic"
    example = {"criteria": {"all": [{"field": "EmailAddress", "operator": "is_set"}]}}

    class Params(Schema):
        criteria = CriteriaField(required=True, metadata={"widget": "criteria"})

    def branch_names(self) -> Sequence[str]:
        return ("true", "false")

    def summary(self, catalog: Catalog) -> str:
        return in_words(self.params["criteria"], catalog)

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        for rule in rules(self.params["criteria"]):
            if text := _field_problem(rule.field, catalog, lists):
                yield Problem(f"/criteria{rule.path}/field", text)

    def run(self, batch: Batch, work: Work) -> Outcomes:
        criteria = self.params["criteria"]
        asked = list(rules(criteria))
        today = batch.now.astimezone(ZoneInfo(batch.zone))
        ids = [s.subscriber_id for s in batch.subscribers.values()]
        answers = work.host.answers(batch.list_id, ids, asked, today)
        # Many people give the same answers: one outcome is enough for them.
        decided: dict[tuple[Answer, ...] | None, Outcome] = {}
        outcomes: dict[EnrollmentId, Outcome] = {}
        for enrollment_id, subscriber in batch.subscribers.items():
            answer = answers.get(subscriber.subscriber_id)
            if answer not in decided:
                decided[answer] = self._decide(asked, answer)
            outcomes[enrollment_id] = decided[answer]
        return outcomes

    def _decide(self, asked: Sequence[Rule], answers: Sequence[Answer] | None) -> Outcome:
        if answers is None:
            return Hold("subscriber_missing", "The subscriber's row could not be read.")
        truth_of = {id(r): a.truth for r, a in zip(asked, answers, strict=True)}
        truth = combine(self.params["criteria"], lambda rule: truth_of[id(rule)])
        seen = [
            {"path": rule.path, "truth": answer.truth, "seen": answer.seen}
            for rule, answer in zip(asked, answers, strict=True)
        ]
        detail = {"truth": truth, "rules": seen}
        if truth is None:
            return Hold("cannot_tell", "A rule of this decision has no answer yet.", detail)
        return Branch("true" if truth else "false", detail)


def _by_place(problems: Iterable[Problem]) -> dict[str, Any]:
    """Each text at its place in the tree, as marshmallow nests them."""
    nested: dict[str, Any] = {}
    for problem in problems:
        at = nested
        for key in problem.path.split("/")[1:]:
            at = at.setdefault(key, {})
        at.setdefault("_schema", []).append(problem.text)
    return nested


def _field_problem(field: str, catalog: Catalog, lists: Lists) -> str | None:
    """Why a rule cannot ask about this field, with the cure."""
    if field in SUBSCRIBER_COLUMNS:
        return None
    found = catalog.by_column(field)
    if found is None:
        return f"There is no field {field}. Choose one of your fields."
    if found.list_id is None or lists is None or lists == {found.list_id}:
        return None
    home = catalog.list_name(found.list_id)
    return f"“{found.name}” belongs to {home}, but people may come from other lists."
