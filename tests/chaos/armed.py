"""A worker or web server that stands still at a chosen crash point, so that it can be killed.

The process stops itself whole (SIGSTOP), with all its threads, connections and transactions as
they are at that moment; whoever watches looks at it, and kills it.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace
from functools import partial

import waitress
from flask import Flask

from plugin import jobs
from plugin.app import Parts, build, register
from plugin.engine.surroundings import PRODUCTION
from plugin.settings import Settings

WEB_THREADS = 6


class StandStill:
    """A Reach: counts arrivals at one point and stops the process at the n-th."""

    def __init__(self, point: str, nth: int) -> None:
        self._point, self._left = point, nth
        self._lock = threading.Lock()

    def __call__(self, point: str) -> None:
        if point != self._point:
            return
        with self._lock:
            self._left -= 1
            if self._left:
                return
        os.kill(os.getpid(), signal.SIGSTOP)
        # Another thread may have taken the signal: go no further before it works.
        time.sleep(0.05)


def work(parts: Parts) -> None:
    """What `journeys worker` does, in this very process, with these parts."""
    from plugin.cli import main

    jobs.build = partial(build, parts=parts)
    main(["worker"])


def serve(parts: Parts, port: int) -> None:
    app = Flask("host")
    register(app, Settings.from_environment(), parts)
    waitress.serve(app, host="127.0.0.1", port=port, threads=WEB_THREADS)


def main(arguments: list[str]) -> None:
    """Arguments: "worker" or "web:<port>", a crash point ("" for none) and which arrival at it."""
    role, point, nth = arguments
    parts = Parts(around=replace(PRODUCTION, reach=StandStill(point, int(nth))))
    kind, _, port = role.partition(":")
    if kind == "web":
        serve(parts, int(port))
    else:
        work(parts)
