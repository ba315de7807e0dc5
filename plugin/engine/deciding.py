"""What kinds share that ask about each person and send them down the branch that fits."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any

from marshmallow import Schema, ValidationError, fields

from plugin.domain.catalog import SUBSCRIBER_COLUMNS, Catalog
from plugin.domain.criteria import (
    ActivityRule,
    Answer,
    AnyRule,
    ListRule,
    Rule,
    TagRule,
    ValueRule,
    rules,
)
from plugin.domain.criteria_codec import decode_criteria
from plugin.domain.enrollment import Batch, Branch, EnrollmentId, Hold, Outcome, Outcomes
from plugin.domain.rules_for_people import in_words
from plugin.engine.answering import answers
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

    def branch_names(self) -> Sequence[str]:
        return ("true", "false")

    def summary(self, catalog: Catalog) -> str:
        return in_words(self.params["criteria"], catalog)

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        return criteria_problems(rules(self.params["criteria"]), "/criteria", catalog, lists)

    def run(self, batch: Batch, work: Work) -> Outcomes:
        criteria = self.params["criteria"]
        asked = list(rules(criteria))
        told = answers(batch, work, asked)
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


def criteria_problems(
    asked: Iterable[AnyRule], path: str, catalog: Catalog, lists: Lists
) -> Iterator[Problem]:
    """Names in rules that the account does not have, or that people of `lists` cannot have.

    `path` is that of the criteria. What is another account's does not exist.
    """
    for rule in asked:
        here = f"{path}{rule.path}"
        match rule:
            case Rule():
                if text := _field_problem(rule.field, catalog, lists):
                    yield Problem(f"{here}/field", text)
            case ListRule():
                if rule.list_id not in catalog.lists:
                    text = f"There is no list {rule.list_id}. Choose one of your lists."
                    yield Problem(f"{here}/list", text)
            case ValueRule():
                if rule.scope == "kept" and rule.name not in catalog.kept:
                    yield Problem(f"{here}/kept", f"No step keeps a value called {rule.name}.")
            case TagRule() | ActivityRule():
                yield from _named_things(rule, here, catalog)


def _named_things(rule: TagRule | ActivityRule, here: str, catalog: Catalog) -> Iterator[Problem]:
    """Tags, campaigns and e-mails that the account does not have."""
    if isinstance(rule, TagRule):
        if catalog.tables_of_tags:
            yield from _not_there(f"{here}/tags", rule.tags, catalog.tags, ("tag", "tags"))
        return
    for name, ids, known in (
        ("campaigns", rule.campaigns, catalog.campaigns),
        ("emails", rule.emails, catalog.emails),
    ):
        yield from _not_there(f"{here}/{name}", ids, known, _KINDS[name])


_KINDS = {"campaigns": ("campaign", "campaigns"), "emails": ("e-mail", "e-mails")}


def _not_there(
    path: str, ids: Sequence[int], known: Container[int], kind: tuple[str, str]
) -> Iterator[Problem]:
    for place, number in enumerate(ids):
        if number not in known:
            text = f"There is no {kind[0]} {number}. Choose from your {kind[1]}."
            yield Problem(f"{path}/{place}", text)


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
