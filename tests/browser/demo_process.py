"""The demo, started as a person starts it, in a directory and on a port of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools.process import free_port

#: Setting up MariaDB and 5,000 people takes the longest.
START_SECONDS = 90


@contextmanager
def running_demo(directory: Path, *, full: bool) -> Iterator[str]:
    """Yields the address. Ends it with Ctrl-C, and checks that it then stops in order."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "demo", "--port", str(port), "--dir", str(directory)]
    log_path = directory.with_suffix(".log")
    with log_path.open("w+") as log:
        process = subprocess.Popen(
            command + (["--full"] if full else []), stdout=log, stderr=log, env=dict(os.environ)
        )
        try:
            _wait_for(address, process, log_path)
            yield address
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(30)
    assert code == 0, f"the demo ended with {code}:\n{log_path.read_text()}"
    assert "Traceback" not in log_path.read_text(), log_path.read_text()


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the demo did not start:\n{log.read_text()}"
        try:
            with urllib.request.urlopen(f"{address}/journeys/alive", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"the demo did not answer in time:\n{log.read_text()}")
