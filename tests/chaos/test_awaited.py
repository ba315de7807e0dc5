"""Real workers, people who wait for events, and events and time-outs at the same moment."""

from __future__ import annotations

import time

import pytest

from tests.chaos.awaited import Opens, journey, outcome
from tests.chaos.campaign import drain
from tests.chaos.runs import Ground, staged
from tests.chaos.world import make_people

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(200)]

SEED, PEOPLE, WORKERS = 6, 300, 2
#: Long enough for all of them to come to the step before the first one's time is over.
SECONDS = 8


def test_each_takes_one_branch_and_the_right_one(mariadb, mysql_url, redis_url, tmp_path):
    """`make proof` does the same with ten thousand people, four workers and a death."""
    people = make_people(PEOPLE, SEED)
    ground = Ground(mariadb, mysql_url, redis_url, tmp_path, SEED, "calm", {}, journey(SECONDS))
    with staged(ground, people) as stage:
        for _ in range(WORKERS):
            stage.crew.worker()
        opens = Opens(stage.world, SEED)
        opens.report(people)
        began = time.monotonic()
        while len(until := opens.waiting()) < PEOPLE:
            assert time.monotonic() - began < 60, f"{len(until)} wait"
            time.sleep(0.1)
        opens.send(until)
        drain(stage.world, stage.crew)
        stage.crew.end_in_order()
        found = outcome(stage.world, people, until, opens)
    print(found.taken, f"{found.open_either_way} might go either way, {found.near} at the moment")
    assert found.wrong == {}
    assert found.rows_left == 0
    assert min(found.taken.values()) > PEOPLE / 10
    assert found.taken.total() == PEOPLE
