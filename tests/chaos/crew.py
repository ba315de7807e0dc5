"""The processes of one world: workers, the host's web server, the receiver of webhooks."""

from __future__ import annotations

import itertools
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

from devtools.process import free_port
from devtools.servers import MariaDb
from tests.chaos.moments import Kill, Moment
from tests.chaos.processes import Nursery, Process, Watched, look_into
from tests.chaos.receiver import Received
from tests.chaos.world import World

#: A worker that is asked to end does so within this, in seconds; busy machines are forgiven.
SECONDS_TO_END = 30.0


@dataclass
class Armed:
    """A process, and the moment at which it is to die; None: it may live."""

    process: Watched
    moment: Moment | None
    started: float = field(default_factory=time.monotonic)

    @property
    def age(self) -> float:
        return time.monotonic() - self.started


class Crew:
    """Starts the processes; whoever makes one closes it."""

    def __init__(self, world: World, database: MariaDb, mood: str, seed: int) -> None:
        self._world, self._database = world, database
        self._numbers = itertools.count(1)
        self._workers: list[Watched] = []
        self._others: list[Watched] = []
        self._nursery = Nursery(world.config, world.place.directory)
        self._web_port = free_port()
        self._notes = world.place.directory / "received.jsonl"
        self._start_receiver(mood, seed)

    @property
    def hook_url(self) -> str:
        return f"http://127.0.0.1:{self._web_port}/journeys/hooks/events"

    @property
    def received(self) -> Received:
        """What the receiver has noted until now."""
        return Received.read(self._notes)

    def worker(self, moment: Moment | None = None) -> Armed:
        """A worker process: the product's own command, or one that is armed for a crash point."""
        process: Watched
        if moment and moment.point:
            arguments = ("worker", moment.point, str(moment.nth))
            process = self._nursery.fork(self._log("worker"), *arguments)
        else:
            process = Process(self._log("worker"))
            process.run(self._world.config, "-m", "plugin.cli", "worker", "--processes", "1")
        self._workers.append(process)
        return Armed(process, moment)

    def web(self, moment: Moment | None = None) -> Armed:
        """The host's web server. It answers a little later."""
        given = moment or Moment()
        arguments = (f"web:{self._web_port}", given.point, str(given.nth))
        process = self._nursery.fork(self._log("web"), *arguments)
        self._others.append(process)
        return Armed(process, moment)

    def kill(self, armed: Armed) -> Kill:
        """Freeze it where it is, look what it has in its hands, kill it (SIGKILL)."""
        assert armed.moment is not None
        reached = armed.process.frozen or not armed.moment.point
        armed.process.freeze()
        sight = look_into(armed.process, self._database, self._world.place.receiver_port)
        armed.process.kill()
        return Kill(armed.moment, reached, sight, armed.age)

    def end_in_order(self) -> float:
        """Ask all workers to end and wait; answers how long the slowest took, in seconds."""
        running = [process for process in self._workers if process.running]
        while not all(process.can_end for process in running):
            time.sleep(0.05)
        began = time.monotonic()
        for process in running:
            process.ask_to_end()
        for process in running:
            code = process.exit_code(SECONDS_TO_END - (time.monotonic() - began))
            assert code == 0, f"a worker was asked to end: {code}\n{process.tail()}"
        return time.monotonic() - began

    def someone_works(self) -> bool:
        return any(process.running for process in self._workers)

    def logs(self) -> str:
        """All that workers and web servers wrote."""
        return "".join(p.log.read_text(errors="replace") for p in self._workers + self._others)

    def close(self) -> None:
        for process in self._workers + self._others:
            process.kill()
        self._nursery.close()

    def _start_receiver(self, mood: str, seed: int) -> None:
        port = self._world.place.receiver_port
        arguments = (str(port), str(self._notes), self._world.webhook_secret, str(seed), mood)
        process = Process(self._log("receiver"))
        self._others.append(process)
        process.run(
            self._world.config,
            "-m",
            "tests.chaos.receiver",
            *arguments,
            ready=lambda: _listens(port),
        )

    def _log(self, what: str) -> Path:
        return self._world.place.directory / f"{what}-{next(self._numbers)}.log"


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
