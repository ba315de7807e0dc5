"""Who listens: the triggers of live journeys, loaded once, and whether they hear of an event."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from marshmallow import ValidationError

from plugin.domain.event import Event
from plugin.domain.journey import Trigger
from plugin.domain.program import WAITERS, Step
from plugin.engine.kinds import Action, Registry, TriggerKind
from plugin.engine.ports import Live, Version
from plugin.engine.waiting import WaitingAction
from plugin.errors import UnknownAction
from plugin.logs import at_version

log = logging.getLogger(__name__)

#: Triggers kept loaded in one process.
MOST_LOADED = 10_000


class Listening:
    """The loaded triggers of one process. Versions never change, so neither do these."""

    def __init__(self, triggers: Registry[TriggerKind], actions: Registry[Action]) -> None:
        self._triggers, self._actions = triggers, actions
        #: by version and place: None is the trigger, a number that of an exit rule, a negative one
        #: that of a goal, from -1 down
        self._loaded: dict[tuple[int, int | None], TriggerKind | None] = {}
        self._waits: dict[int, Sequence[WaitingAction]] = {}

    def kind(self, version: Version) -> TriggerKind | None:
        """The trigger of a version; None while what is installed does not know it."""
        return self._load(version, None, version.document.trigger)

    def exits(self, version: Version) -> Sequence[tuple[int, TriggerKind]]:
        """The events of its exit rules, by the place of the rule; unknown ones are left out."""
        events = [(at, rule.event) for at, rule in enumerate(version.document.exit_rules)]
        kinds = [(at, self._load(version, at, event)) for at, event in events if event]
        return [(at, kind) for at, kind in kinds if kind]

    def awaited(self, version: Version) -> Sequence[WaitingAction]:
        """Its steps that wait for events, those that are off aside; unknown ones are left out."""
        if version.version_id not in self._waits:
            if len(self._waits) > MOST_LOADED:
                self._waits.clear()
            steps = (s for s in version.program.steps.values() if s.action in WAITERS)
            loaded = [self._waiting(version, step) for step in steps if step.published]
            self._waits[version.version_id] = [one for one in loaded if one]
        return self._waits[version.version_id]

    def _waiting(self, version: Version, step: Step) -> WaitingAction | None:
        try:
            action = self._actions.load(step.action, step.params)
        except (UnknownAction, ValidationError):
            log.exception("%s waits for nothing", step.action, extra=at_version(version))
            return None
        return action if isinstance(action, WaitingAction) else None

    def goals(self, version: Version) -> Sequence[tuple[int, TriggerKind]]:
        """The events of its goals, by the place of the goal; unknown ones are left out."""
        events = [(at, goal.event) for at, goal in enumerate(version.document.goals)]
        kinds = [(at, self._load(version, -1 - at, event)) for at, event in events if event]
        return [(at, kind) for at, kind in kinds if kind]

    def heard(self, live: Sequence[Live], exiting: Sequence[Version], event: Event) -> bool:
        """Does one of these journeys listen to such an event, or an exit rule or a goal of
        these versions?"""
        entries = [self.kind(j.version) for j in live if event.may_start(j.journey_id)]
        exits = [
            kind for version in exiting for _, kind in [*self.exits(version), *self.goals(version)]
        ]
        return any(
            kind is not None and event.type in kind.listens_to and kind.hears(event)
            for kind in [*entries, *exits]
        )

    def _load(self, version: Version, place: int | None, trigger: Trigger) -> TriggerKind | None:
        """Loaded once for each place of a version."""
        key = version.version_id, place
        if key not in self._loaded:
            if len(self._loaded) > MOST_LOADED:
                self._loaded.clear()
            kind = None
            try:
                kind = self._triggers.load(trigger.type, trigger.params)
            except (UnknownAction, ValidationError):
                log.exception("%s is not seen", trigger.type, extra=at_version(version))
            self._loaded[key] = kind
        return self._loaded[key]
