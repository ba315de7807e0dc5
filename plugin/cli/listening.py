"""The rq side of a worker process: waits for wake-ups on Redis and runs them.

Redis may be away, flushed or started again at any time. People then move by the sweep alone,
which goes on in its own thread.
"""

from __future__ import annotations

import logging
from contextlib import suppress

import redis
from rq import Queue, SimpleWorker
from rq.exceptions import DequeueTimeout
from rq.serializers import JSONSerializer

from plugin.cli.stopping import Stopping
from plugin.wakeup import QUEUE

log = logging.getLogger(__name__)

#: A look at the queue waits so long for a wake-up: a stop is noticed as soon, in seconds.
LOOK_SECONDS = 1
#: A look that Redis has not answered after this long has failed, in seconds.
ANSWER_SECONDS = 4
#: rq forgets a worker that it has not heard of for a minute more than this, in seconds.
FORGET_SECONDS = 30
#: First and longest pause between two tries to reach Redis, in seconds.
AWAY_SECONDS, AWAY_MAX_SECONDS = 1.0, 15.0

#: What tells that Redis cannot be reached now.
AWAY = (redis.ConnectionError, redis.TimeoutError, OSError)


class Listener(SimpleWorker):
    """rq's worker in a loop of our own: its signals, its own command channel and its way of
    waiting for Redis would come between the sweep and an orderly stop."""

    @property
    def connection_timeout(self) -> int:
        return ANSWER_SECONDS

    def listen(self, stopping: Stopping) -> None:
        """Run wake-ups until it is time to stop. Raises one of AWAY when Redis is away."""
        pause = AWAY_SECONDS
        while not stopping:
            try:
                self._look()
                pause = AWAY_SECONDS
            except AWAY:
                raise
            except Exception as error:
                # Anybody may write to Redis, and a wake-up is never worth a worker.
                log.warning("a wake-up went wrong, the sweep finds the work: %r", error)
                stopping.pause(pause)
                pause = min(pause * 2, AWAY_MAX_SECONDS)
        with suppress(Exception):  # rq forgets us by itself, a little later
            self.register_death()  # type: ignore[no-untyped-call]

    def _look(self) -> None:
        if self.should_run_maintenance_tasks:
            self.run_maintenance_tasks()  # type: ignore[no-untyped-call]
        try:
            found = self.queue_class.dequeue_any(
                self.queues,
                LOOK_SECONDS,
                connection=self.connection,
                job_class=self.job_class,
                serializer=self.serializer,
                death_penalty_class=self.death_penalty_class,
            )
        except DequeueTimeout:
            found = None
        if found:
            self.execute_job(*found)
        self.heartbeat()


class Listening:
    """Listens as long as the process runs, whatever Redis does."""

    def __init__(self, url: str, stopping: Stopping) -> None:
        self._url, self._stopping = url, stopping
        self._away = False
        self._pause = AWAY_SECONDS

    def run(self) -> None:
        while not self._stopping:
            try:
                self._listener().listen(self._stopping)
            except Exception as error:
                self._note(error)
                self._stopping.pause(self._pause)
                self._pause = min(self._pause * 2, AWAY_MAX_SECONDS)

    def _listener(self) -> Listener:
        connection = redis.Redis.from_url(
            self._url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS
        )
        connection.ping()
        queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer)
        listener = Listener(
            [queue], connection=connection, serializer=JSONSerializer, worker_ttl=FORGET_SECONDS
        )
        listener.register_birth()  # type: ignore[no-untyped-call]
        if self._away:
            log.info("Redis is back: wake-ups are prompt again")
        self._away, self._pause = False, AWAY_SECONDS
        return listener

    def _note(self, error: Exception) -> None:
        if not self._away:
            what = "is away" if isinstance(error, AWAY) else "cannot be used"
            log.warning("Redis %s, the sweep finds the work: %s", what, error)
        self._away = True
