"""People of a journey that is on again go on: in batches, by whoever has time, never half-way.

A journey that is off freezes people tick by tick, as they become due, and each tick that freezes
raises the journey's mark. Thawing begins with a mark and ends only when it is still the same: a
tick that froze somebody in between starts it over. A worker that dies in the middle leaves the
mark standing, and the next one begins anew.

What was chosen for those who were overdue stands beside the mark until the end. Until then ticks
leave them alone, frozen or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from plugin.domain.enrollment import Member, Position
from plugin.engine.library_port import Frozen
from plugin.engine.moves import Mover
from plugin.engine.overdue import Load, move_on, spread_out
from plugin.engine.ports import Begin, Footing, Work
from plugin.engine.surroundings import PRODUCTION, Surroundings

#: People thawed in one transaction.
BATCH = 5000
#: Fewer when something is done with each of them.
CHOSEN_BATCH = 1000
#: The states of people inside who may be frozen. A changeover may make waiting and held people
#: active, never the other way round: the active ones come last, so that nobody is missed.
STATES = ("entering", "waiting", "held", "active")

Groups = Sequence[tuple[Position, Sequence[Member]]]


@dataclass(frozen=True, slots=True)
class Place:
    """How far the thawing of one journey has come."""

    mark: int
    state: int = 0
    after_id: int = 0


@dataclass(frozen=True, slots=True)
class Means:
    """What it takes to do as was chosen."""

    load: Load
    mover: Mover


class Thawing:
    """One worker's thawing. Several may do the same at once. Without `means` it only does what
    needs none, and leaves the rest to the workers."""

    def __init__(
        self,
        begin: Begin,
        means: Means | None = None,
        around: Surroundings = PRODUCTION,
        batch: int = BATCH,
    ) -> None:
        self._begin, self._means, self._around, self._batch = begin, means, around, batch
        self._places: dict[int, Place] = {}

    def step(self) -> int:
        """One batch of one journey, in one transaction. 0: nobody is frozen without need."""
        with self._begin() as work:
            found = work.library.thawable()
            if found is None or (found.choice and self._means is None):
                return 0
            if work.library.get(found.user_id, found.journey_id).status != "enabled":
                return 0
            self._around.reach("thaw.after_claim")
            place = self._places.get(found.journey_id, Place(found.mark))
            ids = self._thaw(work, found, place)
            further = self._further(place, ids, self._size(found))
            if further is None:
                work.library.thawed(found.user_id, found.journey_id, place.mark)
            self._around.reach("thaw.before_commit")
        self._around.reach("thaw.after_commit")
        if further is None:
            self._places.pop(found.journey_id, None)
        else:
            self._places[found.journey_id] = further
        return max(1, len(ids))

    def _size(self, found: Frozen) -> int:
        return min(CHOSEN_BATCH, self._batch) if found.choice else self._batch

    def _thaw(self, work: Work, found: Frozen, place: Place) -> list[int]:
        state = STATES[place.state]
        ids = work.library.thaw(found, state, place.after_id, self._size(found))
        if found.choice and self._means and ids:
            before, now = found.before, self._around.clock(work)
            groups = work.tasks.due(found.user_id, ids, before)
            if found.choice["how"] == "spread":
                seconds = 3600 * found.choice["hours"]
                due = spread_out(work, groups, self._means.load, before, seconds)
                work.tasks.put_off(due)
            elif found.choice["how"] != "now":
                move_on(work, self._means.mover, groups, found.choice["how"], now)
        return ids

    def _further(self, place: Place, ids: list[int], size: int) -> Place | None:
        if len(ids) == size:
            return Place(place.mark, place.state, ids[-1])
        if place.state + 1 < len(STATES):
            return Place(place.mark, place.state + 1)
        return None


def without_thawing(work: Work, groups: Groups, footings: Mapping[int, Footing]) -> Groups:
    """Those whom a tick may run: not the overdue of a journey for whom something was chosen that
    has not been done yet."""
    before = {journey_id: f.thaws for journey_id, f in footings.items() if f.thaws is not None}
    if not before:
        return groups
    kept = []
    for at, members in groups:
        until = before.get(work.store.version(at.version_id).journey_id)
        some = [m for m in members if until is None or not _overdue(m, until)]
        if some:
            kept.append((at, some))
    return kept


def _overdue(member: Member, before: datetime) -> bool:
    return member.due_at is not None and member.due_at < before
