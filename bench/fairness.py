"""How late one account's people are while another account has very many due at once.

Account B gets a person due every so often, with A idle and then with A busy, in the same run. Late
is the time from the instant at which somebody is due until the commit of the tick that ran them.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bench.world import OTHER_LIST_ID, OTHER_USER_ID, USER_ID, World
from plugin.worker import Worker

#: Lag of B with A busy, as a multiple of the same with A idle.
TARGET = 2.0
#: Seconds between two people of B, and from the start of a phase until the first of them is due.
EVERY, LEAD = 0.1, 1.0


@dataclass(frozen=True)
class Lags:
    """In seconds; `left`: how many of A were still due when the last of B had run; `rate`: how
    many of A were run per second meanwhile."""

    p50: float
    p99: float
    left: int
    rate: float


@dataclass
class Commits:
    """The instants at which ticks committed."""

    at: list[datetime] = field(default_factory=list)

    def __call__(self, point: str) -> None:
        if point == "step.after_commit":
            self.at.append(datetime.now(UTC))

    def first_after(self, start: datetime) -> datetime:
        return next(at for at in self.at if at >= start)


def report(world: World, commits: Commits, seconds: float) -> None:
    """Timers are found by the sweep; for events a wake-up comes at the very instant."""
    people = max(20, int(seconds / EVERY))
    print(f"account A: {world.people} due at once; account B: {people} people, one each {EVERY} s")
    for prompt, name in ((False, "timers"), (True, "events, woken up")):
        idle = _phase(world, commits, (0, people), prompt)
        busy = _phase(world, commits, (world.people, people), prompt)
        ratio = busy.p99 / idle.p99
        print(f"  {name}: lag of B, A idle: p50 {_ms(idle.p50)}, p99 {_ms(idle.p99)}")
        print(f"  {name}: lag of B, A busy: p50 {_ms(busy.p50)}, p99 {_ms(busy.p99)}")
        print(f"  {name}: p99 busy / idle {ratio:.2f} (target {TARGET})")
        print(f"  {name}: {busy.rate:.0f} people of A per second; {busy.left} were left")


def _phase(world: World, commits: Commits, people: tuple[int, int], prompt: bool) -> Lags:
    of_a, of_b = people
    world.empty()
    world.enroll(range(1, of_a + 1), USER_ID)
    world.enroll(range(1, of_b + 1), OTHER_USER_ID)
    commits.at.clear()
    due = _set_due(world, of_b)
    instants = sorted(due.values())
    began = time.monotonic()
    with _working(world) as worker, _waking(worker, instants if prompt else ()):
        _until_run(world, instants)
        left = world.due_of(USER_ID)
        rate = (of_a - left) / (time.monotonic() - began)
    started = _started(world)
    lags = sorted((commits.first_after(started[i]) - due[i]).total_seconds() for i in due)
    return Lags(statistics.median(lags), lags[int(len(lags) * 0.99)], left, rate)


def _set_due(world: World, people: int) -> Mapping[int, datetime]:
    """B's people become due one after the other; A's are due."""
    e = world.tables.enrollments
    start = datetime.now(UTC) + timedelta(seconds=LEAD)
    due = [start + timedelta(seconds=EVERY * i) for i in range(people)]
    with world.engine.begin() as connection:
        mine = sa.select(e.c.id).where(e.c.list_id == OTHER_LIST_ID).order_by(e.c.id)
        ids = connection.execute(mine).scalars().all()
        change = sa.update(e).where(e.c.id == sa.bindparam("of")).values(due_at=sa.bindparam("at"))
        connection.execute(change, [{"of": i, "at": d} for i, d in zip(ids, due, strict=True)])
    return dict(zip(ids, due, strict=True))


def _started(world: World) -> Mapping[int, datetime]:
    """For each of B, the clock of the tick that ran them first."""
    e, log = world.tables.enrollments, world.tables.step_log
    first = sa.select(e.c.id, sa.func.min(log.c.logged_at)).where(
        e.c.id == log.c.enrollment_id, e.c.list_id == OTHER_LIST_ID
    )
    with world.engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(first.group_by(e.c.id))}


@contextmanager
def _working(world: World) -> Iterator[Worker]:
    worker = Worker(world.services, world.settings)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop(30)


@contextmanager
def _waking(worker: Worker, due: Sequence[datetime]) -> Iterator[None]:
    def wake() -> None:
        for at in due:
            time.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))
            worker.nudge()

    thread = threading.Thread(target=wake)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _until_run(world: World, due: Sequence[datetime]) -> None:
    time.sleep(max(0.0, (due[-1] - datetime.now(UTC)).total_seconds()))
    while world.due_of(OTHER_USER_ID):
        time.sleep(0.2)


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"
