"""The wired add-on, as its doors (pages, hooks, commands, workers) see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from plugin.domain.catalog import Catalog
from plugin.domain.event import Event
from plugin.domain.journey import Document, Right
from plugin.engine.editing import Editor
from plugin.engine.enrolling import Enroller
from plugin.engine.kinds import Action, Registry, TriggerKind
from plugin.engine.ports import Begin
from plugin.engine.publishing import Publisher
from plugin.engine.reading import Reading


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

    def enable(self, user_id: int, journey_id: int, actor: str) -> None:
        """Publish the draft and open the door. Raises InvalidDocument, Conflict."""

    def disable(self, user_id: int, journey_id: int, actor: str) -> None:
        """Close the door; people inside freeze. Raises Conflict."""


class Executor(Protocol):
    def tick(self) -> int:
        """Advance one batch of due enrollments; answers how many."""

    def rest(self) -> None:
        """Nothing is being run: take the worker's marker away."""


class Intake(Protocol):
    def route(self) -> int:
        """Route one batch of inbox events; answers how many."""


class Deliverer(Protocol):
    def deliver(self) -> int:
        """Attempt one batch of due deliveries; answers how many."""


class Heart(Protocol):
    """Tells others that this worker is alive."""

    def __call__(self, looks: int) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Services:
    begin: Begin
    executor: Executor
    intake: Intake
    deliverer: Deliverer
    heartbeat: Heart
    actions: Registry[Action]
    triggers: Registry[TriggerKind]
    reading: Reading
    authoring: Authoring
    editing: Editor
    publishing: Publisher
    enrolling: Enroller
    sessions: Sessions
    catalog: Callable[[int], Catalog]  #: of a host user
    #: headers (names in lower case) and raw body → which key held; raises NotAuthentic
    verify_hook: Callable[[Mapping[str, str], bytes], str]
    #: source and events → (new, duplicate), kept when it returns; raises Conflict
    accept: Callable[[str, Sequence[Event]], tuple[int, int]]
    ping: Callable[[], None]  #: raises Unavailable when the database is away
    wall_clock: Callable[[], datetime]  #: aware UTC; for sessions and tokens, never for what is due
