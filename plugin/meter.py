"""What one worker process measures of itself, for Prometheus, on a port of its own."""

from __future__ import annotations

import logging

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server

log = logging.getLogger(__name__)

#: Upper ends of the classes of a tick's time, in seconds; its budget is 0.3 s unless it is set.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0)
#: Processes of one machine take the next port each.
PORTS = 64


class Meter:
    """Of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._ticks = Histogram(
            "journeys_worker_tick_seconds",
            "Time of a tick that found somebody due.",
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._people = Counter(
            "journeys_worker_people",
            "People that ticks of this process have advanced.",
            registry=self._registry,
        )

    def ticked(self, seconds: float, people: int) -> None:
        """After each tick; those that found nobody do not count."""
        if people:
            self._ticks.observe(seconds)
            self._people.inc(people)

    def serve(self, first_port: int, host: str) -> int | None:
        """Answer scrapes in the background, at the first port from this one on that is free.
        None: none of them is; the worker works without."""
        for port in range(first_port, min(first_port + PORTS, 65536)):
            try:
                start_http_server(port, host, registry=self._registry)
            except OSError:
                continue
            log.info("metrics of this process are at port %s", port)
            return port
        log.warning("no port from %s on is free: this process shows no metrics", first_port)
        return None
