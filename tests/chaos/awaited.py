"""People who wait for an event, and events that come when their time is over, a little before or
after: what each of them must take by the written rule, worked out from when events arrived.
"""

from __future__ import annotations

import json
import random
import threading
import time
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from plugin.app import build
from plugin.domain.event import Event
from plugin.settings import Settings
from tests.chaos.expected import Person
from tests.chaos.world import LIST_ID, World

#: Everybody waits for an open. With a window they all come to the step in the same minute.
JOURNEY = """
format: 1
name: Waits
trigger: {type: ListSubscription, params: {list_ids: [1]}}
reentry: {rule: once_ever}
steps:
- action: Wait
  params: {amount: 1, unit: seconds, window: WINDOW}
- action: WaitForEvent
  params: {what: opened, amount: SECONDS, unit: seconds}
  branches:
    happened:
    - action: UpdateCustomFieldValue
      params: {field: 2, value: '{{ Subscriber:CustomField2 }}+happened'}
    timed_out:
    - action: UpdateCustomFieldValue
      params: {field: 2, value: '{{ Subscriber:CustomField2 }}+timed_out'}
- action: UpdateCustomFieldValue
  params: {field: 3, value: '{{ Subscriber:CustomField3 }}+done'}
"""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: Events of one call, and the calls' senders.
CALL, SENDERS = 40, 2
#: Events come so long before their time is over, and so long after, in seconds.
BEFORE, AFTER = 1.2, 0.6
#: Of those who wait, this share gets no event, and this share two.
NONE, TWO = 0.1, 0.1


def journey(seconds: int, opens: datetime | None = None) -> str:
    """A wait of so many seconds, which begins in the minute of `opens` (UTC)."""
    window = "null"
    if opens is not None:
        until = opens + timedelta(hours=2)
        days, times = f"[{', '.join(DAYS)}]", (opens, until)
        first, last = (f"'{at:%H:%M}'" for at in times)
        window = f"{{days: {days}, from: {first}, to: {last}}}"
    return JOURNEY.replace("WINDOW", window).replace("SECONDS", str(seconds))


@dataclass(frozen=True)
class Arrival:
    """An event that was answered. By the database's clock: it was committed in between."""

    begun: datetime
    answered: datetime


