"""Looks over everybody that are taken every so often, by one worker at a time, in small parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from plugin.domain.enrollment import EnrollmentId, SubscriberId

#: How far a round has come, as plain data; {} is its beginning.
Place = Mapping[str, Any]


class Watched(NamedTuple):
    """A journey whose people are looked at."""

    user_id: int
    journey_id: int


class Resident(NamedTuple):
    """Somebody inside."""

    enrollment_id: EnrollmentId
    version_id: int
    list_id: int
    subscriber_id: SubscriberId


class Rounds(Protocol):
    """The place is written in the transaction that did the part: a worker that dies loses none."""

    def next(self, name: str, now: datetime, every: timedelta) -> Place | None:
        """Where to go on, locked until the transaction ends; {} begins a new round.

        None: the last round began less than `every` ago and is through, or somebody else is at it.
        """

    def save(self, name: str, place: Place | None) -> None:
        """How far it has come; None: the round is through."""

    def owners(self) -> Sequence[int]:
        """Who has journeys that are not archived."""

    def watched(self, from_id: int) -> Watched | None:
        """The first enabled journey from this id on with an exit rule or a goal about people,
        in whatever version."""

    def residents(
        self, journey: Watched, state: str, after_id: int, limit: int
    ) -> Sequence[Resident]:
        """People of the journey in this state, by id."""
