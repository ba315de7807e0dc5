"""What kinds share that ask about each person and send them down the branch that fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from marshmallow import Schema, ValidationError, fields

from plugin.domain.catalog import Catalog
from plugin.domain.criteria import Answer, AnyRule, renumbered, rules
from plugin.domain.criteria_codec import decode_criteria, encode_criteria
from plugin.domain.enrollment import Batch, Branch, EnrollmentId, Hold, Outcome, Outcomes
from plugin.domain.program import StepId
from plugin.domain.rules_for_people import in_words
from plugin.engine.answering import answers, in_batch
from plugin.engine.criteria_checks import criteria_notes, criteria_problems
from plugin.engine.kinds import Action, Lists
from plugin.engine.ports import Work
from plugin.engine.questions import verdict
from plugin.errors import InvalidDocument, Problem


class CriteriaField(fields.Field[Any]):
    """A criteria tree, decoded strictly."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        try:
            return decode_criteria(value)
        except InvalidDocument as wrong:
            raise ValidationError(_by_place(wrong.problems)) from wrong


class Deciding(Action):
    """An action with `criteria` and the branches `true` and `false`. The kinds give it a name."""

    family = "logic"
    onward = "branches"

    class Params(Schema):
        criteria = CriteriaField(required=True, metadata={"widget": "criteria"})

    @classmethod
    def renumbered(
        cls, params: Mapping[str, Any], ids: Mapping[StepId, StepId]
    ) -> Mapping[str, Any]:
        criteria = renumbered(decode_criteria(params["criteria"]), ids)
        return {**params, "criteria": encode_criteria(criteria)}

    def branch_names(self) -> Sequence[str]:
        return ("true", "false")

    def summary(self, catalog: Catalog) -> str:
        return in_words(self.params["criteria"], catalog)

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        return criteria_problems(rules(self.params["criteria"]), "/criteria", catalog, lists)

    def notes(self, catalog: Catalog) -> Iterator[str]:
        return criteria_notes(rules(self.params["criteria"]), catalog)

    def run(self, batch: Batch, work: Work) -> Outcomes:
        criteria = self.params["criteria"]
        asked = list(rules(criteria))
        told = answers(work, *in_batch(batch), asked)
        # Many people give the same answers: one outcome is enough for them.
        decided: dict[tuple[Answer, ...] | None, Outcome] = {}
        outcomes: dict[EnrollmentId, Outcome] = {}
        for enrollment_id in batch.subscribers:
            answer = told.get(enrollment_id)
            if answer not in decided:
                decided[answer] = self._decide(asked, answer)
            outcomes[enrollment_id] = decided[answer]
        return outcomes

    def _decide(self, asked: Sequence[AnyRule], answers: Sequence[Answer] | None) -> Outcome:
        if answers is None:
            return Hold("subscriber_missing", "The subscriber's row could not be read.")
        truth, detail = verdict(self.params["criteria"], asked, answers)
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
