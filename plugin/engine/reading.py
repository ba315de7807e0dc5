"""What the pages read: figures and rows for people, each in a constant number of statements.

Every verb takes the user whose journeys are meant; unknown and foreign ids raise NotFound alike.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from plugin.domain.differences import Difference
from plugin.domain.fates import Removed
from plugin.domain.journey import Document, Status, Trigger

PAGE_ROWS = 50
HISTORY_ROWS = 1000  #: a longer history shows its end only
#: What let somebody in is not kept any more.
FORGOTTEN = "forgotten"
TASK_ROWS = 20

Addresses = Callable[[Mapping[int, Collection[int]]], Mapping[tuple[int, int], str]]
"""Asked with list id → subscriber ids, answers (list id, subscriber id) → e-mail address.

Those who are gone are left out. The ids come from enrollments, so their owner is settled.
"""


@dataclass(frozen=True, slots=True)
class JourneyRow:
    """A line of the journeys list."""

    journey_id: int
    name: str
    status: Status
    live_number: int | None  #: None: never published
    draft_differs: bool
    trigger: Trigger  #: of the live version, else of the draft
    entered: int
    active: int
    parked: int
    held: int
    sends: int  #: deliveries asked for
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A published version, and what it changed of the one before."""

    number: int
    published_at: datetime
    published_by: str  #: user:<id>, cli or api
    live: bool
    changes: Sequence[Difference]  #: none for the first


@dataclass(frozen=True, slots=True)
class ChangeoverRow:
    """How people go over, or went, to the version that was published last."""

    number: int
    removed: Removed
    state: str  #: running, done or superseded
    total: int  #: people inside when it began; some may have ended by themselves since
    moved: int
    exited: int
    left: int
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class JourneyPage:
    """One journey, as the Design page shows it: its live version, or the draft."""

    journey_id: int
    name: str
    status: Status
    notes: str
    live_number: int | None
    draft_differs: bool
    document: Document
    #: step id → figure ("here", "passed", "ended", "entering", "held", "parked", "branch:true",
    #: "delivered", "undelivered", "refused"; of messages "sent", "unknown", "skipped", "failed",
    #: "opened" …) → people; figures of 0 may be left out
    counts: Mapping[int, Mapping[str, int]]
    entered: int
    refused: int
    ended: int
    entering: int  #: let in, waiting for a place
    refusals: Mapping[str, int]  #: reason → entries; their sum is `refused`
    ends: Mapping[str, int]  #: reason → people; their sum is `ended`
    draft_revision: int = 1
    changeover: ChangeoverRow | None = None  #: the last one
    goals: Mapping[str, int] = field(default_factory=dict)  #: name → passages that reached it


@dataclass(frozen=True, slots=True)
class Inside:
    """Who is inside a journey now, for the question before it is turned on or off."""

    people: int
    waiting: int
    held: int
    parked: int
    overdue: int  #: people whose time has come, which is while the journey was off
    entering: int = 0  #: let in, waiting for a place


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A line of the People page."""

    enrollment_id: int
    subscriber_id: int
    list_id: int
    email: str | None  #: None: the subscriber is gone
    state: str
    step_id: int
    cause: str | None
    cause_text: str | None
    end_reason: str | None
    entered_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    version_number: int


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt of a delivery."""

    attempt: int
    tried_at: datetime
    status: int | None
    error: str | None
    took_ms: int
    answer: str | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    delivery_key: str
    method: str
    url: str
    state: str
    tries: Sequence[Try]


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a person's history: a step's run, and what came of it."""

    visit: int
    step_id: int
    action: str
    outcome: str
    branch: str | None
    at: datetime
    detail: Mapping[str, Any] | None
    delivery: DeliveryRow | None


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One enrollment with its whole history, oldest first."""

    row: PersonRow
    journey_name: str
    document: Document  #: the version they are pinned to
    entered_by: str | None  #: the event's type; None: by hand, API or journey
    started_by: int | None  #: the journey whose step let them in
    visits_of_person: Sequence[PersonRow]  #: all passages of this person through this journey
    moments: Sequence[Moment]


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """None: any. `before_id` pages down: rows with smaller ids."""

    state: str | None = None  #: a state, or `inside`: all but ended
    step_id: int | None = None
    email: str | None = None  #: the whole address
    subscriber_id: int | None = None
    before_id: int | None = None


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """Who is held or parked for one cause at one step of a journey."""

    journey_id: int
    journey_name: str
    state: str  #: held or parked
    cause: str
    cause_text: str  #: of one of them: where texts name values, the others' differ
    step_id: int
    people: int
    since: datetime  #: when the first of them arrived at the step