@dataclass
class Opens:
    """Sends everybody's events around the time at which their wait is over."""

    world: World
    seed: int
    arrivals: dict[int, list[Arrival]] = field(default_factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        given = {f"JOURNEYS_{k.upper()}": str(v) for k, v in self.world.settings().items()}
        self.services = build(Settings.from_mapping(given))
        self.ahead = self._now() - datetime.now(UTC)  #: of our clock, the database's

    def report(self, people: Sequence[Person]) -> None:
        """The host reports that all of these have subscribed."""
        at = datetime.now(UTC).replace(microsecond=0)
        for first in range(0, len(people), 1000):
            some = people[first : first + 1000]
            events = [Event(f"s{p.id}", "subscription", at, LIST_ID, p.id, p.email) for p in some]
            self.services.accept("test", events)

    def waiting(self) -> Mapping[int, datetime]:
        """When the time of each is over, by subscriber."""
        query = (
            "SELECT e.subscriber_id, w.until_at FROM jny_waiters w"
            " JOIN jny_enrollments e ON e.id = w.enrollment_id"
        )
        with self.world.engine.begin() as connection:
            rows = connection.exec_driver_sql(query).all()
        return {who: until.replace(tzinfo=UTC) for who, until in rows}

    def send(self, until: Mapping[int, datetime]) -> None:
        """All of them; returns when they are answered."""
        planned = self._planned(until)
        parts = [planned[n::SENDERS] for n in range(SENDERS)]
        threads = [threading.Thread(target=self._send, args=(part,)) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _planned(self, until: Mapping[int, datetime]) -> list[tuple[datetime, int, int]]:
        dice = random.Random(f"opens {self.seed}")
        planned = []
        for who, over in sorted(until.items()):
            chance = dice.random()
            for number in range(0 if chance < NONE else 2 if chance > 1 - TWO else 1):
                at = over + timedelta(seconds=dice.uniform(-BEFORE, AFTER))
                planned.append((at, who, number))
        return sorted(planned)

    def _send(self, planned: Sequence[tuple[datetime, int, int]]) -> None:
        first, times = 0, [at for at, _, _ in planned]
        while first < len(planned):
            now = datetime.now(UTC) + self.ahead
            last = min(bisect_right(times, now), first + CALL)
            if last == first:
                time.sleep(0.005)
                continue
            begun = self._now()
            self.services.accept(
                "test", [_open(who, n, begun) for _, who, n in planned[first:last]]
            )
            arrival = Arrival(begun, self._now())
            with self._lock:
                for _, who, _ in planned[first:last]:
                    self.arrivals[who].append(arrival)
            first = last

    def _now(self) -> datetime:
        with self.world.engine.begin() as connection:
            text = connection.exec_driver_sql("SELECT UTC_TIMESTAMP(6)").scalar_one()
        return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)


def _open(who: int, number: int, at: datetime) -> Event:
    return Event(f"o{who}-{number}", "open", at, LIST_ID, who)


def branches_of(until: datetime, arrivals: Sequence[Arrival]) -> set[str]:
    """Which branches are right: `happened` if an event was there before the time was over. Of one
    that was being committed at that very moment nobody can say which came first."""
    if any(arrival.answered < until for arrival in arrivals):
        return {"happened"}
    if any(arrival.begun < until for arrival in arrivals):
        return {"happened", "timed_out"}
    return {"timed_out"}


@dataclass
class Outcome:
    """What has come of it."""

    wrong: dict[int, Any]
    taken: Counter[str]
    open_either_way: int  #: events that were being committed as the time was over
    near: int  #: people whose first event came within 50 ms of the end of their time
    rows_left: int


def outcome(
    world: World, people: Sequence[Person], until: Mapping[int, datetime], opens: Opens
) -> Outcome:
    """Everybody must have taken one branch, the right one, and have done all steps once."""
    fates, found = world.fates(), Outcome({}, Counter(), 0, 0, _rows_left(world))
    over = _told_until(world)
    for person in people:
        fate, arrivals = fates[person.id], opens.arrivals.get(person.id, [])
        right = branches_of(until[person.id], arrivals)
        taken = [line[4] for line in fate.history if line[4]]
        level = f"{person.first_level}+{taken[0]}" if taken else ""
        steps = [line[2:4] for line in fate.history]
        update = ("UpdateCustomFieldValue", "next")
        way = [("Wait", "until"), ("WaitForEvent", "stay"), ("WaitForEvent", "branch")]
        whole = steps == [*way, update, update] and over[person.id] == until[person.id]
        ended = fate.enrollments == (("ended", "completed", 5),)
        told = (fate.level, fate.marks) == (level, ("+done",))
        if len(taken) != 1 or taken[0] not in right or not (whole and ended and told):
            found.wrong[person.id] = (sorted(right), until[person.id], arrivals, fate)
        found.taken.update(taken)
        found.open_either_way += len(right) - 1
        close = timedelta(milliseconds=50)
        found.near += any(abs(a.answered - until[person.id]) < close for a in arrivals)
    return found


def _told_until(world: World) -> Mapping[int, datetime]:
    """What the history says of when the time was over."""
    query = (
        "SELECT e.subscriber_id, l.detail FROM jny_step_log l"
        " JOIN jny_enrollments e ON e.id = l.enrollment_id"
        " WHERE l.action = 'WaitForEvent' AND l.outcome = 'stay'"
    )
    with world.engine.begin() as connection:
        rows = connection.exec_driver_sql(query).all()
    return {who: datetime.fromisoformat(json.loads(detail)["until"]) for who, detail in rows}


def _rows_left(world: World) -> int:
    with world.engine.begin() as connection:
        return int(connection.exec_driver_sql("SELECT COUNT(*) FROM jny_waiters").scalar_one())
