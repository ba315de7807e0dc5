"""The moments at which workers die: by seed, most of them in the middle of something."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.processes import Sight

#: Crash point, how often it is chosen in thirty, and the latest arrival at which it strikes.
POINTS = (
    ("step.after_claim", 3, 3),
    ("step.after_run", 4, 5),
    ("step.after_settle", 3, 3),
    ("step.before_commit", 3, 3),
    ("step.after_commit", 1, 3),
    ("route.after_claim", 2, 2),
    ("route.before_commit", 2, 2),
    ("deliver.after_lease", 1, 4),
    ("deliver.after_connect", 2, 30),
    ("deliver.half_body", 2, 30),
    ("deliver.after_body", 2, 30),
    ("deliver.after_status", 2, 30),
    ("deliver.before_commit", 1, 4),
)
#: The others strike from outside, at any time.
AT_RANDOM = 2
#: So long after its start, in seconds.
RANDOM_SECONDS = (2.0, 4.0)
KILLS = sum(often for _, often, _ in POINTS) + AT_RANDOM

#: The web server dies too, apart from the thirty: before and after the commit, and unanswered.
WEB_MOMENTS = ("ingest.before_commit", "ingest.after_commit", "ingest.after_wake")


@dataclass(frozen=True)
class Moment:
    """`point` "": at `seconds` after the start of the process, wherever it then is."""

    point: str = ""
    nth: int = 1
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.point} #{self.nth}" if self.point else f"after {self.seconds:.1f} s"


@dataclass(frozen=True)
class Kill:
    """A process was killed: when it was meant to, whether it came to that, and what it held."""

    moment: Moment
    reached: bool
    sight: Sight
    age: float  #: how long the process lived, in seconds

    def __str__(self) -> str:
        how = "" if self.reached else " (never came there, killed anyway)"
        held = f"{self.sight.transactions} transactions, {self.sight.requests} requests"
        return f"{str(self.moment) + how:<28} at the age of {self.age:.1f} s, held {held}"


def planned_moments(seed: int) -> list[Moment]:
    """Thirty of them, in an order by seed."""
    dice = random.Random(f"moments {seed}")
    moments = [
        Moment(point, dice.randint(1, latest))
        for point, often, latest in POINTS
        for _ in range(often)
    ]
    moments += [Moment(seconds=dice.uniform(*RANDOM_SECONDS)) for _ in range(AT_RANDOM)]
    dice.shuffle(moments)
    return moments


def tally(kills: Sequence[Kill]) -> Counter[str]:
    """How many held an open transaction, had a request under way, or either."""
    counts: Counter[str] = Counter()
    for kill in kills:
        counts["transaction"] += kill.sight.transactions > 0
        counts["request"] += kill.sight.requests > 0
        counts["either"] += kill.sight.transactions > 0 or kill.sight.requests > 0
    return counts
