"""How the API can be made to misbehave on purpose, and what it was asked last."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from demo.api.answers import FORMS

#: Faults by name, and what the page says of them.
KINDS = {
    "error": "answers 200 with an error code",
    "500": "answers 500, in JSON",
    "html": "answers 200 with a page of HTML",
    "empty": "answers 200 with nothing in it, and does nothing",
    "unsent": "answers 200 with an empty list of MessageIDs, and does nothing",
    "502": "answers 502 with code 39, and does nothing",
    "503": "answers 503 in plain words, as without its database",
    "429": "answers 429: too many requests",
    "hang": "keeps the caller waiting, then answers as usual",
    "late": "does the work, then keeps the caller waiting for the answer",
    "reset": "drops the connection before it does anything",
    "drop": "does the work, then drops the connection without an answer",
    "cut": "does the work, then drops the connection in the middle of the answer",
}
#: The host's own limit per command and caller.
LIMIT_CALLS = 100
LIMIT_SECONDS = 60
_KEPT_CALLS = 50
_MAX_TIMES = 100
_MAX_SECONDS = 600.0


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the next calls of a command ("" for any), and how many times.

    `code` and `form` (one of answers.FORMS) are for "error", `seconds` for "hang", "late" and
    "429".
    """

    kind: str
    command: str = ""
    times: int = 1
    code: int = 10
    form: str = "scalar"
    seconds: float = 30.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.form not in FORMS:
            raise ValueError(f"No such fault: {self.kind} {self.form}")
        if not (0 < self.times <= _MAX_TIMES and 0 <= self.seconds <= _MAX_SECONDS):
            raise ValueError(f"At most {_MAX_TIMES} times and {_MAX_SECONDS:g} seconds.")


@dataclass(frozen=True)
class Called:
    """One call of the API, for the page: when, which command, by whom, and what came of it."""

    at: datetime
    command: str
    caller: str
    result: str


class Controls:
    """Faults still to be played, the rate limit and its switch, and the newest calls.

    One per host; any thread may use it. Nothing of it outlives the process.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._faults: deque[Fault] = deque()
        self._calls: deque[Called] = deque(maxlen=_KEPT_CALLS)
        self._windows: dict[tuple[str, str], deque[float]] = {}
        self.limited = False

    def play(self, fault: Fault) -> None:
        """The next calls that it is meant for go wrong; several faults take their turns."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Nothing goes wrong any more, and nobody has called yet."""
        with self._lock:
            self._faults.clear()
            self._windows.clear()

    def faults(self) -> list[Fault]:
        with self._lock:
            return list(self._faults)

    def next_fault(self, command: str) -> Fault | None:
        """Takes the fault for this call, if one is waiting."""
        with self._lock:
            for place, fault in enumerate(self._faults):
                if fault.command in ("", command):
                    if fault.times > 1:
                        self._faults[place] = replace(fault, times=fault.times - 1)
                    else:
                        del self._faults[place]
                    return fault
        return None

    def wait_seconds(self, command: str, caller: str) -> int:
        """0 when the call may come in; else in how many seconds it may be tried again."""
        if not self.limited:
            return 0
        now = self._clock()
        with self._lock:
            window = self._windows.setdefault((command, caller), deque())
            while window and window[0] <= now - LIMIT_SECONDS:
                window.popleft()
            if len(window) >= LIMIT_CALLS:
                return max(1, round(window[0] + LIMIT_SECONDS - now))
            window.append(now)
        return 0

    def remember(self, command: str, caller: str, result: str) -> None:
        at = datetime.now(UTC).replace(microsecond=0)
        with self._lock:
            self._calls.appendleft(Called(at, command, caller, result))

    def calls(self) -> list[Called]:
        """The newest first."""
        with self._lock:
            return list(self._calls)
