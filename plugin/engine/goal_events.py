"""Goals that are events: found when the event is routed, also for some who have left by then.

A goal with `days` counts that long after entering, whatever has become of the passage; one without
counts while somebody is inside. What happened in its time counts, however late it is told; what was
told before somebody entered does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from plugin.domain.enrollment import EnrollmentId
from plugin.domain.event import Received
from plugin.engine.exit_events import OnEvents
from plugin.engine.goals import is_wanted, noted
from plugin.engine.goals_port import Aim, Candidate, Reached
from plugin.engine.ports import Count


class GoalsByEvent(OnEvents):
    """Of one batch of events."""

    def note(self, now: datetime) -> Sequence[Count]:
        """Keep what was reached, when everybody of the batch has entered; whoever is inside and is
        led elsewhere gets a note. Answers the counts."""
        if not self._hits:
            return ()
        versions = {version_id for version_id, _ in self._hits}
        people = {person for _, person in self._hits}
        reached: dict[int, dict[tuple[EnrollmentId, str], Reached]] = defaultdict(dict)
        inside: set[EnrollmentId] = set()
        for one in self._work.goals.candidates(self._users, people, versions):
            inside |= {one.enrollment_id} if one.is_open else set()
            for r, place in self._hits.get((one.version_id, one.person_key), ()):
                if found := self._reached(one, r, place):
                    key = one.enrollment_id, found.goal
                    reached[one.version_id].setdefault(key, found)
        counts: list[Count] = []
        for version_id, found_ones in reached.items():
            version = self._work.store.version(version_id)
            told = noted(self._work, version, list(found_ones.values()), now)
            counts += told.counts
            led = [(version.user_id, who, *how) for who, how in told.led.items() if who in inside]
            self._work.exits.by_goal(led, now)
        return counts

    def _reached(self, one: Candidate, r: Received, place: int) -> Reached | None:
        if one.entry_event_id is not None and one.entry_event_id >= r.inbox_id:
            return None
        version = self._work.store.version(one.version_id)
        goal, at = version.document.goals[place], r.event.occurred_at
        if not one.is_open and goal.days is None:
            return None
        if not is_wanted(goal, Aim(one.enrollment_id, one.entered_at, frozenset()), at):
            return None
        detail = {"event": {"type": r.event.type, "occurred_at": at.isoformat()}}
        of = (one.user_id, version.journey_id, one.version_id)
        return Reached(*of, one.enrollment_id, goal.name, at, detail)
