"""What tasks need from the tables: work on many people, done in batches, that survives anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from plugin.domain.enrollment import EnrollmentId, Member, Position

Act = Literal["retry", "skip", "end"]
TaskKind = Literal["retry", "skip", "end", "archive", "delete"]

Groups = Sequence[tuple[Position, Sequence[Member]]]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done, and with whom."""

    user_id: int
    journey_id: int
    kind: TaskKind
    actor: str
    people: int  #: so many there are as it is ordered
    cause: str | None = None
    step_id: int | None = None  #: None: at any step


@dataclass(frozen=True, slots=True)
class Task:
    """An order and how far it has come. Locked until the transaction ends."""

    task_id: int
    order: Order
    after_id: EnrollmentId
    done: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whom a batch is about: the next by id, in these states, with this cause, at this step."""

    user_id: int
    journey_id: int
    states: Sequence[str]
    cause: str | None = None
    step_id: int | None = None


@dataclass(frozen=True, slots=True)
class Renewed:
    """A delivery that is made once more: its last result is taken back."""

    user_id: int
    journey_id: int
    step_id: int
    remark: str  #: of the count of the undelivered: the last answer


class Tasks(Protocol):
    def order(self, order: Order, now: datetime) -> int:
        """Keep it for the workers; answers the task's id."""

    def next(self) -> Task | None:
        """The oldest open task that nobody works on, locked."""

    def advance(
        self, task: Task, after_id: EnrollmentId, people: int, end: datetime | None
    ) -> None:
        """`people` more are done; `end`: there are no more."""

    def give_up(self, task_id: int, error: str, now: datetime) -> None:
        """It cannot be done, and keeps nobody from anything else."""

    def open_kinds(self, user_id: int, journey_id: int) -> Collection[str]:
        """Kinds of the journey's tasks that are not finished."""

    def count(self, who: Chosen) -> int: ...

    def batch(
        self, who: Chosen, after_id: EnrollmentId, limit: int
    ) -> tuple[Groups, EnrollmentId | None]:
        """The next people by id, locked, and the id up to which to go on; None: nobody is left.
        Waits for whoever holds them."""

    def one(self, user_id: int, journey_id: int, enrollment_id: EnrollmentId) -> Groups:
        """One of those who are held or parked, locked."""

    def due(self, user_id: int, ids: Sequence[EnrollmentId], before: datetime) -> Groups:
        """Those of `ids` that are due before, locked. Waits for whoever holds them."""

    def put_off(self, due: Mapping[EnrollmentId, datetime]) -> None:
        """These are due then, and not before. One statement."""

    def renew(self, step_id: int, ids: Sequence[EnrollmentId], now: datetime) -> Sequence[Renewed]:
        """Begin anew the last delivery of these at this step, where it has failed: with the same
        key and body."""

    def erase(self, user_id: int, journey_id: int, limit: int) -> int:
        """Delete some passages with all that belongs to them; answers how many. 0: all are gone."""

    def erase_journey(self, user_id: int, journey_id: int, limit: int) -> bool:
        """Delete some of the journey's counts, and at last itself; False: there is more."""

    def audit(
        self, order: Order, act: str, now: datetime, detail: Mapping[str, Any] | None = None
    ) -> None: ...
