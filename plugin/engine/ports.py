"""What the engine needs from the world, in verbs that act on many at once.

Implemented in storage/, host/, hooks/ and wakeup.py; wired in app.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from plugin.domain.catalog import Catalog
from plugin.domain.criteria import Answer, AnyRule
from plugin.domain.enrollment import (
    EnrollmentId,
    Member,
    Position,
    Standing,
    Subscriber,
    SubscriberId,
)
from plugin.domain.event import Event
from plugin.domain.journey import Document, Status
from plugin.domain.program import Program
from plugin.engine.behaviour_port import Behaviour
from plugin.engine.changeover_port import Changeovers
from plugin.engine.entry_port import Entrance
from plugin.engine.exits_port import Exits
from plugin.engine.goals_port import Goals
from plugin.engine.housekeeping_port import Housekeeping
from plugin.engine.inbox_port import Inbox
from plugin.engine.library_port import Library
from plugin.engine.mailing_port import Mailing
from plugin.engine.membership_port import Membership
from plugin.engine.messages_port import Messages
from plugin.engine.outages_port import Outages
from plugin.engine.outbox_port import CallResult as CallResult
from plugin.engine.outbox_port import Delivery as Delivery
from plugin.engine.outbox_port import Outbox as Outbox
from plugin.engine.outbox_port import Parcel as Parcel
from plugin.engine.outbox_port import Request as Request
from plugin.engine.outbox_port import Response as Response
from plugin.engine.outbox_port import Room as Room
from plugin.engine.outbox_port import Transport as Transport
from plugin.engine.outbox_port import Tried as Tried
from plugin.engine.planning_port import Plans, Stretches
from plugin.engine.rounds_port import Rounds
from plugin.engine.sending_port import Sending
from plugin.engine.tag_ports import Beside, OwnerValues
from plugin.engine.tasks_port import Tasks
from plugin.engine.waiters_port import Waiters

#: Called with the name of a crash point; does nothing outside of tests.
Reach = Callable[[str], None]


def unreached(point: str) -> None:
    """The Reach of production."""


@dataclass(frozen=True, slots=True)
class Version:
    """A published document. Immutable, so callers may cache it for ever."""

    version_id: int
    journey_id: int
    user_id: int
    number: int
    document: Document
    program: Program
    zone: str  #: IANA name, settled at publish


@dataclass(frozen=True, slots=True)
class Live:
    """An enabled journey and its live version."""

    journey_id: int
    user_id: int
    name: str
    version: Version


@dataclass(frozen=True, slots=True)
class Entry:
    """One enrollment to be made."""

    version: Version
    list_id: int
    subscriber_id: int
    person_key: bytes
    entry_key: bytes
    entry_event_id: int | None
    hops: int = 0
    origin_enrollment_id: EnrollmentId | None = None  #: whose step started it


class Origin(NamedTuple):
    """What an enrollment passes on to what it causes."""

    person_key: bytes
    hops: int  #: journeys' causes in a row since somebody last waited; 0 for what a host reports


class Count(NamedTuple):
    """One delta. Figures: entered, refused, arrived, left, ended, delivered, undelivered, result,
    message, revenue."""

    user_id: int
    journey_id: int
    version_id: int
    step_id: int
    figure: str
    remark: str
    n: int


class Footing(NamedTuple):
    """How a journey stands. `thaws`: something was chosen for those who were due before then, and
    has not been done yet."""

    status: Status
    name: str
    thaws: datetime | None = None


class Store(Protocol):
    """Journeys, versions and enrollments: our own tables."""

    def installation(self) -> str:
        """What tells this installation from any other: a text that never changes."""

    def now(self) -> datetime:
        """The database's clock, aware UTC. The only clock that says what is due."""

    def claim(
        self, now: datetime, limit: int, after_user: int, without: Sequence[EnrollmentId]
    ) -> Sequence[tuple[Position, Sequence[Member]]]:
        """Lock up to `limit` due enrollments of one account until the transaction ends.

        The account is the next with due rows above `after_user`, cyclically; its oldest due
        groups come first. Rows locked by others and those in `without` are passed over.
        """

    @property
    def claimed_from(self) -> int | None:
        """The last account that `claim` looked at, found someone there or not."""

    def claim_these(
        self, now: datetime, ids: Sequence[EnrollmentId]
    ) -> Sequence[tuple[Position, Sequence[Member]]]:
        """Lock those of `ids` that are due and not locked by others."""

    def claim_open(
        self, ids: Sequence[EnrollmentId]
    ) -> Sequence[tuple[Position, Sequence[Member]]]:
        """Lock those of `ids` that have not ended, due or not, and are not locked by others."""

    def ended(self, ids: Sequence[EnrollmentId]) -> Sequence[EnrollmentId]:
        """Those of `ids` that have ended or are deleted."""

    def started(
        self, journey_id: int, origins: Sequence[EnrollmentId], now: datetime
    ) -> Sequence[EnrollmentId]:
        """Those of `origins` whose step has started this journey in this very tick (`now`)."""

    def settle(self, standings: Sequence[Standing], now: datetime) -> None:
        """Write new positions and history. One statement each, whatever the number of people.

        Raises Interrupted when an epoch has moved: the rows were not ours after all.
        """

    def those(
        self, user_id: int, ids: Sequence[EnrollmentId]
    ) -> Sequence[tuple[Position, Sequence[Member]]]:
        """Lock these, ended or not. Waits for whoever holds them."""

    def tell(self, standings: Sequence[Standing]) -> None:
        """Add to their history and change nothing else. Raises Interrupted as `settle` does."""

    def freeze(self, ids: Sequence[EnrollmentId], journey_ids: Iterable[int]) -> None:
        """Take rows of a disabled journey out of the due index, keeping when they were due."""

    def count(self, counts: Iterable[Count], now: datetime) -> None: ...

    def version(self, version_id: int) -> Version:
        """Raises NotFound."""

    def statuses(self, journey_ids: Iterable[int]) -> Mapping[int, Footing]:
        """How each journey stands, read in this transaction."""

    def live(self, user_ids: Iterable[int]) -> Sequence[Live]:
        """The enabled journeys of these owners, with their live versions."""

    def exiting_by_events(self, user_ids: Iterable[int]) -> Sequence[Version]:
        """All versions of these owners, live or not, with an exit rule or a goal about events."""

    def waiting_for_events(self, user_ids: Iterable[int]) -> Sequence[Version]:
        """All versions of these owners, live or not, with a step at which people wait for
        events."""

    def enroll(self, entries: Sequence[Entry], now: datetime, call: int | None = None) -> int:
        """Insert those whose entry key is free; answers how many. Two statements.

        With a `call` their first line of history and, with caps, their start are still to be
        written: see Entrance. Raises Interrupted when a version is not the live one any more: once
        a publish has committed, nobody enters at an older version.
        """

    def origins(self, ids: Sequence[EnrollmentId]) -> Mapping[EnrollmentId, Origin]:
        """For what these enrollments cause: an event's or an entry's `hops` is theirs + 1."""

    def lineage(
        self, ids: Sequence[EnrollmentId], most: int
    ) -> Mapping[EnrollmentId, Sequence[int]]:
        """The journey of each, then the journey whose step let them in there, and so on back; at
        most `most` journeys. One statement."""

    def reopen(self, journey_id: int, person_keys: Sequence[bytes], now: datetime) -> None:
        """Free the keys of ended enrollments whose `reopens_at` has come."""


