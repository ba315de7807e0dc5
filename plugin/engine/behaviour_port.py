"""What rules ask of our own tables: people's passages and messages; part of engine.ports."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from plugin.domain.enrollment import EnrollmentId, SubscriberId
from plugin.domain.program import StepId


class Passages(NamedTuple):
    """How many passages of one person a journey has had: open ones, completed ones, and all."""

    open: int
    completed: int
    all: int


class Became(NamedTuple):
    """What became of the last message of a step in one passage."""

    message_id: int
    asked_at: datetime
    sent: bool  #: the host has it, or may have it
    opened: bool
    clicked: bool


class Behaviour(Protocol):
    """One statement per verb, and the owner in each. Who is left out has nothing of the kind.

    What this very tick does with passages of other journeys is not seen yet, except that its steps
    have let people in.
    """

    def person_keys(
        self, user_id: int, ids: Collection[EnrollmentId]
    ) -> Mapping[EnrollmentId, bytes]: ...

    def passages(
        self, user_id: int, person_keys: Collection[bytes], journey_ids: Collection[int]
    ) -> Mapping[tuple[bytes, int], Passages]:
        """By person and journey."""

    def messages(
        self, user_id: int, ids: Collection[EnrollmentId], step_ids: Collection[StepId]
    ) -> Mapping[tuple[EnrollmentId, StepId], Became]:
        """By passage and step."""

    def branches(
        self, user_id: int, step_id: StepId, ids: Collection[EnrollmentId]
    ) -> Mapping[EnrollmentId, str]:
        """Who has gone down a branch of this step before, and down which one first."""

    def clicked_in(
        self, list_id: int, subscriber_ids: Collection[SubscriberId]
    ) -> Mapping[int, Collection[str]]:
        """By message: the addresses that people clicked in it, as far back as events are kept, and
        as far as they were routed. A few statements. Robots' clicks are left out."""

    def last_sent(
        self, user_id: int, person_keys: Collection[bytes]
    ) -> Mapping[tuple[bytes, int], datetime]:
        """By person and e-mail: when the last message with it was sent, by whatever journey."""
