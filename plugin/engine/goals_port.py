"""What the engine keeps of goals: who has reached which, once each; part of engine.ports."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from plugin.domain.enrollment import EnrollmentId

#: What a line of a person's history says of a goal that was reached.
OUTCOME = "goal"


class Reached(NamedTuple):
    """Somebody has reached a goal of the version that they are in."""

    user_id: int
    journey_id: int
    version_id: int
    enrollment_id: EnrollmentId
    goal: str
    at: datetime  #: when it happened
    detail: Mapping[str, Any]  #: by what


class Aim(NamedTuple):
    """A passage that may yet reach goals."""

    enrollment_id: EnrollmentId
    entered_at: datetime
    reached: frozenset[bytes]  #: keys of goals


class Candidate(NamedTuple):
    """A passage of somebody who has had an event."""

    enrollment_id: EnrollmentId
    user_id: int
    version_id: int
    person_key: bytes
    entry_event_id: int | None
    entered_at: datetime
    is_open: bool


class Goals(Protocol):
    """A goal is reached once in a passage: unique by enrollment and key. Only ever added to."""

    def aims(self, user_id: int, ids: Collection[EnrollmentId]) -> Mapping[EnrollmentId, Aim]:
        """What these passages have reached so far. Two statements."""

    def candidates(
        self, user_ids: Iterable[int], person_keys: Iterable[bytes], versions: Iterable[int]
    ) -> Sequence[Candidate]:
        """Passages of these people at these versions: open ones, and ended ones of which the
        history is kept. One statement."""

    def reach(self, found: Sequence[Reached], now: datetime) -> Sequence[Reached]:
        """Keep them; answers those that are new. Two statements."""


def goal_key(name: str) -> bytes:
    """16 bytes that stand for a goal of a journey, in whatever version: its name."""
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
