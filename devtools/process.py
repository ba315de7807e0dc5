"""A server as a child process: started in its own session, gone when its parent is gone."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

START_SECONDS = 30.0
STOP_SECONDS = 20.0

# Servers live in the system directories, which a person's PATH often leaves out.
SYSTEM_PATHS = ("/usr/sbin", "/usr/local/sbin", "/sbin", "/usr/local/bin", "/usr/libexec")

# Ends the server's process group when the pipe to our process closes, however we die. The kernel's
# own "parent died" signal will not do: it also fires when the thread that started the server ends.
GUARD = 'read -r _; kill -9 -"$1"'


class ServerError(RuntimeError):
    """A private server is missing, does not start or does not answer."""


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def find_program(*names: str) -> str | None:
    """The path of the first of these programs that is installed, or None."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_PATHS])
    return next(filter(None, (shutil.which(name, path=path) for name in names)), None)


class Lock:
    """Keeps a directory for one process: two servers on the same files would ruin them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file = (directory / "lock").open("w")

    def take(self) -> None:
        """Raises ServerError if another process holds the directory."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise ServerError(
                f"Another process runs its servers in {self._directory}. Stop it first."
            ) from None

    def release(self) -> None:
        """Let the next process in. Harmless when the lock was never taken."""
        self._file.close()


class Child:
    """One server process. `kill` is SIGKILL to the whole group; `start` works again afterwards."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._owner = os.getpid()
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process exists now."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The server's process id. Raises ServerError when it does not run."""
        if self._process is None or not self.running:
            raise ServerError("The server does not run.")
        return self._process.pid

    def start(self, command: Sequence[str], ready: Callable[[], bool]) -> None:
        """Run `command` and return when `ready()` is true, at most 30 s later.

        Raises ServerError with the end of the log when the process ends first or never answers.
        """
        if self.running:
            raise ServerError("The server runs already.")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "guard", str(self._process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        atexit.register(self._kill_at_exit)
        try:
            self._wait_until(ready)
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """End the server at once, as a crash would (SIGKILL). Harmless when it does not run."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask the server to end (SIGTERM), wait up to 20 s, then kill it."""
        self._end(signal.SIGTERM)

    def _wait_until(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if not self.running:
                raise ServerError(f"The server ended while starting:\n{self._log_tail()}")
            if time.monotonic() > deadline:
                raise ServerError(f"The server does not answer:\n{self._log_tail()}")
            time.sleep(0.02)

    def _log_tail(self) -> str:
        text = self.log.read_text(errors="replace")
        return "\n".join([f"({self.log})", *text.splitlines()[-15:]])

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            if process.poll() is None:
                os.killpg(process.pid, how)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._dismiss_guard()
        atexit.unregister(self._kill_at_exit)

    def _dismiss_guard(self) -> None:
        guard, self._guard = self._guard, None
        if guard is not None and guard.stdin is not None:
            guard.kill()
            guard.wait()
            guard.stdin.close()

    def _kill_at_exit(self) -> None:
        # A forked child inherits this handler but does not own the server.
        if os.getpid() == self._owner:
            self.kill()
