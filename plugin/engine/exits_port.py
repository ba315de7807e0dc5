"""Requests that people leave journeys: noted by anybody, carried out by whoever runs them next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from plugin.domain.enrollment import Batch, EnrollmentId


class Exit(NamedTuple):
    """Why somebody shall leave, and through which step of which passage."""

    reason: str  #: becomes the end reason
    by_journey_id: int | None
    by_enrollment_id: EnrollmentId | None
    by_step_id: int | None


@dataclass(frozen=True, slots=True)
class Causes:
    """The passages whose step asks for exits of the same people elsewhere."""

    user_id: int
    journey_id: int
    step_id: int
    enrollments: Sequence[EnrollmentId]
    now: datetime

    @classmethod
    def of(cls, batch: Batch) -> Causes:
        """Everybody of a step's run."""
        people = list(batch.subscribers)
        return cls(batch.user_id, batch.journey_id, batch.step.id, people, batch.now)


class Exits(Protocol):
    """Notes are only ever added: no worker waits for another's people.

    A note stays until its enrollment is seen by a tick or by the sweep for leavers.
    """

    @property
    def asked(self) -> bool:
        """Whether this transaction has asked anybody to leave."""

    def of_people(self, causes: Causes, journeys: Sequence[int] | None) -> None:
        """Other open enrollments of the same people, in these journeys or (None) in all."""

    def of_subscribers(
        self, list_id: int, subscriber_ids: Sequence[int], reason: str, now: datetime
    ) -> None:
        """All open enrollments of these rows of a list."""

    def of_list(self, list_id: int, reason: str, now: datetime) -> None:
        """All open enrollments of a list."""

    def noted(self, ids: Sequence[EnrollmentId]) -> Mapping[EnrollmentId, Exit]:
        """One note for each of these enrollments that has any: the oldest, but one about
        unsubscribing, which a journey may pass over, only where there is no other."""

    def oldest(self, limit: int) -> Sequence[EnrollmentId]:
        """Enrollments with a note, those of the oldest notes, each once."""

    def done(self, ids: Sequence[EnrollmentId]) -> None:
        """These have left, or need not leave: their notes go. Of those that `noted` was asked
        about only the notes that it has seen: one that came since is still to be carried out."""
