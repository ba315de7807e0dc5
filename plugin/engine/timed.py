"""Triggers that time sets off: they look for people slot by slot, in batches, for the planner."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from plugin.domain.enrollment import SubscriberId
from plugin.domain.event import Event
from plugin.engine.kinds import TriggerKind
from plugin.engine.ports import Version, Work


class Slot(NamedTuple):
    """A day or a moment, by name, and when its turn has come."""

    name: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Scene:
    """What one look at a journey is about. `rows`: as many of a list may be read at once."""

    version: Version
    zone: ZoneInfo
    now: datetime
    rows: int
    slot: Slot
    place: Mapping[str, Any] = field(default_factory=dict)

    @property
    def journey_id(self) -> int:
        return self.version.journey_id


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one look has found, where the next one goes on, and whether the slot is over."""

    events: Sequence[Event]
    place: Mapping[str, Any]
    over: bool


class TimedTrigger(TriggerKind):
    """Its events are its own: they are found by looking, and are for its journey alone."""

    def first(self, since: datetime, zone: ZoneInfo) -> Slot:
        """The first slot of a journey that was turned on at `since`."""
        raise NotImplementedError

    def slot(self, name: str, zone: ZoneInfo) -> Slot:
        """A slot that was named before, perhaps by other parameters."""
        raise NotImplementedError

    def after(self, slot: Slot, now: datetime, zone: ZoneInfo) -> Slot:
        """The one that follows."""
        raise NotImplementedError

    def caught_up(self, slot: Slot, now: datetime, zone: ZoneInfo) -> Slot:
        """This one or, where it is too long ago, the first that is not."""
        return slot

    def resumed(self, place: Mapping[str, Any]) -> Mapping[str, Any]:
        """Where to go on inside a slot that an earlier version has begun."""
        return {}

    def gather(self, scene: Scene, work: Work) -> Gathered:
        """One batch: a few statements, whatever the number of people."""
        raise NotImplementedError

    def looks_at(self, event: Event) -> bool:
        """May this event, for which nobody enters, make somebody due at once?"""
        return False

    def look(self, scene: Scene, work: Work, list_id: int, ids: Sequence[SubscriberId]) -> Gathered:
        """Look at these people of a list alone. `scene.slot` is of no account."""
        return Gathered((), {}, over=True)


def planned(
    scene: Scene, type_: str, slot: str, list_id: int, ids: Iterable[SubscriberId], **data: Any
) -> list[Event]:
    """The events for people whose turn it is. The slot makes each of them one fact."""
    return [
        Event(
            event_id=_event_id(scene, type_, slot, list_id, who),
            type=type_,
            occurred_at=scene.now,
            list_id=list_id,
            subscriber_id=who,
            data={"journey_id": scene.journey_id, "slot": slot, **data},
        )
        for who in ids
    ]


def _event_id(scene: Scene, type_: str, slot: str, list_id: int, who: SubscriberId) -> str:
    """Another one at every look: a known id may not come with another time."""
    fact = f"{type_} {scene.journey_id} {slot} {list_id} {who} {scene.now.isoformat()}"
    return hashlib.blake2b(fact.encode(), digest_size=16).hexdigest()
