"""`journeys worker` as real processes: it starts, works, listens to Redis or not, and stops."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from devtools.servers import RedisServer, private_redis
from plugin.wakeup import QUEUE
from tests.cli.conftest import Journeys
from tests.cli.running import Running, alive, until, worker
from tests.world_host import LEVEL, HostSide

FOR = ("--user", 1)


def enter(journeys: Journeys, host: HostSide, journey_id: int) -> int:
    """Somebody new enters the journey, whose first steps are due at once."""
    (id_,) = host.subscribe([{"CustomField3": "Oslo"}])
    journeys.does("enroll", journey_id, *FOR, "--list", 1, "--subscriber", id_)
    return id_


def is_through(host: HostSide, *ids: int) -> None:
    def done() -> bool:
        return [host.values(LEVEL)[id_] for id_ in ids] == ["gold"] * len(ids)

    until(done, lambda: f"nobody moved {ids}: {host.values(LEVEL)}")


def slow_sweep(journeys: Journeys) -> None:
    """Who moves soon was woken, not swept: after its first looks the sweep pauses for long."""
    journeys.environment["JOURNEYS_SWEEP_BUSY_SECONDS"] = "600"
    journeys.environment["JOURNEYS_SWEEP_IDLE_SECONDS"] = "600"


def test_burst_does_what_is_due_and_ends(journeys: Journeys, host: HostSide, welcome_id: int):
    ids = [enter(journeys, host, welcome_id) for _ in range(3)]
    assert journeys.does("worker", "--burst") == ""
    is_through(host, *ids)


def test_burst_without_work_ends_at_once(journeys: Journeys):
    assert journeys.does("worker", "--burst") == ""


def test_a_worker_without_redis_works_and_stops_in_order(
    journeys: Journeys, host: HostSide, welcome_id: int
):
    with worker(journeys.environment) as running:
        running.says("no Redis, the sweep finds the work. Ctrl-C stops it.")
        is_through(host, enter(journeys, host, welcome_id))
        started = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        assert running.ends() == 0
        assert time.monotonic() - started < 10
    assert "Traceback" not in running.said
    assert "J009" in journeys.does("doctor")


@pytest.mark.parametrize("options", [(), ("--processes", 2), ("--burst",)])
def test_a_wrong_setting_ends_it_before_it_begins(journeys: Journeys, options: tuple[object]):
    journeys.environment["JOURNEYS_LOG_LEVEL"] = "LOUD"
    assert "JOURNEYS_LOG_LEVEL must be" in journeys.refuses("worker", *options)


@pytest.fixture
def with_redis(journeys: Journeys, redis_url: str) -> Journeys:
    journeys.environment["JOURNEYS_REDIS_URL"] = redis_url
    return journeys


def listening(url: str) -> None:
    """Until a worker has registered with rq."""
    with redis.Redis.from_url(url) as client:
        key = f"rq:workers:{QUEUE}"
        until(lambda: client.scard(key) > 0, lambda: "no rq worker has registered")


def test_a_wake_up_on_redis_moves_people_long_before_the_sweep(
    with_redis: Journeys, host: HostSide, welcome_id: int, redis_url: str
):
    slow_sweep(with_redis)
    with worker(with_redis.environment) as running:
        running.says("wake-ups from Redis at 127.0.0.1.")
        listening(redis_url)
        for _ in range(3):
            is_through(host, enter(with_redis, host, welcome_id))
        running.process.send_signal(signal.SIGINT)
        assert running.ends() == 0
    assert len(running.said.splitlines()) == 1, running.said


def test_wake_ups_leave_nothing_behind_in_redis(
    with_redis: Journeys, host: HostSide, welcome_id: int, redis_url: str
):
    slow_sweep(with_redis)
    with worker(with_redis.environment) as running:
        listening(redis_url)
        is_through(host, enter(with_redis, host, welcome_id))
        running.process.send_signal(signal.SIGTERM)
        assert running.ends() == 0
    with redis.Redis.from_url(redis_url) as client:
        assert client.llen(f"rq:queue:{QUEUE}") == 0
        assert list(client.scan_iter("rq:job:*")) == []
        assert client.scard(f"rq:workers:{QUEUE}") == 0


@pytest.mark.services
def test_redis_may_be_flushed_stopped_and_started_again(
    journeys: Journeys, host: HostSide, welcome_id: int, tmp_path: Path
):
    with private_redis(tmp_path / "redis") as server:
        journeys.environment["JOURNEYS_REDIS_URL"] = server.url
        with worker(journeys.environment) as running:
            listening(server.url)
            server.flush()
            is_through(host, enter(journeys, host, welcome_id))
            goes_away_and_comes_back(server, running, journeys, host, welcome_id)
            running.process.send_signal(signal.SIGTERM)
            assert running.ends() == 0
    assert running.said.count("Redis is away, the sweep finds the work") == 1
    assert "Traceback" not in running.said


def goes_away_and_comes_back(
    server: RedisServer, running: Running, journeys: Journeys, host: HostSide, journey_id: int
) -> None:
    server.stop()
    running.says("Redis is away, the sweep finds the work")
    is_through(host, enter(journeys, host, journey_id))
    server.start()
    running.says("Redis is back")
    listening(server.url)
    is_through(host, enter(journeys, host, journey_id))


@pytest.mark.chaos
def test_a_child_that_dies_is_replaced_and_all_stop_together(
    journeys: Journeys, host: HostSide, welcome_id: int
):
    with worker(journeys.environment, "--processes", 2) as running:
        running.says("2 processes")
        running.says("journeys worker: process", times=2)
        first, second = running.children()
        os.kill(first, signal.SIGKILL)
        running.says("is started again in 1 s")
        running.says("journeys worker: process", times=3)
        assert second in running.children()
        assert first not in running.children()
        is_through(host, enter(journeys, host, welcome_id))
        children = running.children()
        running.process.send_signal(signal.SIGTERM)
        assert running.ends() == 0
    assert len(children) == 2
    assert not any(map(alive, children))
    assert "Traceback" not in running.said


@pytest.mark.chaos
def test_children_whose_parent_was_killed_stop_by_themselves(journeys: Journeys):
    with worker(journeys.environment, "--processes", 2) as running:
        running.says("journeys worker: process", times=2)
        children = running.children()
        running.process.kill()
        until(lambda: not any(map(alive, children)), lambda: "orphans go on")


@pytest.fixture
def silent_place() -> Iterator[str]:
    """host:port of somebody who takes every call and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        yield f"{host}:{port}"


