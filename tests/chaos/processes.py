"""Processes under test: started, looked into while they stand still, killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devtools.process import Child
from devtools.servers import MariaDb

#: Transactions that hold or have changed something, by the client's address.
OPEN_TRANSACTIONS = """
SELECT p.HOST FROM information_schema.INNODB_TRX t
JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id
WHERE t.trx_rows_locked + t.trx_rows_modified > 0
"""
ESTABLISHED, SYN_SENT, CLOSE_WAIT = "01", "02", "08"
FREEZE_SECONDS = 5.0
START_SECONDS = 60.0


class Watched:
    """A process that can be frozen and asked to end; `pid` and `running` come from below."""

    pid: int
    running: bool
    log: Path

    @property
    def frozen(self) -> bool:
        """Whether it stands still (SIGSTOP)."""
        return self.running and _state(self.pid) == "T"

    def freeze(self) -> None:
        """Stop it where it is. It may be gone by itself afterwards: look at `running`."""
        self._tell(signal.SIGSTOP)
        until = time.monotonic() + FREEZE_SECONDS
        while self.running and not self.frozen and time.monotonic() < until:
            time.sleep(0.002)

    @property
    def can_end(self) -> bool:
        """Whether it has come so far that it takes a SIGTERM in its own way."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
        return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)

    def go_on(self) -> None:
        self._tell(signal.SIGCONT)

    def ask_to_end(self) -> None:
        self._tell(signal.SIGTERM)

    def tail(self) -> str:
        """The end of what it wrote."""
        return f"({self.log})\n{self.log.read_text(errors='replace')[-3000:]}"

    def kill(self) -> None:
        raise NotImplementedError

    def exit_code(self, seconds: float) -> int | None:
        """How it ended; None when it still runs after so many seconds."""
        raise NotImplementedError

    def _tell(self, what: signal.Signals) -> None:
        if self.running:
            os.kill(self.pid, what)


class Process(Child, Watched):
    """Python with some arguments, in the project's directory; its output goes to `log`."""

    def run(self, config: Path, *arguments: str, ready: Callable[[], bool] = lambda: True) -> None:
        """Start it with this configuration; return when `ready`."""
        self.start(["env", f"JOURNEYS_CONFIG={config}", sys.executable, *arguments], ready)

    def exit_code(self, seconds: float) -> int | None:
        assert self._process is not None
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None


class Fork(Watched):
    """A process out of the nursery."""

    def __init__(self, log: Path) -> None:
        self.log = log
        number = log.with_suffix(".pid")
        wait_until(number.exists, START_SECONDS)
        self.pid = int(number.read_text())

    @property
    def running(self) -> bool:  # type: ignore[override]
        return _state(self.pid) not in "ZX"

    def kill(self) -> None:
        if self.running:
            os.killpg(self.pid, signal.SIGKILL)
            wait_until(lambda: not self.running, FREEZE_SECONDS)

    def exit_code(self, seconds: float) -> int | None:
        if not wait_until(lambda: not self.running, seconds):
            return None
        end = self.log.with_suffix(".exit")
        return int(end.read_text()) if end.exists() else -signal.SIGKILL


class Nursery:
    """Makes forks of a process that has loaded everything. See nursery.py."""

    def __init__(self, config: Path, directory: Path) -> None:
        self._pipe = directory / "nursery.pipe"
        os.mkfifo(self._pipe)
        self._process = Process(directory / "nursery.log")
        self._process.run(config, "-m", "tests.chaos.nursery", str(self._pipe))

    def fork(self, log: Path, *arguments: str) -> Fork:
        """Like `python -m tests.chaos.armed` with these arguments, but at once."""
        log.touch()
        with self._pipe.open("w") as pipe:
            pipe.write(json.dumps([str(log), *arguments]) + "\n")
        return Fork(log)

    def close(self) -> None:
        """Forks that are left die with it."""
        self._process.kill()


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true in time."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.002)
    return True


@dataclass(frozen=True)
class Sight:
    """What a process that stands still has in its hands."""

    transactions: int
    requests: int


def look_into(process: Watched, database: MariaDb, receiver_port: int) -> Sight:
    """Seen from outside: by the sockets of the process, and the server's list of transactions."""
    sockets = _sockets(process.pid)
    ours = {local for local, _ in sockets}
    clients = (host for (host,) in database.execute(OPEN_TRANSACTIONS))
    return Sight(
        transactions=sum(int(client.rpartition(":")[2]) in ours for client in clients),
        requests=sum(remote == receiver_port for _, remote in sockets),
    )


def _state(pid: int) -> str:
    """The letter of the process's state; Z when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def _sockets(pid: int) -> set[tuple[int, int]]:
    """Local and remote ports of the TCP connections that the process holds."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        target = os.readlink(link)
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = set()
    for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, *rest = line.split()
        if rest[5] in inodes and state in (ESTABLISHED, SYN_SENT, CLOSE_WAIT):
            found.add((_port(local), _port(remote)))
    return found


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)
