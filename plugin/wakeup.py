"""Wake-ups: "look again", through rq on Redis. They may all be lost; the sweep finds the work."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import redis
from rq import Queue
from rq.serializers import JSONSerializer

log = logging.getLogger(__name__)

QUEUE = "journeys"
#: The job, by path: a worker process imports it.
LOOK = "plugin.jobs.look"
#: While this key stands a wake-up is on its way and no second one is needed.
PENDING = "journeys:wake-up"
#: Wake-ups are coalesced: one in this many milliseconds.
COALESCE_MS = 200
#: A slow or absent Redis delays no caller longer than this, and is then left alone for a while.
TIMEOUT_SECONDS = 0.2
LEAVE_ALONE_SECONDS = 5.0


def no_wakeup() -> None:
    """Without Redis: the sweep alone."""


def connect(url: str) -> redis.Redis:
    """A client that gives up quickly."""
    return redis.Redis.from_url(
        url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )


class RedisWakeup:
    """Enqueues the look-again job. Never raises for what Redis does."""

    def __init__(self, url: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._monotonic = connect(url), monotonic
        self._queue = Queue(QUEUE, connection=self._redis, serializer=JSONSerializer)
        self._not_before = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> None:
        if self._monotonic() < self._not_before:
            return
        try:
            if self._redis.set(PENDING, 1, nx=True, px=COALESCE_MS):
                self._queue.enqueue(LOOK, result_ttl=0, failure_ttl=3600, job_timeout=60)
        except redis.RedisError as error:
            with self._lock:
                self._not_before = self._monotonic() + LEAVE_ALONE_SECONDS
            log.warning("no wake-up, the sweep will find the work: %s", error)


def taken(client: redis.Redis) -> None:
    """The wake-up has arrived: what is reported from now on needs a new one."""
    try:
        client.delete(PENDING)
    except redis.RedisError as error:
        log.warning("could not take the wake-up: %s", error)