def with_a_request_in_flight(
    journeys: Journeys, host: HostSide, welcome: str, place: str, running: Running
) -> None:
    """Until the worker waits for an answer that never comes."""
    text = welcome.replace("127.0.0.1:9", place)
    journey_id = journeys.data("journey", "import", "-", *FOR, given=text)["journey_id"]
    journeys.does("journey", "enable", journey_id, *FOR)
    is_through(host, enter(journeys, host, journey_id))
    running.says("journeys worker: process")

    def leased() -> bool:
        with host.engine.connect() as connection:
            tries = connection.exec_driver_sql("SELECT attempts FROM jny_deliveries").scalars()
            return list(tries) == [1]

    until(leased, lambda: "nothing is being sent")


@pytest.mark.chaos
def test_a_request_without_an_answer_holds_up_a_stop_for_ten_seconds_at_most(
    journeys: Journeys, host: HostSide, welcome: str, silent_place: str
):
    journeys.environment["JOURNEYS_ALLOWED_HOSTS"] = silent_place
    journeys.environment["JOURNEYS_DELIVERY_SECONDS"] = "60"
    with worker(journeys.environment) as running:
        with_a_request_in_flight(journeys, host, welcome, silent_place, running)
        started = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        assert running.ends() == 0
        assert 9 < time.monotonic() - started < 15
    assert "stopped in the middle of something; the database undoes it" in running.said


@pytest.mark.chaos
def test_the_second_signal_ends_a_worker_at_once(
    journeys: Journeys, host: HostSide, welcome: str, silent_place: str
):
    journeys.environment["JOURNEYS_ALLOWED_HOSTS"] = silent_place
    journeys.environment["JOURNEYS_DELIVERY_SECONDS"] = "60"
    with worker(journeys.environment) as running:
        with_a_request_in_flight(journeys, host, welcome, silent_place, running)
        started = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        running.process.send_signal(signal.SIGTERM)
        assert running.ends() == 128 + signal.SIGTERM
        assert time.monotonic() - started < 8


@pytest.mark.chaos
def test_the_second_signal_ends_the_children_with_their_parent(journeys: Journeys):
    """A child that cannot stop in order, because it is frozen, does not hold it up."""
    with worker(journeys.environment, "--processes", 2) as running:
        running.says("journeys worker: process", times=2)
        children = running.children()
        for process_id in children:
            os.kill(process_id, signal.SIGSTOP)
        started = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        running.process.send_signal(signal.SIGTERM)
        assert running.ends() == 128 + signal.SIGTERM
        assert time.monotonic() - started < 8
        until(lambda: not any(map(alive, children)), lambda: "somebody goes on")
