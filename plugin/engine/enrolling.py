"""Enrolling by hand: named subscribers, into an enabled journey, by its re-entry rule."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from plugin.engine.entering import KeyOf, by_person, enroll, entry_key
from plugin.engine.ports import Begin, Count, Entry, Version, Wakeup, Work
from plugin.engine.redo import redo
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class Enrolled:
    """How many entered, were refused by the re-entry rule, were not found on the list, did not
    fit the entry criteria, and could not be told about: these are for another try."""

    entered: int
    refused: int
    unknown: int
    turned_away: int = 0
    undecided: int = 0


class Enroller:
    def __init__(
        self,
        begin: Begin,
        wake: Wakeup,
        key_of: KeyOf = by_person,
        around: Surroundings = PRODUCTION,
    ) -> None:
        self._begin, self._wake, self._key_of, self._around = begin, wake, key_of, around

    def enroll(
        self, user_id: int, journey_id: int, list_id: int, subscribers: Sequence[int]
    ) -> Enrolled:
        """Raises NotFound for a foreign journey or list, Conflict while it is not enabled."""
        wanted = sorted(set(subscribers))
        done = redo(lambda: self._enroll(user_id, journey_id, list_id, wanted), self._around)
        self._wake()
        return done

    def _enroll(
        self, user_id: int, journey_id: int, list_id: int, wanted: Sequence[int]
    ) -> Enrolled:
        with self._begin() as work:
            version = self._live(work, user_id, journey_id)
            if work.host.owners([list_id]).get(list_id) != user_id:
                raise NotFound(f"There is no list {list_id}.")
            people = work.host.subscribers(list_id, wanted)
            entries = []
            for subscriber in people.values():
                person = self._key_of(user_id, list_id, subscriber)
                key = entry_key(version, person, uuid.uuid4().bytes)
                entries.append(Entry(version, list_id, subscriber.subscriber_id, person, key, None))
            counts: list[Count] = []
            now = self._around.clock(work)
            done = enroll(work, version, entries, now, counts)
            work.store.count(counts, now)
        return Enrolled(
            done.people,
            done.refused,
            len(wanted) - len(people),
            len(done.turned_away),
            len(done.undecided),
        )

    def _live(self, work: Work, user_id: int, journey_id: int) -> Version:
        stored = work.library.get(user_id, journey_id)
        if stored.status != "enabled" or stored.live_version_id is None:
            raise Conflict("not_enabled", f"“{stored.name}” is {stored.status}. Turn it on first.")
        return work.store.version(stored.live_version_id)
