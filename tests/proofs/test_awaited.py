"""Ten thousand people who wait for an event; events and time-outs come at the same moment."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.chaos.awaited import Opens, journey, outcome
from tests.chaos.campaign import drain
from tests.chaos.runs import Ground, Stage, staged
from tests.chaos.world import make_people
from tests.proofs.page import Row, record

SEED = int(os.environ.get("PROOF_SEED", "4"))
PEOPLE = int(os.environ.get("PROOF_WAITERS", "10000"))
WORKERS = 4
KNOBS = {"tick_rows": 500, "intake_rows": 1000, "delivery_seconds": 15.0}
#: So long everybody waits: longer than it takes all of them to come to the step in one minute.
SECONDS = 45
FILES = (
    "plugin/engine/waiting.py",
    "plugin/engine/waking.py",
    "plugin/engine/routing.py",
    "plugin/engine/actions/wait_for_event.py",
    "plugin/storage/waiters.py",
    "tests/chaos/awaited.py",
)


@pytest.mark.timeout(1800)
def test_each_takes_one_branch_and_the_right_one(mariadb, mysql_url, redis_url, tmp_path, commit):
    people, began = make_people(PEOPLE, SEED), time.monotonic()
    entered_by = timedelta(seconds=30 + PEOPLE / 200)
    opens_at = (datetime.now(UTC) + entered_by).replace(second=0) + timedelta(minutes=1)
    text = journey(SECONDS, opens_at)
    ground = Ground(mariadb, mysql_url, redis_url, tmp_path, SEED, "calm", KNOBS, text)
    with staged(ground, people) as stage:
        workers = [stage.crew.worker() for _ in range(WORKERS)]
        opens = Opens(stage.world, SEED)
        opens.report(people)
        while len(until := opens.waiting()) < PEOPLE:
            assert time.monotonic() - began < 600, f"{len(until)} wait"
            time.sleep(0.2)
        middle = sorted(until.values())[PEOPLE // 2]
        spread = max(until.values()) - min(until.values())
        death = threading.Timer(
            (middle - datetime.now(UTC)).total_seconds(), lambda: replaced(stage, workers[0])
        )
        death.start()
        opens.send(until)
        death.join()
        drain(stage.world, stage.crew, seconds=600)
        stage.crew.end_in_order()
        found = outcome(stage.world, people, until, opens)
    sent = sum(map(len, opens.arrivals.values()))
    figures = (
        f"{PEOPLE} people whose time was over within {spread.total_seconds():.1f} s, {sent} events"
        f" from 1.2 s before to 0.6 s after it, {WORKERS} workers, one killed in the middle:"
        f" {found.taken['happened']} happened, {found.taken['timed_out']} timed out;"
        f" **{len(found.wrong)} went otherwise than the rule says, {found.rows_left} waiters'"
        f" rows left**; {found.near} within 50 ms of the moment,"
        f" {found.open_either_way} events were being committed at it;"
        f" {time.monotonic() - began:.0f} s"
    )
    assert (found.wrong, found.rows_left) == ({}, 0), figures
    assert found.taken.total() == PEOPLE
    assert min(found.taken.values()) > PEOPLE / 10
    what = "Events and time-outs at the same moment, on MariaDB and Redis"
    record(Row(what, figures, str(SEED), commit, FILES))


def replaced(stage: Stage, armed) -> None:
    """One worker dies from one moment to the next; another starts."""
    armed.process.kill()
    stage.crew.worker()
