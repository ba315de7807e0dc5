"""Who stands where, and the closed set of answers that an action may give about them."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from plugin.domain.program import Step, StepId

EnrollmentId = int
SubscriberId = int

#: entering: let in, its place comes at `due_at` · active: due at `due_at` or being run · waiting:
#: inside a wait until `due_at` · held: a visible reason, tried again at `due_at` · parked: out of
#: tries, waits for a person · ended.
State = Literal["entering", "active", "waiting", "held", "parked", "ended"]


# One tick makes tens of thousands of some of these: named tuples, which are made, compared and
# hashed three times as fast as frozen dataclasses.


class Position(NamedTuple):
    """Where a batch stands. All members of a batch share it."""

    version_id: int
    step_id: StepId
    list_id: int


class Member(NamedTuple):
    """One claimed enrollment, as it stood when its row was locked."""

    enrollment_id: EnrollmentId
    subscriber_id: SubscriberId
    state: State
    visit: int  #: how many step visits have been logged so far
    epoch: int  #: grows with every settle; the fence
    attempts: int  #: failed tries at the present step
    due_at: datetime | None  #: None only for people who are taken out, due or not
    cause: str | None = None  #: why they are held, if they are


class Subscriber(NamedTuple):
    """A row of a host list, as far as every step needs it."""

    subscriber_id: SubscriberId
    email: str
    status: str
    bounce: str

    @property
    def subscribed(self) -> bool:
        return self.status == "Subscribed"


@dataclass(frozen=True, slots=True)
class Batch:
    """Everyone who runs one step together: one version, one step, one list, one `now`."""

    user_id: int
    journey_id: int
    journey_name: str
    version_id: int
    list_id: int
    zone: str  #: IANA name, the journey's or its owner's
    now: datetime  #: aware UTC, the same for the whole tick
    step: Step
    subscribers: Mapping[EnrollmentId, Subscriber]
    visits: Mapping[EnrollmentId, int]  #: the visit number under which this run is logged


# The closed set of outcomes. `detail` is kept in the history: plain JSON data, the reason why.


@dataclass(frozen=True, slots=True)
class Next:
    """Go on below."""

    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """Go down the named branch. `waited`: time has passed at this step, or the world outside has
    moved on: what follows is no part of a circle."""

    name: str
    detail: Mapping[str, Any] | None = None
    waited: bool = False


@dataclass(frozen=True, slots=True)
class Until:
    """Wait at this step until `due` (aware UTC), then go on below. Past instants are due now."""

    due: datetime
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """Remain at this step until woken or until `due`; then the step runs again.

    `again`: nothing new has happened, the history has its line already.
    """

    due: datetime
    detail: Mapping[str, Any] | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Cannot go on for a visible reason; the step runs again at its next slow retry."""

    code: str
    reason: str
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class End:
    """Leave the journey. `reason` is stable: `unsubscribed`, `subscriber_deleted`, `exited` …"""

    reason: str
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The step failed for this person; tried again, then parked. `final`: no try would help."""

    code: str
    error: str
    detail: Mapping[str, Any] | None = None
    final: bool = False


Outcome = Next | Branch | Until | Stay | Hold | End | Failed
Outcomes = Mapping[EnrollmentId, Outcome]


class Visit(NamedTuple):
    """One line of the history: a step's run for one enrollment."""

    enrollment_id: EnrollmentId
    visit: int
    position: Position
    action: str
    outcome: str
    branch: str | None
    at: datetime
    detail: Mapping[str, Any] | None


@dataclass(slots=True)
class Standing:
    """Where one enrollment stands while a tick runs, and what to write at its settle."""

    member: Member
    user_id: int
    journey_id: int
    position: Position
    state: State = "active"
    due_at: datetime | None = None
    visit: int = 0
    attempts: int = 0
    cause: str | None = None  #: stable code while held, retried or parked
    cause_text: str | None = None
    end_reason: str | None = None
    waits: bool = False  #: came to a wait in this tick: what follows has no cause but time
    arrived: bool = False  #: reached another step in this tick
    never_came: bool = False  #: ended while entering: they were at no step
    frees_key: bool = False  #: ended, and the person may enter again at once
    reopens_at: datetime | None = None  #: ended, and the person may enter again from then on
    waits_at: StepId | None = None  #: the step at which they wait for an event, or may do so
    visits: list[Visit] = field(default_factory=list)

    @property
    def waits_no_more(self) -> bool:
        """They waited for an event, or may have done so, and have left that step."""
        if self.waits_at is None:
            return False
        return self.state == "ended" or self.position.step_id != self.waits_at


def person_key(user_id: int, email: str) -> bytes:
    """16 bytes that stand for one person of one host user: owner and address.

    Addresses are compared by bytes after NFC and a lower-casing of the ASCII letters, no
    trimming: the host's collation decides criteria, never identity.
    """
    return hashlib.blake2b(
        normal_address(email).encode("utf-8", "surrogatepass"),
        digest_size=16,
        salt=user_id.to_bytes(16, "big"),
    ).digest()


def normal_address(email: str) -> str:
    """The form in which addresses are compared: NFC, ASCII letters in lower case."""
    composed = unicodedata.normalize("NFC", email)
    return "".join(c.lower() if c.isascii() else c for c in composed)
