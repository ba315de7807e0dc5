"""What the use cases need from the tables of journeys, drafts and versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from plugin.domain.journey import Document, Status


@dataclass(frozen=True, slots=True)
class Stored:
    """A journey as its owner keeps it."""

    journey_id: int
    user_id: int
    name: str
    status: Status
    draft: Document
    live_version_id: int | None
    draft_revision: int


class Frozen(NamedTuple):
    """A journey that is on again, with people who are to be thawed."""

    user_id: int
    journey_id: int
    mark: int
    choice: Mapping[str, Any] | None  #: see engine.overdue.Choice

    @property
    def before(self) -> datetime:
        """Whoever is due before is overdue. Only with a choice."""
        return datetime.fromisoformat((self.choice or {})["before"])


class Library(Protocol):
    """Journeys, drafts and versions of one owner at a time. Foreign ids raise NotFound."""

    def add(self, user_id: int, document: Document, now: datetime) -> int: ...

    def get(self, user_id: int, journey_id: int) -> Stored:
        """Locks the journey's row until the transaction ends."""

    def names(self, user_id: int) -> Mapping[int, str]:
        """All journeys of an owner, by id."""

    def live_version(self, user_id: int, journey_id: int) -> tuple[Status, int | None]:
        """Status and live version, without a lock."""

    def step_ids(self, user_id: int, how_many: int) -> range:
        """Fresh step ids from the account's sequence."""

    def set_draft(self, stored: Stored, draft: Document, now: datetime) -> int:
        """The document, with its name and notes; answers the new revision."""

    def last_edit(self, user_id: int, journey_id: int) -> tuple[str, datetime] | None:
        """Who wrote the draft last, and when."""

    def documents(self, user_id: int, journey_id: int) -> Mapping[int, Document]:
        """All versions by number, oldest first."""

    def publish(self, stored: Stored, zone: str, by: str, now: datetime) -> int:
        """Freeze the draft as the next version and make it the live one; answers its id."""

    def set_status(self, stored: Stored, status: Status, now: datetime) -> None: ...

    def overdue(self, stored: Stored, now: datetime) -> int:
        """People of a journey that is off whose time has come."""

    def archive_account(self, user_id: int, now: datetime) -> None:
        """All journeys of an account that the host has no more."""

    def choose(self, stored: Stored, choice: Mapping[str, Any] | None) -> None:
        """What is to become of those who are overdue, until all are thawed. None: nothing special;
        with a choice there is something to thaw in any case."""

    def thawable(self) -> Frozen | None:
        """An enabled journey with frozen people."""

    def thaw(self, frozen: Frozen, state: str, after_id: int, limit: int) -> list[int]:
        """Put frozen people back where they were due: those in `state` with the smallest ids above
        `after_id`, at most `limit`; answers their ids, ascending. With a choice those are among
        them who were overdue and had not been frozen."""

    def thawed(self, user_id: int, journey_id: int, mark: int) -> None:
        """Nobody is frozen any more, unless the mark has been raised since."""

    def note(
        self, user_id: int, actor: str, act: str, journey_id: int | None, now: datetime
    ) -> None:
        """A line in the audit."""

    def acts_since(self, user_id: int, act: str, since: datetime) -> int:
        """How many lines of an account's audit, since then, are about this act."""

    def secret_names(self, user_id: int) -> frozenset[str]:
        """What the account's secrets are called."""

    def has_secret(self, user_id: int, name: str) -> bool: ...

    def add_secret(self, user_id: int, name: str, ciphertext: str, now: datetime) -> None:
        """Keeps the first one when two add it at once."""
