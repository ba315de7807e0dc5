"""The wired add-on, as its doors (pages, hooks, commands, workers) see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from plugin.domain.catalog import Catalog
from plugin.domain.event import Event
from plugin.domain.journey import Document, Right
from plugin.engine.bulk import Bulk
from plugin.engine.editing import Editor
from plugin.engine.enrolling import Enroller
from plugin.engine.kinds import Action, Registry, TriggerKind
from plugin.engine.overdue import Choice
from plugin.engine.ports import Begin
from plugin.engine.publishing import Publisher
from plugin.engine.reading import Reading
from plugin.engine.recipes import RecipeBook
from plugin.engine.redriving import Ordered
from plugin.engine.tasks_port import Act, Order
from plugin.engine.trying import Trier


@dataclass(frozen=True, slots=True)
class Session:
    """One person's time in our pages, from the host's hand-over until log-out or expiry."""

    user_id: int
    rights: frozenset[Right]
    zone: str  #: IANA name in which times are shown
    language: str
    home: str  #: where "back to the host" leads
    created_at: datetime
    seen_at: datetime


class Sessions(Protocol):
    """Sessions by the SHA-256 of the id in the cookie, and the nonces of used tokens."""

    def create(self, id_hash: bytes, session: Session) -> None:
        """Keep it; sessions and nonces long out of use are dropped on the way."""

    def get(self, id_hash: bytes) -> Session | None: ...

    def touch(self, id_hash: bytes, now: datetime) -> None: ...

    def delete(self, id_hash: bytes) -> None: ...

    def use_nonce(self, nonce_hash: bytes, now: datetime) -> bool:
        """False when it was used before. Of two at once, one is answered True."""


class Authoring(Protocol):
    """What people do to journeys. `actor` goes to the audit: `user:<id>`, `cli` or `api`.

    Unknown and foreign journeys raise NotFound alike.
    """

    def import_text(self, user_id: int, text: str, actor: str) -> int:
        """Add a disabled journey from JSON or YAML; answers its id.

        Raises InvalidDocument with every problem found.
        """

    def export(self, user_id: int, journey_id: int) -> Document: ...

    def enable(
        self, user_id: int, journey_id: int, actor: str, overdue: Choice | None = None
    ) -> None:
        """Publish the draft and open the door. Raises InvalidDocument, Conflict. `overdue`: what
        becomes of those whose time came while it was off; see engine.overdue.unasked."""

    def disable(self, user_id: int, journey_id: int, actor: str) -> None:
        """Close the door; people inside freeze. Raises Conflict."""


class Redriving(Protocol):
    """People who are held or parked, by hand: `retry`, `skip` the step, or `end`.

    Unknown and foreign journeys raise NotFound alike.
    """

    def one(self, user_id: int, journey_id: int, enrollment_id: int, act: Act, actor: str) -> None:
        """Raises Conflict for who is neither held nor parked."""

    def all(self, order: Order) -> Ordered:
        """All of a cause, and of a step if one is named, in batches. Raises Conflict when there is
        nobody."""


class Archiving(Protocol):
    """Unknown and foreign journeys raise NotFound alike; the wrong status raises Conflict."""

    def archive(self, user_id: int, journey_id: int, actor: str) -> None:
        """Off and out of sight; people leave, in batches."""

    def restore(self, user_id: int, journey_id: int, actor: str) -> None:
        """In sight again, and off."""

    def delete(self, user_id: int, journey_id: int, actor: str) -> None:
        """An archived journey with all its history, in batches."""


class Executor(Protocol):
    def tick(self) -> int:
        """Advance one batch of due enrollments; answers how many."""

    def rest(self) -> None:
        """Nothing is being run: take the worker's marker away."""


class Intake(Protocol):
    def route(self) -> int:
        """Route one batch of inbox events; answers how many."""


class Planner(Protocol):
    def plan(self) -> int:
        """Look for one batch of people whose time has come; answers how much was done."""


class Housekeeper(Protocol):
    def keep(self) -> int:
        """One small batch of what is to be summed up or let go of; answers how many rows."""


class Deliverer(Protocol):
    def deliver(self) -> int:
        """Attempt one batch of due deliveries; answers how many."""

    def drain(self, seconds: float) -> bool:
        """Wait for those under way, `seconds` at most, and note what came of them. False: some have
        not ended."""


class Heart(Protocol):
    """Tells others that this worker is alive."""

    def __call__(self, looks: int) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Services:
    begin: Begin
    executor: Executor
    intake: Intake
    planner: Planner
    deliverer: Deliverer
    heartbeat: Heart
    housekeeper: Housekeeper
    actions: Registry[Action]
    triggers: Registry[TriggerKind]
    reading: Reading
    authoring: Authoring
    editing: Editor
    publishing: Publisher
    enrolling: Enroller
    bulk: Bulk
    redriving: Redriving
    archiving: Archiving
    try_webhook: Trier
    sessions: Sessions
    recipes: RecipeBook
    catalog: Callable[[int], Catalog]  #: of a host user
    #: headers (names in lower case) and raw body → which key held; raises NotAuthentic
    verify_hook: Callable[[Mapping[str, str], bytes], str]
    #: source and events → (new, duplicate), kept when it returns; raises Conflict
    accept: Callable[[str, Sequence[Event]], tuple[int, int]]
    ping: Callable[[], None]  #: raises Unavailable when the database is away
    wall_clock: Callable[[], datetime]  #: aware UTC; for sessions and tokens, never for what is due
