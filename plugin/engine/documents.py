"""Is this document fit to run? Faults, a hundred at most, each with its place and its cure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError

from plugin.domain.catalog import Catalog
from plugin.domain.codec import escaped
from plugin.domain.criteria import rules
from plugin.domain.journey import Document, Trigger
from plugin.domain.problems import first_of
from plugin.domain.program import Step, walk
from plugin.engine.criteria_checks import (
    BEFORE_ENTERING,
    OF_PASSAGES,
    criteria_notes,
    criteria_problems,
)
from plugin.engine.kinds import Action, Kind, Lists, Registry, TriggerKind
from plugin.engine.loops import Candidate, LoopProof
from plugin.errors import Problem, UnknownAction


class Checker:
    """Checks documents against the installed kinds and, for publishing, what the owner has."""

    def __init__(self, actions: Registry[Action], triggers: Registry[TriggerKind]) -> None:
        self.actions, self._triggers = actions, triggers
        self._loops = LoopProof(actions, triggers)

    def shape(self, document: Document) -> list[Problem]:
        """Faults of the document alone: unknown kinds, parameters, branches."""
        return first_of(self._problems(document, None))

    def publishable(self, document: Document, catalog: Catalog) -> list[Problem]:
        """What must be mended before publishing: `shape`, and names of things that exist."""
        return first_of(self._problems(document, catalog))

    def circles(self, this: Candidate, others: Iterable[Candidate]) -> list[Problem]:
        """Ways from this journey back into it without a wait, through the owner's `others`."""
        return first_of(self._loops.problems(this, others))

    def notes(self, document: Document, catalog: Catalog) -> list[Problem]:
        """What is good to know of the steps that are on, and need not be mended."""
        return first_of(self._document_notes(document, catalog))

    def _document_notes(self, document: Document, catalog: Catalog) -> Iterator[Problem]:
        if document.entry_criteria is not None:
            for text in criteria_notes(rules(document.entry_criteria), catalog):
                yield Problem("/entry_criteria", text)
        asked = [(f"/exit_rules/{at}", r.criteria) for at, r in enumerate(document.exit_rules)]
        asked += [(f"/goals/{at}", goal.criteria) for at, goal in enumerate(document.goals)]
        for path, criteria in asked:
            for text in criteria_notes(rules(criteria), catalog) if criteria else ():
                yield Problem(path, text)
        yield from self._notes(document.steps, "/steps", catalog)

    def _notes(self, steps: Iterable[Step], path: str, catalog: Catalog) -> Iterator[Problem]:
        for place, step in enumerate(steps):
            here = f"{path}/{place}"
            if step.published:
                with suppress(UnknownAction, ValidationError):
                    action = self.actions.load(step.action, step.params)
                    yield from (Problem(here, text) for text in action.notes(catalog))
            for name, body in step.branches.items():
                yield from self._notes(body, f"{here}/branches/{escaped(name)}", catalog)

    def _problems(self, document: Document, catalog: Catalog | None) -> Iterator[Problem]:
        lists: Lists = None
        trigger = document.trigger
        try:
            loaded = self._triggers.load(trigger.type, trigger.params)
        except UnknownAction as unknown:
            yield Problem("/trigger/type", str(unknown))
        except ValidationError as wrong:
            yield from _flat(wrong.messages, "/trigger/params")
        else:
            lists = loaded.lists()
            yield from _checked(loaded, catalog, None, "/trigger/params")
        if catalog is not None and not document.steps:
            yield Problem("/steps", "Add at least one step before publishing.")
        if catalog is not None:
            catalog = self._with_steps(catalog, document)
        yield from self._rules(document, catalog, lists)
        steps = {step.id for step in walk(document.steps)}
        for place, goal in enumerate(document.goals):
            if goal.jump_to is not None and goal.jump_to not in steps:
                text = f"This journey has no step {goal.jump_to}. Choose one of its steps."
                yield Problem(f"/goals/{place}/jump_to", text)
        yield from self._steps(document.steps, "/steps", catalog, lists)

    def _with_steps(self, catalog: Catalog, document: Document) -> Catalog:
        """What a rule or a tag may name of the document itself, too."""
        steps = {step.id: step.action for step in walk(document.steps)}
        known = {step_id: kind for step_id, kind in steps.items() if kind in self.actions}
        senders = {i for i, kind in known.items() if self.actions.kind(kind).sends_messages}
        kept = self._kept(document)
        return replace(catalog, kept=kept, steps=steps, senders=frozenset(senders))

    def _kept(self, document: Document) -> frozenset[str]:
        """The names that steps keep values under, those that are off aside."""
        names: set[str] = set()
        for step in walk(document.steps):
            if step.published:
                with suppress(UnknownAction, ValidationError):
                    names |= set(self.actions.load(step.action, step.params).keeps())
        return frozenset(names)

    def _rules(
        self, document: Document, catalog: Catalog | None, lists: Lists
    ) -> Iterator[Problem]:
        """Faults of the entry criteria, the exit rules and the goals."""
        asked = [("/entry_criteria", document.entry_criteria)]
        for place, rule in enumerate(document.exit_rules):
            asked.append((f"/exit_rules/{place}/criteria", rule.criteria))
            if rule.event is not None:
                yield from self._event(rule.event, f"/exit_rules/{place}/event", catalog)
        for place, goal in enumerate(document.goals):
            asked.append((f"/goals/{place}/criteria", goal.criteria))
            if goal.event is not None:
                yield from self._event(goal.event, f"/goals/{place}/event", catalog)
        for path, criteria in asked:
            if criteria is not None and path == "/entry_criteria":
                for asked_of in rules(criteria):
                    if isinstance(asked_of, OF_PASSAGES):
                        yield Problem(path + asked_of.path, BEFORE_ENTERING)
            if criteria is not None and catalog is not None:
                yield from criteria_problems(rules(criteria), path, catalog, lists)

    def _event(self, event: Trigger, path: str, catalog: Catalog | None) -> Iterator[Problem]:
        """Any installed kind that events can wake may end a passage."""
        try:
            loaded = self._triggers.load(event.type, event.params)
        except UnknownAction as unknown:
            yield Problem(f"{path}/type", str(unknown))
        except ValidationError as wrong:
            yield from _flat(wrong.messages, f"{path}/params")
        else:
            yield from _checked(loaded, catalog, None, f"{path}/params")
            if not loaded.listens_to:
                yield Problem(f"{path}/type", f"No event is a {event.type}. Choose another.")

    def _steps(
        self, steps: Iterable[Step], path: str, catalog: Catalog | None, lists: Lists
    ) -> Iterator[Problem]:
        """`catalog.passed` is what may have been passed before the first of them."""
        for place, step in enumerate(steps):
            here = f"{path}/{place}"
            yield from self._step(step, here, catalog, lists)
            inside = _past(catalog, [step.id])
            for name, body in step.branches.items():
                yield from self._steps(body, f"{here}/branches/{escaped(name)}", inside, lists)
            catalog = _past(catalog, [one.id for one in walk((step,))])

    def _step(
        self, step: Step, path: str, catalog: Catalog | None, lists: Lists
    ) -> Iterator[Problem]:
        try:
            action = self.actions.load(step.action, step.params)
        except UnknownAction as unknown:
            yield Problem(f"{path}/action", str(unknown))
            return
        except ValidationError as wrong:
            yield from _flat(wrong.messages, f"{path}/params")
            return
        known = action.branch_names()
        for name in sorted(step.branches.keys() - set(known)):
            allowed = ", ".join(known) or "none"
            at = f"{path}/branches/{escaped(name)}"
            yield Problem(at, f"No such branch. Branches here: {allowed}.")
        if step.published:
            yield from _checked(action, catalog, lists, f"{path}/params")


def _checked(kind: Kind, catalog: Catalog | None, lists: Lists, path: str) -> Iterator[Problem]:
    if catalog is None:
        return
    for problem in kind.check(catalog, lists):
        yield Problem(path + problem.path, problem.text)


def _past(catalog: Catalog | None, step_ids: Iterable[int]) -> Catalog | None:
    """For those who have passed these steps, or may have."""
    return catalog and replace(catalog, passed=catalog.passed.union(step_ids))


def _flat(messages: Any, path: str) -> Iterator[Problem]:
    """Marshmallow's nested messages as problems."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _flat(inner, path if key == "_schema" else f"{path}/{escaped(key)}")
    elif isinstance(messages, list):
        for inner in messages:
            yield from _flat(inner, path)
    else:
        yield Problem(path, str(messages))
