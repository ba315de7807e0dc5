"""How a worker process learns that it shall stop."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopping:
    """Set by the first SIGTERM or SIGINT. The second one ends the process on the spot.

    With a parent it is also set when that process is gone: it would start others in our place.
    """

    def __init__(self, parent: int | None = None) -> None:
        self._event = threading.Event()
        self._parent = parent
        self._at_once: Callable[[], None] = lambda: None

    def on_signals(self, at_once: Callable[[], None] = lambda: None) -> None:
        """Take the signals from now on; `at_once` runs before a sudden end. Main thread only."""
        self._at_once = at_once
        for number in SIGNALS:
            signal.signal(number, self._signalled)

    def __bool__(self) -> bool:
        return self._event.is_set() or self._orphaned()

    def pause(self, seconds: float) -> bool:
        """Wait so long, or until it is time to stop; says whether it is."""
        return self._event.wait(seconds) or bool(self)

    def wait(self) -> None:
        """Until it is time to stop."""
        while not self.pause(1.0):
            pass

    def _orphaned(self) -> bool:
        return self._parent is not None and os.getppid() != self._parent

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        if self._event.is_set():
            # The database undoes what is under way; there is nothing else to tidy up.
            self._at_once()
            os._exit(128 + number)
        self._event.set()
