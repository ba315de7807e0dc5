"""Wake-ups on a real Redis: few, never in the way, and never needed."""

from __future__ import annotations

import json
import zlib

import pytest
import redis
from rq import Queue

from devtools.servers import RedisServer
from plugin.wakeup import LOOK, PENDING, QUEUE, RedisWakeup, connect, no_wakeup, taken


@pytest.fixture
def client(redis_url: str) -> redis.Redis:
    return connect(redis_url)


def jobs(client: redis.Redis) -> list[str]:
    return client.lrange(f"rq:queue:{QUEUE}", 0, -1)


def test_a_burst_of_wakeups_is_one_job(redis_url: str, client: redis.Redis) -> None:
    wake = RedisWakeup(redis_url)
    for _ in range(50):
        wake()
    assert len(jobs(client)) == 1


def test_a_wakeup_after_the_job_was_taken_is_a_job_of_its_own(
    redis_url: str, client: redis.Redis
) -> None:
    wake = RedisWakeup(redis_url)
    wake()
    taken(client)
    wake()
    assert len(jobs(client)) == 2


def test_the_job_is_readable_without_pickle_and_names_the_look(
    redis_url: str, client: redis.Redis
) -> None:
    RedisWakeup(redis_url)()
    (key,) = client.keys("rq:job:*")
    data = client.hget(key, "data")
    assert json.loads(zlib.decompress(data))[0] == LOOK
    assert Queue(QUEUE, connection=client).count == 1


def test_a_flushed_redis_wakes_again(redis_server: RedisServer, redis_url: str) -> None:
    wake = RedisWakeup(redis_url)
    wake()
    redis_server.flush()
    wake()
    client = connect(redis_url)
    assert len(jobs(client)) == 1
    assert client.pttl(PENDING) > 0


def test_without_redis_nothing_is_raised_and_it_is_then_left_alone() -> None:
    moment = [100.0]
    asked: list[object] = []
    wake = RedisWakeup("redis://127.0.0.1:1/0", monotonic=lambda: moment[0])
    real = wake._redis
    wake._redis = _Spied(real, asked)
    wake()
    wake()
    assert len(asked) == 1, "a second wake-up within seconds does not try again"
    moment[0] += 6
    wake()
    assert len(asked) == 2
    taken(real)
    no_wakeup()


class _Spied:
    """Counts what reaches the client, and passes it on."""

    def __init__(self, client: redis.Redis, asked: list[object]) -> None:
        self._client, self._asked = client, asked

    def set(self, *given: object, **more: object) -> object:
        self._asked.append(given)
        return self._client.set(*given, **more)
