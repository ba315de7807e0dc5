"""Who listens: the triggers of live journeys, loaded once, and whether they hear of an event."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from marshmallow import ValidationError

from plugin.domain.event import Event
from plugin.engine.kinds import Registry, TriggerKind
from plugin.engine.ports import Live, Version
from plugin.errors import UnknownAction

log = logging.getLogger(__name__)

#: Triggers kept loaded in one process.
MOST_LOADED = 10_000


class Listening:
    """The loaded triggers of one process. Versions never change, so neither do these."""

    def __init__(self, triggers: Registry[TriggerKind]) -> None:
        self._triggers = triggers
        self._loaded: dict[int, TriggerKind | None] = {}

    def kind(self, version: Version) -> TriggerKind | None:
        """The trigger of a version; None while what is installed does not know it."""
        if version.version_id not in self._loaded:
            if len(self._loaded) > MOST_LOADED:
                self._loaded.clear()
            trigger, kind = version.document.trigger, None
            try:
                kind = self._triggers.load(trigger.type, trigger.params)
            except (UnknownAction, ValidationError):
                log.exception("nobody can enter journey %s by events", version.journey_id)
            self._loaded[version.version_id] = kind
        return self._loaded[version.version_id]

    def heard(self, live: Sequence[Live], event: Event) -> bool:
        """Does one of these journeys listen to such an event?"""
        for journey in live:
            kind = self.kind(journey.version)
            if (
                kind is not None
                and event.type in kind.listens_to
                and event.may_start(journey.journey_id)
                and kind.hears(event)
            ):
                return True
        return False
