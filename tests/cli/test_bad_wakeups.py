"""A worker outlives whatever somebody leaves in Redis: people move on, and it stops in order."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest
import redis

from plugin.wakeup import QUEUE
from tests.cli.conftest import Journeys
from tests.cli.running import Running, until, worker
from tests.world_host import LEVEL, HostSide

FOR = ("--user", 1)
WAKE_UPS, WORKERS = f"rq:queue:{QUEUE}", f"rq:workers:{QUEUE}"


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as opened:
        yield opened


@pytest.fixture
def with_redis(journeys: Journeys, redis_url: str) -> Journeys:
    journeys.environment["JOURNEYS_REDIS_URL"] = redis_url
    return journeys


def somebody_moves(journeys: Journeys, host: HostSide, journey_id: int) -> None:
    (id_,) = host.subscribe([{"CustomField3": "Oslo"}])
    journeys.does("enroll", journey_id, *FOR, "--list", 1, "--subscriber", id_)
    until(lambda: host.values(LEVEL)[id_] == "gold", lambda: f"{id_} did not move")


def stops_in_order(running: Running) -> None:
    running.process.send_signal(signal.SIGTERM)
    assert running.ends() == 0
    assert "Traceback" not in running.said


def leave_job(client: redis.Redis, **fields: str) -> None:
    client.hset("rq:job:bad", mapping=fields)
    client.lpush(WAKE_UPS, "bad")


@pytest.mark.parametrize(
    "fields",
    [
        {"created_at": "nonsense", "data": "{}"},
        {"created_at": "2026-03-02T08:00:00Z", "data": "{", "timeout": "soon"},
        {"colour": "blue"},
    ],
    ids=["time", "timeout", "fields"],
)
def test_a_job_that_cannot_be_read_stops_nobody(
    with_redis: Journeys,
    host: HostSide,
    welcome_id: int,
    client: redis.Redis,
    fields: dict[str, str],
):
    with_redis.environment["JOURNEYS_SWEEP_BUSY_SECONDS"] = "600"
    with_redis.environment["JOURNEYS_SWEEP_IDLE_SECONDS"] = "600"
    with worker(with_redis.environment) as running:
        until(lambda: client.scard(WORKERS) > 0, lambda: "no rq worker has registered")
        leave_job(client, **fields)
        until(lambda: client.llen(WAKE_UPS) == 0, lambda: "nobody took the job")
        somebody_moves(with_redis, host, welcome_id)
        stops_in_order(running)
    assert client.scard(WORKERS) == 0


def spoil_queue(client: redis.Redis) -> None:
    client.set(WAKE_UPS, "no list")


def spoil_workers(client: redis.Redis) -> None:
    client.set(WORKERS, "no set")


@pytest.mark.parametrize("spoil", [spoil_queue, spoil_workers])
def test_a_key_of_a_wrong_type_leaves_the_work_to_the_sweep(
    with_redis: Journeys,
    host: HostSide,
    welcome_id: int,
    client: redis.Redis,
    spoil: Callable[[redis.Redis], None],
):
    spoil(client)
    with worker(with_redis.environment) as running:
        running.says("the sweep finds the work: ")
        somebody_moves(with_redis, host, welcome_id)
        stops_in_order(running)
    assert "Redis is back" not in running.said


def test_a_key_that_is_spoilt_under_way_does_not_hold_up_the_stop(
    with_redis: Journeys, client: redis.Redis
):
    with worker(with_redis.environment) as running:
        until(lambda: client.scard(WORKERS) > 0, lambda: "no rq worker has registered")
        client.delete(WORKERS)
        spoil_workers(client)
        spoil_queue(client)
        running.says("a wake-up went wrong, the sweep finds the work: ")
        stops_in_order(running)
