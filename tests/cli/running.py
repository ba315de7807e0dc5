"""Real `journeys worker` processes, and waiting for what they do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Not how long it takes, but when to give up: processes start slowly where many do.
PATIENCE_SECONDS = 90


class Running:
    """One process and all that it has said so far."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self._log = process, log

    @property
    def said(self) -> str:
        return self._log.read_text()

    def says(self, text: str, times: int = 1) -> None:
        until(lambda: self.said.count(text) >= times, lambda: f"no {text!r} in:\n{self.said}")

    def children(self) -> list[int]:
        """Process ids of those it has started."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(number) for number in listed.split()]

    def ends(self) -> int:
        """Its exit code."""
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def worker(environment: Mapping[str, str], *options: object) -> Iterator[Running]:
    """`journeys worker`, killed at the end of the block if it has not stopped by itself."""
    log = Path(environment["JOURNEYS_DATABASE_URL"].rpartition(":///")[2]).with_suffix(".log")
    command = [sys.executable, "-m", "plugin.cli", "worker", *map(str, options)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stderr=output, stdout=output
        )
    try:
        yield Running(process, log)
    finally:
        process.kill()
        process.wait()


def alive(process_id: int) -> bool:
    """Running, and not merely waiting for its parent to look at its exit code."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def until(holds: Callable[[], bool], otherwise: Callable[[], str]) -> None:
    """Look again and again; fail with a reason when it has not come to hold after a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.05)
