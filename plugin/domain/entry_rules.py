"""Who is let in and how many at a time, what ends a passage from outside of its steps, and what a
journey is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plugin.domain.criteria import Criteria
from plugin.domain.program import StepId
from plugin.domain.waits import Delay


@dataclass(frozen=True, slots=True)
class Trigger:
    """What enrolls a subscriber: the kind's name and its settings.

    `max_age`: events that come later than this after they happened enroll nobody; None: as the
    installation has it.
    """

    type: str
    params: Mapping[str, Any] = field(default_factory=dict)
    max_age: Delay | None = None


@dataclass(frozen=True, slots=True)
class Caps:
    """How many may start in one clock hour and one calendar day of the journey's zone; 0: any."""

    per_hour: int = 0
    per_day: int = 0

    def __bool__(self) -> bool:
        return bool(self.per_hour or self.per_day)


NO_CAPS = Caps()


@dataclass(frozen=True, slots=True)
class ExitRule:
    """Ends the passage of whoever fits the criteria or has the event: one of the two is there."""

    criteria: Criteria | None = None
    event: Trigger | None = None
    name: str = ""  #: for people; may be ''


@dataclass(frozen=True, slots=True)
class Goal:
    """What a journey wants of people: criteria that fit, or an event; one of the two is there.

    `days` of 24 hours after entering it counts; None: while they are inside. Whoever reaches it is
    counted once; then they go to the step `jump_to`, or the passage ends, if that is chosen.
    """

    name: str  #: by which it is known in every version; unlike all others of the journey
    criteria: Criteria | None = None
    event: Trigger | None = None
    days: int | None = None
    jump_to: StepId | None = None
    end: bool = False
