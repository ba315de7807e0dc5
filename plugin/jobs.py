"""rq's entry points. rq calls functions by path: the one place with a process-wide cache."""

from __future__ import annotations

import logging
from functools import cache

import redis

from plugin.app import build
from plugin.errors import Interrupted, Unavailable
from plugin.meter import Meter
from plugin.settings import Settings
from plugin.wakeup import connect, taken
from plugin.worker import Worker, own_the_process

log = logging.getLogger(__name__)


@cache
def worker() -> Worker:
    """This process's worker, by the environment's settings."""
    settings = Settings.from_environment()
    own_the_process()
    meter = Meter()
    if settings.worker_metrics_port:
        meter.serve(settings.worker_metrics_port, settings.worker_metrics_host)
    return Worker(build(settings), settings, meter.ticked)


@cache
def _redis() -> redis.Redis:
    return connect(Settings.from_environment().redis_url)


def look() -> int:
    """The job of a wake-up: look for new events and due people, whoever they are."""
    taken(_redis())
    try:
        return worker().look()
    except (Interrupted, Unavailable) as error:
        log.warning("the wake-up found no database, the sweep goes on: %s", error)
        return 0
