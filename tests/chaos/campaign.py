"""One run under fire: calls come in, workers die and are replaced, Redis forgets, all goes on."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from devtools.servers import RedisServer
from tests.chaos.calls import Call, Sender
from tests.chaos.crew import Armed, Crew
from tests.chaos.moments import Kill, Moment
from tests.chaos.world import World

#: A process that does not come to its moment is killed all the same after this, in seconds.
PATIENCE = 12.0
#: Without a kill for so long, the next call comes in anyway, in seconds.
LULL = 1.0
LOOK_EVERY = 0.01
DRAIN_SECONDS = 90.0


@dataclass
class Faults:
    """What goes wrong in a run: workers in `slots` die at `moments`, the web server at others."""

    moments: Sequence[Moment] = ()
    web_moments: Sequence[Moment] = ()
    slots: int = 1
    redis: RedisServer | None = None
    flush_after: frozenset[int] = frozenset()  #: numbers of kills after which Redis forgets all
    redis_dies_after: int = -1  #: number of kills; it comes back two kills later


class Campaign:
    """One run of a world. `run` once; then `kills` and `web_kills` say what happened."""

    def __init__(self, crew: Crew, sender: Sender, faults: Faults) -> None:
        self._crew, self.sender, self._faults = crew, sender, faults
        self.kills: list[Kill] = []
        self.web_kills: list[Kill] = []
        self.flushes = self.redis_deaths = 0
        self._moments = iter(faults.moments)
        self._web_moments = iter(faults.web_moments)
        self._sent_at = 0.0

    def run(self, calls: Iterable[Call]) -> None:
        """Until all calls were taken and all moments have come; the last workers live on."""
        waiting = list(calls)[::-1]
        whole = len(waiting)
        web = self._crew.web(next(self._web_moments, None))
        slots = [self._next_worker() for _ in range(self._faults.slots)]
        while waiting or any(armed.moment for armed in slots):
            if waiting and self._next_call_is_due(whole - len(waiting), whole):
                self.sender.send(waiting.pop())
                self._sent_at = time.monotonic()
            slots = [self._watched(armed) for armed in slots]
            web = self._watched_web(web)
            time.sleep(LOOK_EVERY)
        while not self.sender.done:
            web = self._watched_web(web)
            time.sleep(LOOK_EVERY)

    def _next_call_is_due(self, sent: int, whole: int) -> bool:
        """Calls keep pace with kills, so that there is work at every moment."""
        share = (len(self.kills) + 2) / (len(self._faults.moments) + 1)
        return sent < whole * share or time.monotonic() - self._sent_at > LULL

    def _next_worker(self) -> Armed:
        return self._crew.worker(next(self._moments, None))

    def _watched(self, armed: Armed) -> Armed:
        if not _its_time(armed):
            return armed
        self.kills.append(self._crew.kill(armed))
        self._disturb_redis(len(self.kills))
        return self._next_worker()

    def _watched_web(self, web: Armed) -> Armed:
        if not web.process.frozen:
            assert web.process.running, f"the web server ended by itself\n{web.process.tail()}"
            return web
        self.web_kills.append(self._crew.kill(web))
        return self._crew.web(next(self._web_moments, None))

    def _disturb_redis(self, kills: int) -> None:
        server, faults = self._faults.redis, self._faults
        if server is None:
            return
        if kills == faults.redis_dies_after:
            server.kill()
            self.redis_deaths += 1
        elif kills == faults.redis_dies_after + 2:
            server.start()
        elif kills in faults.flush_after:
            server.flush()
            self.flushes += 1


def _its_time(armed: Armed) -> bool:
    """Whether this worker is to be killed now. Fails when it ended by itself."""
    assert armed.process.running, f"a worker ended by itself\n{armed.process.tail()}"
    if armed.moment is None:
        return False
    if armed.moment.point:
        return armed.process.frozen or armed.age > PATIENCE
    return armed.age > armed.moment.seconds


def drain(world: World, crew: Crew, seconds: float = DRAIN_SECONDS) -> None:
    """Wait until nothing is left to do. Pauses before further attempts are cut short."""
    until = time.monotonic() + seconds
    while left := world.work_left():
        assert time.monotonic() < until, f"still to do: {left}"
        assert crew.someone_works(), f"no worker is left\n{crew.logs()[-3000:]}"
        world.hurry()
        time.sleep(0.2)
