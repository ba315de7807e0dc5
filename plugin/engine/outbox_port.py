"""What the engine needs of the outbox and of the way out; part of engine.ports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

from plugin.domain.enrollment import EnrollmentId

#: webhook: a request to the world · host_call: one to the host's API · host_write: the host's
#: tables, written after the commit · message: an e-mail, through the host's gateway.
ParcelKind = Literal["webhook", "host_call", "host_write", "message"]


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a step asks for: one per enrollment and visit. `body` of a host_call: the command and
    its parameters as JSON, without the key; of a host_write: the intent."""

    enrollment_id: EnrollmentId
    visit: int
    email: str  #: part of the key: after a restore, numbers are given to other people
    url: str
    headers: Mapping[str, str]
    body: bytes
    secret_name: str | None
    method: str = "POST"
    kind: ParcelKind = "webhook"
    host: str = ""  #: the receiver of a webhook: host, and port if it is not the usual one
    terms: Mapping[str, Any] | None = None  #: see engine.terms
    awaited: bool = False  #: the step stays until it is done or has failed


@dataclass(frozen=True, slots=True)
class Delivery:
    """A leased parcel on its way. `attempt` counts from 1 and is the fencing token."""

    delivery_id: int
    delivery_key: str
    user_id: int
    journey_id: int
    step_id: int
    attempt: int
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    secret_name: str | None
    kind: ParcelKind = "webhook"
    enrollment_id: EnrollmentId = 0
    visit: int = 0
    terms: Mapping[str, Any] | None = None
    awaited: bool = False
    receiver_id: int = 0
    receiver_faults: int = 0  #: in a row, when it was leased
    given_up: bool = False  #: due for too long behind an open breaker: not to be sent any more
    earlier: int = 0  #: attempts that do not count: before it was last begun anew by hand
    #: as it was leased: `sending` is an attempt whose result nobody has noted
    state_before: str = "new"

    @property
    def trial(self) -> int:
        """The attempt's place in the schedule, from 1."""
        return self.attempt - self.earlier


@dataclass(frozen=True, slots=True)
class Room:
    """How much may be sent at once by one worker: in all, now; of one account; to one receiver.
    `under_way` counts what is being sent, by account and receiver."""

    total: int
    of_account: int
    of_receiver: int
    under_way: Mapping[tuple[int, int], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)  #: there may be secrets in them
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """`status` None: no answer; `error` is then a class word (refused, timeout, dns, tls …)."""

    status: int | None
    error: str | None
    body: bytes  #: at most 16 kB
    retry_after: int | None  #: seconds
    took_ms: int
    unsent: bool = False  #: without an answer: nothing of the request has left


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one attempt. `next_at` None: no further try."""

    delivery: Delivery
    response: Response
    state: str  #: new (tried again), unknown (news may come until `next_at`), done, failed
    next_at: datetime | None
    result: Mapping[str, Any] | None = None  #: for the step that waits for it
    #: what this says of the receiver; busy: it wants nothing before `next_at`
    receiver: Literal["well", "fault", "busy"] | None = None
    uncounted: bool = False  #: this attempt has no place in the schedule


class CallResult(NamedTuple):
    """What has become of what a step stays for. `ended_at` None: it is still under way."""

    visit: int
    ended_at: datetime | None
    result: Mapping[str, Any]


class Outbox(Protocol):
    """Promises to the outside, kept after the commit."""

    def post(self, batch_of: Mapping[str, int], parcels: Sequence[Parcel], now: datetime) -> None:
        """Add parcels. `batch_of` names user_id, journey_id and step_id. Two statements, and two
        more when there are receivers that are new."""

    def lease(self, now: datetime, room: Room, seconds: float) -> Sequence[Delivery]:
        """Take parcels that are due, or whose lease ran out; counts the attempt. Accounts and
        receivers take turns; a receiver whose breaker is open is left alone."""

    def finish(self, tried: Sequence[Tried], now: datetime) -> Sequence[Tried]:
        """Write results and answer those written: a result of an attempt that is no longer the
        latest is ignored. Whoever still waits at the visit that asked for it is due now."""

    def results(
        self, step_id: int, ids: Iterable[EnrollmentId]
    ) -> Mapping[EnrollmentId, CallResult]:
        """What became of the last thing that each of these stays for at this step; those who
        asked for nothing are left out. One statement."""


class Transport(Protocol):
    def send(self, request: Request) -> Response:
        """One attempt. Never raises for what the network does."""
