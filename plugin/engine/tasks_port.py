"""What tasks need from the tables: work on many people, done in batches, that survives anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from plugin.domain.enrollment import EnrollmentId, Member, Position

Act = Literal["retry", "skip", "end"]
TaskKind = Literal["retry", "skip", "end", "archive", "delete", "enroll"]

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
    terms: Mapping[str, Any] | None = None  #: of `enroll`: see engine.enrolling_many


@dataclass(frozen=True, slots=True)
class Task:
    """An order and how far it has come. Locked until the transaction ends.

    `after_id`: up to which enrollment, or with `enroll` up to which subscriber of the list that is
    at work · `place`: what else there is to say of how far it has come, in plain data.
    """

    task_id: int
    order: Order
    after_id: int
    done: int
    place: Mapping[str, Any] = field(default_factory=dict)
    halted: str | None = None  #: why it does not go on just now
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Halt:
    """Why a task does not go on: a stable code and a sentence."""

    code: str
    text: str


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

    def next(self, now: datetime) -> Task | None:
        """The open task that has waited longest for its turn, locked; not one that is halted, or
        that somebody works on."""

    def keep(self, task: Task, now: datetime, over: bool = False) -> None:
        """How far it has come. It has its turn again after the others; `over`: no more."""

    def halt(self, task: Task, why: Halt | None, until: datetime | None) -> None:
        """It goes on then; None: when somebody resumes it. Without a reason it merely yields."""

    def get(self, user_id: int, task_id: int) -> Task:
        """Locked; waits for its batch. Raises NotFound."""

    def call_off(self, user_id: int, journey_id: int, why: str, now: datetime) -> None:
        """The journey's open orders to let people in are over, with this as their error."""

    def behind(self, user_id: int, since: datetime) -> bool:
        """Has anybody of the account been due since then, or longer? One seek in an index."""

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
