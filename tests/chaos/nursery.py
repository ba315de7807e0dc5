"""Starts armed processes quickly: all modules are loaded once, and each process is a fork of that.

It reads requests, a line of JSON each, from a named pipe: the log of the new process and its
arguments. The process writes its number beside its log, and how it ended if it comes to that.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import signal
import sys
import traceback
from pathlib import Path

from plugin import cli
from tests.chaos import armed

__all__ = ["cli", "main"]  # loaded for those to come

PARENT_DEATH_SIGNAL = 1


def main() -> None:
    """Argument: the pipe, which exists."""
    # The kernel buries those that end.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # Opened for both ends, so that it never comes to an end.
    with open(os.open(sys.argv[1], os.O_RDWR)) as requests:
        while line := requests.readline():
            log, *arguments = json.loads(line)
            if not os.fork():
                os._exit(live(Path(log), arguments))


def live(log: Path, arguments: list[str]) -> int:
    """The whole life of a new process; answers its exit code."""
    ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    random.seed()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    _write(log.with_suffix(".pid"), os.getpid())
    code = 1
    try:
        armed.main(arguments)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc()
    _write(log.with_suffix(".exit"), code)
    return code


def _write(path: Path, number: int) -> None:
    """At once: nobody sees half of it."""
    unfinished = path.with_suffix(".new")
    unfinished.write_text(str(number))
    unfinished.rename(path)


if __name__ == "__main__":
    main()
