"""After a time in which no worker ran: nobody gets everything at once.

Workers leave a pulse. Where it is more than an hour old, or a process sees the database's clock
leap by more than an hour, whoever has been due for more than an hour is spread over the next one,
inside their windows. A leap is told from an outage by the process's own clock, in one living
process only; what it does to people is the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from plugin.engine.outages_port import Outage, OutageKind
from plugin.engine.overdue import Load, spread_out
from plugin.engine.ports import Begin, Work
from plugin.engine.surroundings import PRODUCTION, Surroundings

#: So late people are not noticed; and those who are later are spread over as long.
LATE = timedelta(hours=1)
#: Seconds between two beats of the pulse.
EVERY = 10.0
#: People put off in one transaction.
BATCH = 1000


class CatchingUp:
    """Of one worker. Several may do it at once: they take turns."""

    def __init__(
        self, begin: Begin, load: Load, around: Surroundings = PRODUCTION, batch: int = BATCH
    ) -> None:
        self._begin, self._load, self._around, self._batch = begin, load, around, batch
        self._beat_at = float("-inf")
        #: the database's time and the process's own when they were last compared
        self._last: tuple[datetime, float] | None = None
        self._catching = False

    def leapt(self, work: Work, now: datetime) -> bool:
        """Whether people are to be put off before anybody is run: asked by each tick, for time
        may have leapt since the last beat."""
        if self._last is not None and now - self._last[0] > LATE:
            self._beat(work, now)
            return self._catching
        self._last = (now, self._around.monotonic())
        return False

    def step(self) -> int:
        """Look at the pulse when it is time; put off one batch when there is need. Answers how
        much there was; 0: people may be run."""
        if self._around.monotonic() - self._beat_at >= EVERY:
            with self._begin() as work:
                self._beat(work, self._around.clock(work))
        return self._put_off() if self._catching else 0

    def _beat(self, work: Work, now: datetime) -> None:
        seen = work.outages.look(now)
        if seen is not None and now - seen > LATE:
            outage = Outage(0, now - LATE, now, now + LATE)
            work.outages.add(seen, outage, self._kind(now))
        self._catching = work.outages.open() is not None
        self._beat_at = self._around.monotonic()
        self._last = (now, self._beat_at)

    def _kind(self, now: datetime) -> OutageKind:
        """This process has lived through less time than the database says has gone by."""
        if self._last is None:
            return "outage"
        lived = timedelta(seconds=self._around.monotonic() - self._last[1])
        return "clock_jump" if now - self._last[0] - lived > LATE else "outage"

    def _put_off(self) -> int:
        with self._begin() as work:
            outage = work.outages.open()
            people = self._batch_of(work, outage) if outage else 0
            self._around.reach("catchup.before_commit")
        self._around.reach("catchup.after_commit")
        self._catching = outage is not None
        return max(1, people)

    def _batch_of(self, work: Work, outage: Outage) -> int:
        groups = work.outages.overdue(outage.due_before, self._batch)
        seconds = (outage.until - outage.noticed_at).total_seconds()
        due = spread_out(work, groups, self._load, outage.noticed_at, seconds)
        work.tasks.put_off(due)
        end = None if due else self._around.clock(work)
        work.outages.advance(outage, len(due), end)
        return len(due)
