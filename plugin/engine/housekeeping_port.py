"""What housekeeping needs of our tables: counters summed up, and what is old let go of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, Protocol, get_args

#: What is let go of, in this order. `history`: lines, deliveries and data of ended passages.
Part = Literal["history", "tries", "events", "tasks", "audit", "sessions"]
PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long each part is kept, in days."""

    days: Mapping[Part, int]

    def before(self, part: Part, now: datetime) -> datetime:
        """What is older goes."""
        return now - timedelta(days=self.days[part])


class LetGo(NamedTuple):
    """What came of one batch."""

    rows: int  #: passages, or rows of the table
    after_id: int | None  #: where the next batch begins; None: this part is through


class Housekeeping(Protocol):
    """One batch per call. Whoever calls holds the lock of a round: one worker at a time."""

    def roll_up(self, before: datetime, limit: int) -> int:
        """Sum up counters that are older; answers how many rows there were."""

    def let_go(self, part: Part, before: datetime, after_id: int, limit: int) -> LetGo:
        """Nothing of anybody inside, no entry key, and no event that is still needed to know its
        repeat or by which somebody came whose history is kept."""