class Host(Membership, Mailing, OwnerValues, Stretches, Protocol):
    """The host's tables. One statement per call. Raises CannotEvaluate when a table is gone."""

    def owners(self, list_ids: Iterable[int]) -> Mapping[int, int]:
        """The owner of each list; unknown lists are left out."""

    def accounts(self, user_ids: Iterable[int]) -> Mapping[int, bool]:
        """Whether each account is enabled; those that the host does not have are left out."""

    def zone(self, user_id: int) -> str:
        """The owner's IANA zone; UTC when the host knows none that exists."""

    def catalog(self, user_id: int) -> Catalog: ...

    def subscribers(
        self, list_id: int, ids: Sequence[SubscriberId]
    ) -> Mapping[SubscriberId, Subscriber]:
        """Rows that are gone are left out."""

    def find(self, list_id: int, email: str) -> Subscriber | None:
        """By address, confirmed by normalised bytes."""

    def values(
        self, list_id: int, ids: Sequence[SubscriberId], names: Iterable[str]
    ) -> Mapping[SubscriberId, Mapping[str, object]]:
        """Values for merge tags, by column, alias or `CustomField<ID>`; None when not set."""

    def answers(
        self, list_id: int, ids: Sequence[SubscriberId], rules: Sequence[AnyRule], today: datetime
    ) -> Mapping[SubscriberId, tuple[Answer, ...]]:
        """The truth of each rule, in order, and the value seen, per subscriber.

        A few statements, as many for one person as for a thousand. Lists of other accounts do
        not exist: CannotEvaluate(`list_missing`), as for lists that are gone.
        `today` is aware, in the zone in which "last N days" is meant.
        """

    def set_field(
        self, list_id: int, field_id: int, values: Mapping[SubscriberId, str | None]
    ) -> Mapping[SubscriberId, str]:
        """Set a list or global field; answers a sentence for each value that does not fit.

        Values that do not fit (charset, length, type) are not written; all others are.
        """


class Work(Protocol):
    """One transaction over all of them. Leaving the block commits; an exception rolls back."""

    @property
    def store(self) -> Store: ...
    @property
    def host(self) -> Host: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def messages(self) -> Messages: ...
    @property
    def sending(self) -> Sending: ...
    @property
    def library(self) -> Library: ...
    @property
    def beside(self) -> Beside: ...
    @property
    def goals(self) -> Goals: ...
    @property
    def behaviour(self) -> Behaviour: ...
    @property
    def exits(self) -> Exits: ...
    @property
    def tasks(self) -> Tasks: ...
    @property
    def outages(self) -> Outages: ...
    @property
    def plans(self) -> Plans: ...
    @property
    def waiters(self) -> Waiters: ...
    @property
    def changeovers(self) -> Changeovers: ...
    @property
    def entrance(self) -> Entrance: ...
    @property
    def rounds(self) -> Rounds: ...
    @property
    def housekeeping(self) -> Housekeeping: ...
    def catalog(self, user_id: int) -> Catalog:
        """What the account has: of the host's, and its journeys."""

    def heard(self, user_id: int, event: Event) -> bool:
        """Would a live journey of the owner listen to such an event? It need have ids only.

        One statement for each owner in a transaction.
        """

    def savepoint(self) -> AbstractContextManager[object]:
        """Raises Interrupted when the database undid the whole transaction."""


Begin = Callable[[], AbstractContextManager[Work]]


class Clock(Protocol):
    """Says what "now" is for a transaction; tests turn it by hand."""

    def __call__(self, work: Work) -> datetime: ...


class Wakeup(Protocol):
    """Tells workers to look again. May be lost at any time; only promptness suffers."""

    def __call__(self) -> None: ...


Signer = Callable[[str, str, int, bytes], str]
"""sign(secret, message id, unix seconds, body) → the webhook-signature header."""

Secrets = Callable[[int, str], str | None]
"""secrets(user_id, name) → the secret in clear, or None."""
