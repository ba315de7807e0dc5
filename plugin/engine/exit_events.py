"""Exit rules about events: an event that one of them waits for ends the passage when it arrives.

The rules are those of the version that somebody is in, live or not. An event ends only passages
that began with an earlier one, or by hand or a step; in which order things happened does not
matter, in which they arrived does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from plugin.domain.enrollment import Subscriber
from plugin.domain.event import Received
from plugin.engine.entering import KeyOf
from plugin.engine.exits_port import Insider
from plugin.engine.kinds import TriggerKind
from plugin.engine.leaving import named
from plugin.engine.ports import Version, Work

ExitKinds = Callable[[Version], Sequence[tuple[int, TriggerKind]]]
#: An event, the version whose rule it fits, and the place of the rule.
Hit = tuple[Received, Version, int]


class OnEvents:
    """What somebody's journey does upon an event, wherever they stand in it."""

    def __init__(self, work: Work, kinds: ExitKinds, key_of: KeyOf) -> None:
        self._work, self._kinds, self._key_of = work, kinds, key_of
        self._versions: Sequence[Version] = ()
        self._users: set[int] = set()
        #: by version and person
        self._hits: dict[tuple[int, bytes], list[tuple[Received, int]]] = defaultdict(list)

    def attend(self, versions: Sequence[Version]) -> None:
        """Those among these count that have anything about events."""
        self._versions = versions

    def matching(self, user_id: int, events: Sequence[Received]) -> list[Hit]:
        """What this owner's rules wait for. What machines do counts nowhere."""
        return [
            (r, version, place)
            for version in self._versions
            if version.user_id == user_id
            for place, kind in self._kinds(version)
            for r in events
            if r.event.type in kind.listens_to
            and not r.event.data.get("automated")
            and kind.matches(r.event)
        ]

    def keep(
        self,
        user_id: int,
        list_id: int,
        hits: Sequence[Hit],
        people: Mapping[int, Subscriber],
    ) -> None:
        """These are for the person, on whichever list the passage is."""
        for r, version, place in hits:
            subscriber = people.get(r.event.subscriber_id)
            if subscriber is not None:
                person = self._key_of(user_id, list_id, subscriber)
                self._hits[version.version_id, person].append((r, place))
                self._users.add(user_id)


class LeavingByEvent(OnEvents):
    """Of one batch of events."""

    def note(self, now: datetime) -> None:
        """Ask those who are inside to leave, when everybody of the batch has entered. Two
        statements."""
        if not self._hits:
            return
        versions = {version_id for version_id, _ in self._hits}
        people = {person for _, person in self._hits}
        inside = self._work.exits.inside(self._users, people, versions)
        leavers = [
            (one.user_id, one.enrollment_id, why) for one in inside if (why := self._why(one))
        ]
        self._work.exits.by_rule(leavers, now)

    def _why(self, one: Insider) -> Mapping[str, Any] | None:
        """The first event of the batch that sends them out."""
        for r, place in self._hits.get((one.version_id, one.person_key), ()):
            if one.entry_event_id is None or one.entry_event_id < r.inbox_id:
                version = self._work.store.version(one.version_id)
                event = {"type": r.event.type, "occurred_at": r.event.occurred_at.isoformat()}
                return {**named(version, place), "event": event}
        return None
