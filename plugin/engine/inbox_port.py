"""What the engine needs of the inbox: events, kept once each; part of engine.ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from plugin.domain.enrollment import SubscriberId
from plugin.domain.event import Event, Received


class Inbox(Protocol):
    """Events, kept 30 days and more so that repeats are known."""

    def append(self, source: str, events: Sequence[Event], now: datetime) -> tuple[int, int]:
        """Keep new events; answers (new, duplicate).

        Raises Conflict(`event_id_reused`) when a known id comes with other content.
        """

    def take(self, limit: int) -> Sequence[Received]:
        """Lock the oldest new events until the transaction ends, skipping locked ones."""

    def release(self) -> None:
        """Held events are new again."""

    def mark(
        self,
        outcome: Mapping[int, tuple[str, str | None]],
        held_for: Mapping[int, Sequence[int]] = MappingProxyType({}),
    ) -> None:
        """Write state and reason per inbox id, and the journeys for which an event is held. One
        statement per distinct outcome."""

    def subscribed_since(self, events: Sequence[Event]) -> Set[SubscriberId]:
        """Of the subscribers of these events of one list, those of whom a subscription is known
        that happened after their event. One statement."""
