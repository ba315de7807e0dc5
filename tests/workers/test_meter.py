"""What a worker measures of itself, over http."""

from __future__ import annotations

import socket
import urllib.request
from contextlib import closing

from prometheus_client.parser import text_string_to_metric_families

from plugin.meter import Meter
from plugin.worker import Worker
from tests.documents import journey, wait
from tests.world import World


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def scraped(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    families = text_string_to_metric_families(text)
    return {s.name: s.value for f in families for s in f.samples if "le" not in s.labels}


def test_ticks_that_found_somebody_are_counted_with_their_time(tmp_path):
    meter, world = Meter(), World(f"sqlite:///{tmp_path / 'host.sqlite'}")
    try:
        world.publish(journey(wait()))
        world.enter(3)
        Worker(world.services, world.settings, meter.ticked).look()
    finally:
        world.close()
    port = meter.serve(free_port(), "127.0.0.1")
    assert port is not None
    found = scraped(port)
    assert found["journeys_worker_tick_seconds_count"] == 1
    assert found["journeys_worker_tick_seconds_sum"] > 0
    assert found["journeys_worker_people_total"] == 3


def test_the_next_process_takes_the_next_port():
    first = free_port()
    one, other = Meter().serve(first, "127.0.0.1"), Meter().serve(first, "127.0.0.1")
    assert one is not None
    assert other is not None
    assert other > one
