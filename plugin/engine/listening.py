"""Who listens: the triggers of live journeys, loaded once, and whether they hear of an event."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from marshmallow import ValidationError

from plugin.domain.event import Event
from plugin.domain.journey import Trigger
from plugin.engine.kinds import Registry, TriggerKind
from plugin.engine.ports import Live, Version
from plugin.errors import UnknownAction
from plugin.logs import at_version

log = logging.getLogger(__name__)

#: Triggers kept loaded in one process.
MOST_LOADED = 10_000


class Listening:
    """The loaded triggers of one process. Versions never change, so neither do these."""

    def __init__(self, triggers: Registry[TriggerKind]) -> None:
        self._triggers = triggers
        #: by version and place: None is the trigger, a number that of an exit rule
        self._loaded: dict[tuple[int, int | None], TriggerKind | None] = {}

    def kind(self, version: Version) -> TriggerKind | None:
        """The trigger of a version; None while what is installed does not know it."""
        return self._load(version, None, version.document.trigger)

    def exits(self, version: Version) -> Sequence[tuple[int, TriggerKind]]:
        """The events of its exit rules, by the place of the rule; unknown ones are left out."""
        events = [(at, rule.event) for at, rule in enumerate(version.document.exit_rules)]
        kinds = [(at, self._load(version, at, event)) for at, event in events if event]
        return [(at, kind) for at, kind in kinds if kind]

    def heard(self, live: Sequence[Live], exiting: Sequence[Version], event: Event) -> bool:
        """Does one of these journeys listen to such an event, or an exit rule of these versions?"""
        entries = [self.kind(j.version) for j in live if event.may_start(j.journey_id)]
        exits = [kind for version in exiting for _, kind in self.exits(version)]
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
