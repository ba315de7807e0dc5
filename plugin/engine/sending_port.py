"""What the engine needs to keep send rates and the cap per person; part of engine.ports."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from plugin.domain.send_rates import Line, SendLimits

#: Under which an account's own line is kept among those of its journeys.
ACCOUNT = 0


class Sending(Protocol):
    def limits(self, user_id: int) -> SendLimits:
        """What the account has chosen. One statement."""

    def choose(self, user_id: int, limits: SendLimits, now: datetime) -> None: ...

    def lines(self, user_id: int, journey_ids: Iterable[int], now: datetime) -> Mapping[int, Line]:
        """The lines of these journeys, locked until the commit: whoever else sends for them waits.
        New ones are made. One statement when all are there."""

    def keep(self, user_id: int, lines: Mapping[int, Line]) -> None:
        """Lines that are locked."""

    def recent(
        self, user_id: int, person_keys: Collection[bytes], since: datetime
    ) -> Mapping[bytes, Sequence[datetime]]:
        """When each of these people was sent something since then, oldest first, by whatever
        journey; also what may have been sent. One statement."""
