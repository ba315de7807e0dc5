"""A whole run, from an empty database to the last delivery, and what is compared afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devtools.process import free_port
from devtools.servers import MariaDb
from tests.chaos.calls import Call, Sender
from tests.chaos.campaign import Campaign, Faults, drain
from tests.chaos.crew import Crew
from tests.chaos.expected import Fate, Person, Verdict, counters_of, digest_of, fate_of
from tests.chaos.receiver import Received
from tests.chaos.world import JOURNEY, Place, World


@dataclass(frozen=True)
class Ground:
    """On what a run takes place. The receiver misbehaves by `seed` when its mood is "moody"."""

    database: MariaDb
    database_url: str
    redis_url: str  #: "": there is no Redis
    directory: Path
    seed: int
    mood: str = "calm"
    knobs: Mapping[str, Any] = field(default_factory=dict)
    journey: str = JOURNEY


@dataclass(frozen=True)
class Stage:
    """A world with people and a journey, a receiver that listens, a sender; no worker yet."""

    world: World
    crew: Crew
    sender: Sender


@contextmanager
def staged(ground: Ground, people: Sequence[Person]) -> Iterator[Stage]:
    """All of it while the block runs; no process is left afterwards."""
    place = Place(ground.database_url, ground.redis_url, free_port(), ground.directory)
    world = World(place, people, knobs=ground.knobs, journey=ground.journey)
    world.create()
    crew = Crew(world, ground.database, ground.mood, ground.seed)
    sender = Sender(crew.hook_url, world.hook_secret)
    try:
        yield Stage(world, crew, sender)
    finally:
        sender.close()
        crew.close()
        world.engine.dispose()


@dataclass(frozen=True)
class Result:
    """How everything stood in the end."""

    fates: dict[int, Fate]
    counters: dict[tuple[int, str, str], int]
    keys: dict[str, str]
    living_workers: int
    received: Received

    @classmethod
    def of(cls, stage: Stage) -> Result:
        world = stage.world
        return cls(
            fates=world.fates(),
            counters=world.counters(),
            keys=world.keys(),
            living_workers=world.living_workers(),
            received=stage.crew.received,
        )

    def check(self, people: Sequence[Person]) -> None:
        """Everybody went through once: to the host's fields, in the history, for the receiver."""
        wrong = [p for p in people if self.fates.get(p.id) != fate_of(p)]
        if wrong:  # all of them would fill the screen
            assert self.fates.get(wrong[0].id) == fate_of(wrong[0]), f"{len(wrong)} stand so"
        assert Verdict.of(people, self.fates) == Verdict(lost=0, doubled=0)
        assert self.counters == counters_of(people)
        self._check_deliveries(people)

    def _check_deliveries(self, people: Sequence[Person]) -> None:
        """One key and one body each: the one that was promised."""
        keys, bodies = self.received.by_email("key"), self.received.by_email("hash")
        assert keys == {person.email: {self.keys[person.email]} for person in people}
        assert len(set(self.keys.values())) == len(people)
        assert bodies == {p.email: {digest_of(p)} for p in people}
        assert set().union(*self.received.by_email("signature").values()) == {"valid"}


def run(
    ground: Ground, people: Sequence[Person], calls: Sequence[Call], faults: Faults
) -> tuple[Result, Campaign, float]:
    """Until nothing is left to do and the last workers have ended; and how long it took."""
    with staged(ground, people) as stage:
        began = time.monotonic()
        campaign = Campaign(stage.crew, stage.sender, faults)
        campaign.run(calls)
        print(f"all calls taken and all moments passed: {time.monotonic() - began:.0f} s")
        drain(stage.world, stage.crew)
        stage.crew.end_in_order()
        return Result.of(stage), campaign, time.monotonic() - began
