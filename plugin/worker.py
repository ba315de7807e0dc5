"""What a worker process does: sweep for due people and new events, and send deliveries.

The sweep is what makes the product run; wake-ups only make it prompt. Any number of workers may
do this at once, on any number of machines.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable

from plugin.engine.services import Services
from plugin.errors import Interrupted, Unavailable
from plugin.settings import Settings

log = logging.getLogger(__name__)

#: One look goes on this long before it lets others have a turn, in seconds.
LOOK_SECONDS = 1.0
#: After the database went away: first and longest pause, in seconds.
AWAY_SECONDS, AWAY_MAX_SECONDS = 0.5, 5.0
DELIVERY_LOOPS = 2
#: Other processes see this often, in seconds, that this one is alive.
BEAT_SECONDS = 10.0
#: New objects between two looks for garbage; Python's own number is 700.
GARBAGE_EVERY = 100_000


#: Told after each tick how many seconds it took and how many people were due.
Ticked = Callable[[float, int], None]


def not_measured(seconds: float, people: int) -> None: ...


def own_the_process() -> None:
    """Set up a process that does nothing but a worker's work.

    A tick makes tens of thousands of small objects that all live until it ends and then go by
    themselves; looking through them for cycles again and again took a tenth of its time.
    """
    gc.freeze()
    gc.set_threshold(GARBAGE_EVERY, 20, 20)


class Worker:
    """The threads of one process. `start` once, `stop` once; a stopped worker is done."""

    def __init__(
        self, services: Services, settings: Settings, ticked: Ticked = not_measured
    ) -> None:
        self._ticked = ticked
        self._services, self._settings = services, settings
        self._stopping = threading.Event()
        self._look_lock = threading.Lock()
        self._nudge, self._nudge_delivery = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []
        self._looks, self._beat_at = 0, float("-inf")

    def start(self) -> None:
        """Begin to sweep and deliver, in the background."""
        loops = [("sweep", self._sweep, self._nudge)]
        loops += [
            (f"deliver-{n}", self._services.deliverer.deliver, self._nudge_delivery)
            for n in range(DELIVERY_LOOPS)
        ]
        for name, act, nudge in loops:
            thread = threading.Thread(
                target=self._loop, args=(act, nudge), name=f"journeys-{name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def stop(self, seconds: float = 10.0) -> bool:
        """Finish what is under way and stop. False when a thread is still busy after `seconds`, or
        a request without an answer: nothing is lost then either, the database undoes what did not
        commit, and what was not answered is sent again."""
        self._stopping.set()
        self._nudge.set()
        self._nudge_delivery.set()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        answered = self._drain(deadline)
        stopped = not any(thread.is_alive() for thread in self._threads)
        if stopped and self._threads:
            self._sign_off()
        return stopped and answered

    def _drain(self, deadline: float) -> bool:
        """What is still under way is noted if it ends in time; else it is sent again later. Answers
        whether all has ended."""
        if not self._threads:
            return True
        try:
            return self._services.deliverer.drain(max(0.0, deadline - time.monotonic()))
        except (Interrupted, Unavailable) as away:
            log.warning("stopped without noting what was under way: %s", away)
            return True

    def _sign_off(self) -> None:
        """Others need not wonder what became of this worker. A database that is away is told
        nothing: then they wonder for a while."""
        try:
            self._services.executor.rest()
            self._services.heartbeat.stop()
        except (Interrupted, Unavailable) as away:
            log.warning("stopped without signing off: %s", away)

    def nudge(self) -> None:
        """Look now rather than at the next sweep."""
        self._nudge.set()

    def look(self) -> int:
        """Route events and advance people until nothing is due, or a second has passed.

        Answers how much there was. One look at a time in a process.
        """
        with self._look_lock:
            total, deadline = 0, time.monotonic() + LOOK_SECONDS
            while not self._stopping.is_set():
                done = self._planned() + self._routed() + self._tick()
                total += done
                if done:
                    self._nudge_delivery.set()
                if not done or time.monotonic() > deadline:
                    break
            self._keep_house()
            return total

    def _tick(self) -> int:
        began = time.monotonic()
        people = self._services.executor.tick()
        self._ticked(time.monotonic() - began, people)
        return people

    def _keep_house(self) -> int:
        """What is left lying keeps nobody from going on."""
        try:
            return self._services.housekeeper.keep()
        except (Interrupted, Unavailable):
            raise
        except Exception:
            log.exception("housekeeping failed; it is tried again")
            return 0

    def _planned(self) -> int:
        """What time cannot bring about keeps nobody from going on."""
        try:
            return self._services.planner.plan()
        except (Interrupted, Unavailable):
            raise
        except Exception:
            log.exception("the planner failed; it looks again")
            return 0

    def _routed(self) -> int:
        """Events that cannot be routed keep nobody from going on."""
        try:
            return self._services.intake.route()
        except (Interrupted, Unavailable):
            raise
        except Exception:
            log.exception("events could not be routed; they stay in the inbox")
            return 0

    def _sweep(self) -> int:
        """A look, and now and then a sign of life."""
        found = self.look()
        self._looks += 1
        if time.monotonic() - self._beat_at > BEAT_SECONDS:
            self._services.heartbeat(self._looks)
            self._looks, self._beat_at = 0, time.monotonic()
        return found

    def _loop(self, act: Callable[[], int], nudge: threading.Event) -> None:
        pause = self._settings.sweep_busy_seconds
        while not self._stopping.is_set():
            nudge.clear()
            found, pause = self._guarded(act, pause)
            if found:
                continue
            nudge.wait(pause)
            pause = min(pause * 1.5, self._settings.sweep_idle_seconds)

    def _guarded(self, act: Callable[[], int], pause: float) -> tuple[int, float]:
        """What was found, and how long to pause. Nothing that goes wrong ends the thread."""
        try:
            found = act()
            return found, self._settings.sweep_busy_seconds if found else pause
        except Interrupted as undone:
            log.info("undone by the database, again: %s", undone)
            return 0, self._settings.sweep_busy_seconds
        except Unavailable as away:
            log.warning("the database is away: %s", away)
            return 0, min(max(pause * 2, AWAY_SECONDS), AWAY_MAX_SECONDS)
        except Exception:
            log.exception("a sweep failed and goes on")
            return 0, AWAY_SECONDS
