"""Steps and triggers in words, whatever has become of their kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from plugin.domain.catalog import Catalog
from plugin.domain.entry_rules import ExitRule
from plugin.domain.journey import Document, Trigger
from plugin.domain.program import Step
from plugin.domain.rules_for_people import in_words
from plugin.engine.kinds import Action, Family, Registry, TriggerKind
from plugin.engine.services import Services
from plugin.errors import JourneysError
from plugin.routes import message_words, words


@dataclass(frozen=True, slots=True)
class KindWords:
    """How a step or trigger reads. `fault`: a sentence when its kind cannot read it."""

    label: str
    summary: str  #: '' when the label says it all
    icon: str
    family: Family
    fault: str = ""
    notes: Sequence[str] = ()  #: what is good to know, as sentences
    branches: Sequence[str] = ()  #: names of those that every such step has

    @property
    def in_short(self) -> str:
        return self.summary or self.label

    @property
    def in_full(self) -> str:
        return f"{self.label}: {self.summary}" if self.summary else self.label


class Wording:
    """The words of one user's journeys."""

    def __init__(self, services: Services, catalog: Catalog) -> None:
        self._actions: Registry[Action] = services.actions
        self._triggers: Registry[TriggerKind] = services.triggers
        self.catalog = catalog

    def step(self, step: Step) -> KindWords:
        return self.action(step.action, step.params)

    def action(self, name: str, params: Mapping[str, Any]) -> KindWords:
        if name not in self._actions:
            return _unknown(name, "data")
        kind = self._actions.kind(name)
        return self._words(self._actions, kind.name, params, kind.family)

    def trigger(self, trigger: Trigger) -> KindWords:
        if trigger.type not in self._triggers:
            return _unknown(trigger.type or "No trigger", "trigger")
        return self._words(self._triggers, trigger.type, trigger.params, "trigger")

    def exit_rule(self, rule: ExitRule) -> str:
        """“Bought: joins Customers”, “City is “Rome””."""
        if rule.event is not None:
            reads = self.trigger(rule.event).in_full
        else:
            reads = in_words(rule.criteria, self.catalog) if rule.criteria else ""
        return f"{rule.name}: {reads}" if rule.name else reads

    def _words(
        self,
        registry: Registry[Action] | Registry[TriggerKind],
        name: str,
        params: Mapping[str, Any],
        family: Family,
    ) -> KindWords:
        kind = registry.kind(name)
        try:
            placed = registry.load(name, params)
            summary, fault = placed.summary(self.catalog), ""
            notes = tuple(placed.notes(self.catalog))
            branches: tuple[str, ...] = ()
            if isinstance(placed, Action) and not placed.branches_optional:
                branches = tuple(placed.branch_names())
        except (ValidationError, JourneysError):
            summary, fault, notes, branches = "", "Its settings cannot be read", (), ()
        return KindWords(kind.label, summary, kind.icon, family, fault, notes, branches)


def rule_lines(document: Document, wording: Wording) -> Sequence[str]:
    """Who may enter and what ends a passage, a sentence each."""
    lines = [f"May enter again: {words.reentry(document.reentry).lower()}"]
    if document.entry_criteria is not None:
        lines.append(f"Only who fits: {in_words(document.entry_criteria, wording.catalog)}")
    if document.caps:
        lines.append(words.caps(document.caps))
    if document.send_rate:
        lines.append(message_words.rate(document.send_rate))
    lines.append(words.UNSUBSCRIBED[document.unsubscribed])
    return lines + [f"Leaves by {wording.exit_rule(rule)}" for rule in document.exit_rules]


def _unknown(name: str, family: Family) -> KindWords:
    return KindWords(name, "", "bad", family, "No installed module declares this kind")
