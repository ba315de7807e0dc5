"""What the plain interpreter keeps: journeys as places, people with their rows and passages."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tests.engine.oracle_rules import Plain

#: What happened to whom: the type, with a custom event's name (“custom paid”), and the list.
Event = tuple[str, int]


@dataclass(frozen=True)
class Place:
    """One step in reading order. `below` and branches name others by number; None: the end."""

    step: Plain
    below: int | None
    branches: Mapping[str, int | None]


@dataclass(eq=False)
class Journey:
    document: Plain
    order: int  #: older journeys have lower numbers
    places: list[Place]
    on: bool = True

    @classmethod
    def read(cls, document: Plain, order: int) -> Journey:
        places: list[Place] = []
        _lay_out(document["steps"], None, places)
        return cls(document, order, places)

    @property
    def rule(self) -> Plain:
        found: Plain = self.document["reentry"]
        return found

    @property
    def walks_on(self) -> bool:
        trigger = self.document["trigger"]["type"]
        return self.document["unsubscribed"] == "continue" or trigger == "ListUnsubscription"

    def starts_at(self, event: Event) -> bool:
        trigger, (type_, list_id) = self.document["trigger"], event
        types = {"ListSubscription": "subscription", "ListUnsubscription": "unsubscription"}
        wanted = types.get(trigger["type"]) == type_
        return self.on and wanted and list_id in trigger["params"]["list_ids"]


def _lay_out(steps: Sequence[Plain], below: int | None, places: list[Place]) -> int | None:
    """Put these steps and all in their branches behind `places`; answers where they begin."""
    if not steps:
        return below
    here = len(places)
    places.append(Place(steps[0], None, {}))
    inner: list[tuple[str, int, int]] = []
    bodies = steps[0].get("branches", {})
    for name, body in bodies.items():
        first = len(places)
        _lay_out(body, None, places)
        inner.append((name, first, len(places)))
    rest = _lay_out(steps[1:], below, places)
    branches = {name: first if end > first else rest for name, first, end in inner}
    places[here] = Place(steps[0], rest, branches)
    for _, first, end in inner:
        for number in range(first, end):
            _lead_on(places, number, rest)
    return here


def _lead_on(places: list[Place], number: int, rest: int | None) -> None:
    """The last steps of a branch go on below it."""
    place = places[number]
    below = rest if place.below is None else place.below
    branches = {name: rest if to is None else to for name, to in place.branches.items()}
    places[number] = Place(place.step, below, branches)


@dataclass(frozen=True)
class Wait:
    """For an event that happened since then, and comes before the time is over."""

    since: datetime
    until: datetime


@dataclass(eq=False)
class Passage:
    """One way through a journey. `at` is the number of a place."""

    journey: Journey
    list_id: int
    entered_at: datetime
    due: datetime | None
    at: int = 0
    state: str = "active"  #: active, waiting, held, parked or ended
    reason: str | None = None
    ended_at: datetime | None = None
    tries: int = 0
    kept: Plain = field(default_factory=dict)
    reached: list[str] = field(default_factory=list)  #: goals
    asked: Plain | None = None  #: the body that is on its way
    answer: tuple[bool, Plain] | None = None
    entry: int = -1  #: the place among what was heard of the event that let them in; -1: none did
    waits: Wait | None = None  #: for an event
    path: list[str] = field(default_factory=list)
    sent: list[Plain] = field(default_factory=list)

    @property
    def step(self) -> Plain:
        return self.journey.places[self.at].step

    def end(self, reason: str, now: datetime) -> None:
        self.state, self.reason, self.ended_at, self.due = "ended", reason, now, None

    def told_to_end(self, reason: str, now: datetime) -> None:
        self.path.append(f"{self.step['action']} end")
        self.end(reason, now)

    def move(self, to: int | None, now: datetime) -> None:
        self.tries, self.waits = 0, None
        if to is None:
            self.end("completed", now)
        else:
            self.at, self.state = to, "active"


@dataclass
class Person:
    """`rows` are by list and by the names that criteria use; None: not there."""

    address: str
    rows: dict[int, Plain | None]
    account: Plain = field(default_factory=dict)
    passages: list[Passage] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    heard: list[tuple[Event, datetime]] = field(default_factory=list)  #: and when it came
    tags: Mapping[int, Sequence[int]] = field(default_factory=dict)  #: by list
    suppressed_on: Collection[int] = ()  #: lists
    #: how each passage stood when the present round began; None: between rounds
    before: Mapping[Passage, str | None] | None = None


@dataclass
class Columns:
    """`integers` and `dates` hold only such; `numbers` hold texts that must be numbers.
    `aliases` are the further names of columns, by list."""

    integers: Collection[str]
    dates: Collection[str]
    numbers: Collection[str]
    account: Collection[str]
    aliases: Mapping[int, Mapping[str, str]]


def whereabouts(person: Person) -> Mapping[int, set[str]]:
    """By journey: entered, inside, finished; as of the beginning of the round, but for who has
    entered in it."""
    found: dict[int, set[str]] = {}
    for one in person.passages:
        words = found.setdefault(one.journey.order, {"entered"})
        began = person.before is None or one in person.before
        reason = one.reason if person.before is None else person.before.get(one)
        if not began or reason is None:
            words.add("inside")
        elif reason == "completed":
            words.add("finished")
    return found


def open_ones(person: Person) -> Iterator[Passage]:
    return (one for one in list(person.passages) if one.state != "ended")
