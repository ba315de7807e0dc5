"""Housekeeping: counters are summed up and what is old is let go of, a little at a time.

Each batch is one transaction under the lock of a round, so that one worker at a time is at it, and
says in the same transaction how far it has come: whoever dies in the middle has done nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from plugin.engine.housekeeping_port import PARTS, Keeping
from plugin.engine.ports import Begin, Work
from plugin.engine.rounds_port import Place
from plugin.engine.surroundings import PRODUCTION, Surroundings

#: Counters older than this are summed up, as often.
ROLL_UP = timedelta(minutes=1)
#: Between two looks for what is old.
LET_GO = timedelta(hours=1)
#: Rows of a batch: counters are small, a passage has a whole history.
COUNTERS, ROWS = 2000, 200
#: Pause between two batches, in seconds.
PAUSE = 0.5


class Housekeeper:
    """Of one worker. Several may run."""

    def __init__(self, begin: Begin, keeping: Keeping, around: Surroundings = PRODUCTION) -> None:
        self._begin, self._keeping, self._around = begin, keeping, around
        self._kept_at = float("-inf")

    def keep(self) -> int:
        """One batch of what there is to do, unless the last one was a moment ago. Answers how
        many rows it was about."""
        if self._around.monotonic() - self._kept_at < PAUSE:
            return 0
        self._kept_at = self._around.monotonic()
        return self._roll_up() + self._let_go()

    def _roll_up(self) -> int:
        with self._begin() as work:
            now = self._around.clock(work)
            if work.rounds.next("figures", now, ROLL_UP) is None:
                return 0
            rows = work.housekeeping.roll_up(now - ROLL_UP, COUNTERS)
            if rows < COUNTERS:
                work.rounds.save("figures", None)
            self._around.reach("figures.before_commit")
        self._around.reach("figures.after_commit")
        return rows

    def _let_go(self) -> int:
        with self._begin() as work:
            now = self._around.clock(work)
            place = work.rounds.next("old", now, LET_GO)
            if place is None:
                return 0
            rows, further = self._part(work, place, now)
            work.rounds.save("old", further)
            self._around.reach("old.before_commit")
        self._around.reach("old.after_commit")
        return rows

    def _part(self, work: Work, place: Place, now: datetime) -> tuple[int, Place | None]:
        at = place.get("part", 0)
        part = PARTS[at]
        before = self._keeping.before(part, now)
        gone = work.housekeeping.let_go(part, before, place.get("after_id", 0), ROWS)
        if gone.after_id is not None:
            return gone.rows, {"part": at, "after_id": gone.after_id}
        return gone.rows, {"part": at + 1} if at + 1 < len(PARTS) else None