@dataclass(frozen=True, slots=True)
class TaskRow:
    """Something ordered for many people, and how far it has come."""

    task_id: int
    journey_id: int
    kind: str
    cause: str | None
    step_id: int | None
    actor: str
    ordered_at: datetime
    people: int
    done: int
    finished_at: datetime | None
    error: str | None
    halted: str | None  #: why it does not go on just now
    halted_text: str | None
    figures: Mapping[str, int]  #: of an order to let many in: what came of those looked at


@dataclass(frozen=True, slots=True)
class Weight:
    """What is lost with a journey."""

    people: int  #: passages, over or not
    lines: int  #: of history
    deliveries: int
    versions: int


@dataclass(frozen=True, slots=True)
class OutageRow:
    """A time in which no worker ran, and what became of those who were due then."""

    began_at: datetime
    noticed_at: datetime
    kind: str  #: outage or clock_jump
    until: datetime  #: by then they all have gone on, as far as their windows let them
    people: int
    finished_at: datetime | None  #: None: more people are still being found


@dataclass(frozen=True, slots=True)
class Running:
    """A task or changeover that is under way."""

    kind: str
    user_id: int
    journey_id: int
    done: int
    people: int


@dataclass(frozen=True, slots=True)
class Dated:
    """A figure of one day, UTC."""

    counted_on: date
    version: int  #: its number; 0 for deliveries
    step_id: int  #: 0: the journey as a whole
    figure: str
    remark: str
    n: int


@dataclass(frozen=True, slots=True)
class Reported:
    """An event that was reported of a person, and what came of it."""

    event_id: int
    type: str
    list_id: int
    subscriber_id: int
    occurred_at: datetime
    received_at: datetime
    state: str  #: new, routed, ignored or held
    reason: str | None
    entered: Sequence[int]  #: the journeys into which it let them


@dataclass(frozen=True, slots=True)
class Health:
    """For admins: what waits, and who works."""

    due_now: int
    oldest_due_seconds: float
    inbox_waiting: int
    deliveries_waiting: int
    held: int
    parked: int
    workers: Sequence[tuple[str, datetime]]  #: name and when last seen
    at: datetime  #: when this was so
    outage: OutageRow | None = None  #: the last one, while it is caught up with and a day longer
    #: of the accounts with people due: the lag of its oldest, by percentile (50, 95, 100), seconds
    lag_percentiles: Mapping[int, float] = field(default_factory=dict)
    parked_causes: Mapping[str, int] = field(default_factory=dict)
    tasks_open: int = 0
    changeovers_open: int = 0
    running: Sequence[Running] = ()  #: of these, the first ones
    today: Mapping[str, int] = field(default_factory=dict)  #: figure → n, of this day in UTC


class Reading(Protocol):
    def journeys(self, user_id: int) -> Sequence[JourneyRow]: ...

    def journey(self, user_id: int, journey_id: int) -> JourneyPage: ...

    def versions(self, user_id: int, journey_id: int) -> Sequence[VersionRow]:
        """Newest first."""

    def inside(self, user_id: int, journey_id: int) -> Inside: ...

    def people(self, user_id: int, journey_id: int, wanted: PeopleFilter) -> Sequence[PersonRow]:
        """At most PAGE_ROWS + 1 rows, newest first; the one too many says there is a next page."""

    def person(self, user_id: int, journey_id: int, enrollment_id: int) -> PersonPage:
        """The moments are the last HISTORY_ROWS, oldest first."""

    def stopped(self, user_id: int, journey_id: int | None) -> Sequence[CauseGroup]:
        """Held and parked people by cause and step, most people first; of all journeys (None) or
        of one."""

    def tasks(self, user_id: int, journey_id: int | None) -> Sequence[TaskRow]:
        """The last TASK_ROWS, newest first."""

    def overdue(self, user_id: int, journey_id: int) -> Mapping[int, int]:
        """Step → people whose time has come while the journey was off."""

    def weight(self, user_id: int, journey_id: int) -> Weight: ...

    def outage(self) -> OutageRow | None:
        """As in `health`."""

    def health(self) -> Health: ...

    def by_day(
        self, user_id: int, journey_id: int, days: tuple[date, date], version: int | None = None
    ) -> Sequence[Dated]:
        """The figures of these days, both included, summed; of all versions or of one (its
        number, and then without deliveries)."""

    def reported(
        self, user_id: int, people: Collection[tuple[int, int]], most: int
    ) -> Sequence[Reported]:
        """The last events about these rows (list and subscriber) of the owner's lists, oldest
        first."""
