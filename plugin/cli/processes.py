"""Several worker processes under one parent, which starts again those that die."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from dataclasses import dataclass

from plugin.cli.stopping import Stopping

log = logging.getLogger(__name__)

#: Pause before a process is started again: the first, and the longest, in seconds.
PAUSE_SECONDS, PAUSE_MAX_SECONDS = 1.0, 60.0
#: Whoever lived so long has not died of its start, in seconds.
HEALTHY_SECONDS = 60.0
#: How often the children are looked at, in seconds.
LOOK_SECONDS = 0.2
#: Children that have not stopped by themselves after this long are killed, in seconds.
STOP_SECONDS = 15.0


@dataclass(slots=True)
class _Child:
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = PAUSE_SECONDS
    start_at: float = 0.0


class Processes:
    """`run` returns when all have stopped."""

    def __init__(self, count: int, stopping: Stopping) -> None:
        self._children = [_Child() for _ in range(count)]
        self._stopping = stopping

    def run(self) -> None:
        self._stopping.on_signals(self._kill)
        while True:
            for child in self._children:
                self._look_after(child)
            if self._stopping.pause(LOOK_SECONDS):
                break
        self._stop()

    def _look_after(self, child: _Child) -> None:
        if child.process is not None and child.process.poll() is not None:
            self._died(child, child.process)
        if child.process is None and time.monotonic() >= child.start_at:
            self._start(child)

    def _start(self, child: _Child) -> None:
        command = [sys.executable, "-m", "plugin.cli", "worker", "--child-of", str(os.getpid())]
        # A group of its own: Ctrl-C reaches us alone, and we pass it on once.
        child.process = subprocess.Popen(command, process_group=0)
        child.started_at = time.monotonic()

    def _died(self, child: _Child, process: subprocess.Popen[bytes]) -> None:
        now = time.monotonic()
        if now - child.started_at > HEALTHY_SECONDS:
            child.pause = PAUSE_SECONDS
        log.warning(
            "worker process %s ended with %s and is started again in %.0f s",
            process.pid,
            process.returncode,
            child.pause,
        )
        child.process, child.start_at = None, now + child.pause
        child.pause = min(child.pause * 2, PAUSE_MAX_SECONDS)

    def _stop(self) -> None:
        for process in self._alive():
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while self._alive() and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        self._kill()

    def _kill(self) -> None:
        for process in self._alive():
            process.kill()

    def _alive(self) -> list[subprocess.Popen[bytes]]:
        running = [child.process for child in self._children if child.process is not None]
        return [process for process in running if process.poll() is None]
