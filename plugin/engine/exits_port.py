"""Requests that people leave journeys: noted by anybody, carried out by whoever runs them next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from plugin.domain.enrollment import Batch, EnrollmentId

#: The end reason of people whom an exit rule of their journey sends out.
EXIT_RULE = "exit_rule"


#: The end reason of people who have reached a goal that ends the passage.
GOAL_REACHED = "goal_reached"
#: Not the reason of an end: a goal leads them to another step.
GOAL_LEADS = "goal_leads"


class Exit(NamedTuple):
    """Why somebody shall leave, and through which step of which passage."""

    reason: str  #: becomes the end reason
    by_journey_id: int | None
    by_enrollment_id: EnrollmentId | None
    by_step_id: int | None
    detail: Mapping[str, Any] | None = None  #: of an exit rule: which one, and by what


class Insider(NamedTuple):
    """Somebody who is inside a journey."""

    enrollment_id: EnrollmentId
    user_id: int
    version_id: int
    person_key: bytes
    entry_event_id: int | None


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

    def of_people(
        self, causes: Causes, journeys: Sequence[int] | None, *, elsewhere: bool = False
    ) -> None:
        """Other open enrollments of the same people, in these journeys or (None) in all;
        `elsewhere`: but in the causes' own."""

    def of_subscribers(
        self, list_id: int, subscriber_ids: Sequence[int], reason: str, now: datetime
    ) -> None:
        """All open enrollments of these rows of a list."""

    def of_list(self, list_id: int, reason: str, now: datetime) -> None:
        """All open enrollments of a list."""

    def of_account(self, user_id: int, reason: str, now: datetime) -> None:
        """All open enrollments of an account."""

    def inside(
        self, user_ids: Iterable[int], person_keys: Iterable[bytes], versions: Iterable[int]
    ) -> Sequence[Insider]:
        """Open enrollments of these people at these versions."""

    def by_rule(
        self, leavers: Sequence[tuple[int, EnrollmentId, Mapping[str, Any]]], now: datetime
    ) -> None:
        """An exit rule ends these: owner, enrollment, and the rule with what was seen."""

    def by_goal(
        self, reached: Sequence[tuple[int, EnrollmentId, str, Mapping[str, Any]]], now: datetime
    ) -> None:
        """A goal ends these, or leads them to another step: owner, enrollment, GOAL_REACHED or
        GOAL_LEADS, and the goal with what reached it."""

    def noted(self, ids: Sequence[EnrollmentId]) -> Mapping[EnrollmentId, Exit]:
        """One note for each of these enrollments that has any: the oldest, but one of a goal that
        leads to a step only where there is no exit, and one about unsubscribing, which a journey
        may pass over, only where there is no other."""

    def oldest(self, limit: int) -> Sequence[EnrollmentId]:
        """Enrollments with a note, those of the oldest notes, each once."""

    def done(self, ids: Sequence[EnrollmentId]) -> None:
        """These have left, or need not leave: their notes go. Of those that `noted` was asked
        about only the notes that it has seen: one that came since is still to be carried out."""
