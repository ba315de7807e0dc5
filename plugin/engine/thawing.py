"""People of a journey that is on again go on: in batches, by whoever has time, never half-way.

A journey that is off freezes people tick by tick, as they become due, and each tick that freezes
raises the journey's mark. Thawing begins with a mark and ends only when it is still the same: a
tick that froze somebody in between starts it over. A worker that dies in the middle leaves the
mark standing, and the next one begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from plugin.engine.ports import Begin

#: People thawed in one transaction.
BATCH = 5000
#: The states of people inside who may be frozen.
STATES = ("entering", "active", "waiting", "held")


@dataclass(frozen=True, slots=True)
class Place:
    """How far the thawing of one journey has come."""

    mark: int
    state: int = 0
    after_id: int = 0


class Thawing:
    """One worker's thawing. Several may do the same at once."""

    def __init__(self, begin: Begin, batch: int = BATCH) -> None:
        self._begin, self._batch = begin, batch
        self._places: dict[int, Place] = {}

    def step(self) -> int:
        """One batch of one journey, in one transaction. 0: nobody is frozen without need."""
        with self._begin() as work:
            found = work.library.thawable()
            if found is None:
                return 0
            user_id, journey_id, mark = found
            if work.library.get(user_id, journey_id).status != "enabled":
                return 0
            place = self._places.get(journey_id, Place(mark))
            state = STATES[place.state]
            ids = work.library.thaw(user_id, journey_id, state, place.after_id, self._batch)
            further = self._further(place, ids)
            if further is None:
                work.library.thawed(user_id, journey_id, place.mark)
        if further is None:
            self._places.pop(journey_id, None)
        else:
            self._places[journey_id] = further
        return max(1, len(ids))

    def _further(self, place: Place, ids: list[int]) -> Place | None:
        if len(ids) == self._batch:
            return Place(place.mark, place.state, ids[-1])
        if place.state + 1 < len(STATES):
            return Place(place.mark, place.state + 1)
        return None
