"""Workers that end in order, and workers that stand still for a while and then go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import redis
import rq

from devtools.servers import MariaDb, RedisServer
from plugin.storage.markers import STALE_SECONDS
from tests.chaos.calls import planned_calls
from tests.chaos.campaign import drain
from tests.chaos.expected import Person
from tests.chaos.moments import Moment
from tests.chaos.runs import Ground, Result, Stage, staged
from tests.chaos.world import make_people

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(200)]

SEED = 2
WAIT_SECONDS = 60.0
#: A worker that is asked to end under load has so long.
SECONDS_TO_END = 10.0
#: Short, so that a lease (twice as long) is over soon.
DELIVERY_SECONDS = 1.5


def wait_until(true: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while not true():
        assert time.monotonic() < until, f"it never came to this: {what}"
        time.sleep(0.02)


def send_all(stage: Stage, people: list[Person]) -> None:
    """Every event three times, until all are taken."""
    stage.crew.web()
    for call in planned_calls(people, SEED):
        stage.sender.send(call)
    wait_until(lambda: stage.sender.done, "all calls are taken")


def wake_ups_run(server: RedisServer) -> int:
    """How many jobs the workers that rq knows have run."""
    with closing(redis.Redis.from_url(server.url)) as client:
        return sum(worker.successful_job_count for worker in rq.Worker.all(connection=client))


def test_workers_that_are_asked_to_end_under_load_do_so_in_order_and_nothing_is_sent_twice(
    mariadb: MariaDb,
    mysql_url: str,
    redis_server: RedisServer,
    redis_url: str,
    tmp_path: Path,
):
    people = make_people(500, SEED)
    ground = Ground(mariadb, mysql_url, redis_url, tmp_path, SEED, "slow")
    with staged(ground, people) as stage:
        stage.crew.worker()
        stage.crew.worker()
        send_all(stage, people)
        wait_until(lambda: len(stage.crew.received.notes) > 100, "webhooks are under way")
        wait_until(lambda: wake_ups_run(redis_server) > 0, "rq runs wake-ups")
        seconds = stage.crew.end_in_order()
        left = stage.world.work_left()
        assert left.get("people inside") or left.get("deliveries"), "they were under load"
        assert "marks of workers" not in left
        assert stage.world.living_workers() == 0
        stage.crew.worker()
        drain(stage.world, stage.crew)
        stage.crew.end_in_order()
        result, log = Result.of(stage), stage.crew.logs()
    print(f"two workers under load ended in {seconds:.1f} s, and left {left}")
    assert seconds <= SECONDS_TO_END
    result.check(people)
    assert result.received.repeats() == (0, 1)
    assert "Traceback" not in log


def test_workers_that_stand_still_until_others_took_their_work_do_no_harm_when_they_go_on(
    mariadb: MariaDb, mysql_url: str, tmp_path: Path
):
    people = make_people(400, SEED)
    knobs = {"delivery_seconds": DELIVERY_SECONDS}
    ground = Ground(mariadb, mysql_url, "", tmp_path, SEED, "calm", knobs)
    with staged(ground, people) as stage:
        claimed = stage.crew.worker(Moment("step.after_claim", 1)).process
        send_all(stage, people)
        # Nothing is to be sent yet: none of its threads stands still with a receiver in its hands.
        wait_until(lambda: claimed.frozen, "one stands still with people")
        sent = stage.crew.worker(Moment("deliver.after_send", 2)).process
        wait_until(lambda: sent.frozen, "another stands still after sending")
        stage.crew.worker()
        time.sleep(STALE_SECONDS + 2)
        held = stage.world.work_left()["people inside"]
        again, _ = stage.crew.received.repeats()
        claimed.go_on()
        sent.go_on()
        drain(stage.world, stage.crew)
        stage.crew.end_in_order()
        result = Result.of(stage)
    print(f"stood still: {held} people claimed; {again} webhooks were sent again by another worker")
    assert held > 0
    assert again > 0
    result.check(people)
    assert result.living_workers == 0
