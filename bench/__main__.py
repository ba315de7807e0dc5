"""`make bench`: how fast people go through a journey, as a share of hand-written SQL, and how late
one account's people are while another has very many due."""

from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
import time
from pathlib import Path

from bench import baseline, fairness
from bench.world import World, make
from devtools.servers import private_mariadb
from plugin.worker import own_the_process


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--due", type=int, default=200_000, help="of the busy account, at once")
    parser.add_argument("--seconds", type=float, default=15.0, help="of a phase with two accounts")
    parser.add_argument("--only", choices=["speed", "fairness"])
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="journeys-bench-") as folder,
        private_mariadb(Path(folder), durable=True) as server,
    ):
        print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
        most = max(given.people, given.due if given.only != "speed" else 0)
        commits = fairness.Commits()
        world = make(server.url, most, commits)
        own_the_process()
        if given.only != "fairness":
            world.people = given.people
            report(world, given.runs)
        if given.only != "speed":
            world.people = given.due
            fairness.report(world, commits, given.seconds)


def report(world: World, runs: int) -> None:
    """Print the figures of both ways, alternating so that a slow machine slows both."""
    best_batch = _best_batch(world)
    ours, theirs = [], []
    for _ in range(runs):
        world.reset()
        theirs.append(baseline.rate(world, best_batch))
        world.reset()
        ours.append(executor_rate(world))
    statements, people = statements_per_tick(world)
    print(f"people {world.people}, runs {runs}; people per second, min / median / max")
    print(f"  hand-written SQL, batches of {best_batch}: {_three(theirs)}")
    print(f"  executor:                              {_three(ours)}")
    print(f"  executor / hand-written SQL, best of {runs}: {max(ours) / max(theirs):.2f}")
    print(f"  one tick: {statements} statements for {people} people, 4 steps each")


def _best_batch(world: World) -> int:
    rates = {}
    for batch in baseline.BATCHES:
        world.reset()
        rates[batch] = baseline.rate(world, batch)
        print(f"  baseline, batch {batch}: {rates[batch]:.0f} people per second")
    return max(rates, key=lambda batch: rates[batch])


def executor_rate(world: World) -> float:
    started, done = time.perf_counter(), 0
    while n := world.services.executor.tick():
        done += n
    return done / (time.perf_counter() - started)


def statements_per_tick(world: World) -> tuple[int, int]:
    world.reset()
    with world.counting() as statements:
        people = world.services.executor.tick()
    return len(statements), people


def _three(rates: list[float]) -> str:
    return f"{min(rates):.0f} / {statistics.median(rates):.0f} / {max(rates):.0f}"


if __name__ == "__main__":
    main()
