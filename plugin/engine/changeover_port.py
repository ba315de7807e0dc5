"""What a changeover needs of our tables: who is behind, and where they stand afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from plugin.domain.enrollment import EnrollmentId, Member, Position, Standing
from plugin.domain.fates import Removed

#: The states of people inside, in the order in which they are looked for.
STATES = ("active", "waiting", "held", "parked", "entering")


@dataclass(frozen=True, slots=True)
class Place:
    """How far a pass has come: a place in STATES, and the last id that was looked at."""

    state: int = 0
    after_id: EnrollmentId = 0


@dataclass(frozen=True, slots=True)
class Changeover:
    """People inside a journey go over to `version_id`, whatever version they are at."""

    changeover_id: int
    user_id: int
    journey_id: int
    version_id: int
    removed: Removed
    place: Place
    moved: int
    exited: int


class Behind(NamedTuple):
    """Somebody who is not at the newest version, as they stood when their row was locked."""

    member: Member
    at: Position
    frozen_due_at: datetime | None
    arrived_at: datetime  #: while they wait: since when


class Group(NamedTuple):
    """How many stand at one step of one version."""

    version_id: int
    step_id: int
    state: str
    people: int


@dataclass(frozen=True, slots=True)
class GoneOver:
    """One person at the new version. `due` None: it stays as it was."""

    standing: Standing
    due: datetime | None = None
    frozen: bool = False  #: what is due stays out of sight until the journey is turned on


class Changeovers(Protocol):
    """Of all owners for workers; of one owner for `begin` and `groups`."""

    def begin(self, user_id: int, journey_id: int, to: int, removed: Removed, now: datetime) -> int:
        """From now on people go over to version `to`; what an older changeover of the journey has
        not done yet is this one's. Answers how many are inside."""

    def groups(self, user_id: int, journey_id: int) -> Sequence[Group]:
        """Everybody inside, by version, step and state. One statement."""

    def next(self) -> Changeover | None:
        """Lock the running changeover that has waited longest, passing over those of others."""

    def behind(self, of: Changeover, limit: int) -> Sequence[EnrollmentId]:
        """People of the present state and above the present id who are not at the version yet,
        by id, without a lock."""

    def lock(self, of: Changeover, ids: Sequence[EnrollmentId]) -> Sequence[Behind]:
        """Lock those of `ids` who are inside and behind, passing over rows that others hold."""

    def go_over(self, people: Sequence[GoneOver], now: datetime) -> None:
        """Write them at their new version, with the history; a few statements for all of them.

        Raises Interrupted when an epoch has moved.
        """

    def anybody_behind(self, of: Changeover) -> bool: ...

    def note(self, of: Changeover, place: Place | None, now: datetime) -> None:
        """Keep the figures of `of`, and how far it has come; None: everybody is over."""
