"""Events wake those who wait for them: found by key, for a whole batch of events at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime

from plugin.domain.enrollment import EnrollmentId, Subscriber
from plugin.domain.event import Event, Received
from plugin.engine.messages_port import MessageRef
from plugin.engine.ports import Version, Work
from plugin.engine.waiting import WaitingAction, in_time, is_about, person

AwaitedBy = Callable[[Version], Sequence[WaitingAction]]
#: An event, and a step that waits for such a one.
Hit = tuple[Received, WaitingAction]


class WakingByEvent:
    """Of one batch of events. A constant number of statements, and none for owners without such
    steps but the one that tells."""

    def __init__(self, work: Work, awaited: AwaitedBy) -> None:
        self._work, self._awaited = work, awaited
        #: by owner: one of all steps that wait for the same
        self._steps: dict[int, dict[str, WaitingAction]] = defaultdict(dict)
        self._hits: list[tuple[Hit, bytes]] = []  #: with the person
        self._owners: dict[int, tuple[int, Event]] = {}

    def look_for(self, user_ids: Set[int]) -> None:
        """Read which steps of these owners wait for events. One statement."""
        for version in self._work.store.waiting_for_events(user_ids) if user_ids else ():
            for action in self._awaited(version):
                self._steps[version.user_id].setdefault(action.identity(), action)

    def matching(self, user_id: int, events: Sequence[Received]) -> list[Hit]:
        """What this owner's steps wait for. What machines do counts nowhere."""
        steps = self._steps.get(user_id, {}).values()
        return [(r, action) for action in steps for r in events if action.counts(r.event)]

    def keep(self, user_id: int, hits: Sequence[Hit], people: Mapping[int, Subscriber]) -> None:
        """These are for the person, on whichever list the passage is."""
        for r, action in hits:
            subscriber = people.get(r.event.subscriber_id)
            if subscriber is not None:
                self._hits.append(((r, action), person(user_id, subscriber.email)))
                self._owners[r.inbox_id] = user_id, r.event

    def note(self, now: datetime) -> None:
        """Write down whose events these are, and make due who waits for them. Three statements,
        and those that tell which message an event is about."""
        refs = self._refs()
        heard: dict[int, bytes] = {}
        by_key: dict[bytes, list[Hit]] = defaultdict(list)
        for (r, action), whose in self._hits:
            ref = refs.get(r.inbox_id)
            if action.of_step is None or (ref is not None and ref.step_id == action.of_step):
                heard[r.inbox_id] = whose
                by_key[action.wake_key(whose, action.matter(r.event))].append((r, action))
        if not heard:
            return
        self._work.waiters.hear(heard, self._owners)
        self._work.waiters.wake(self._woken(by_key, refs), now)

    def _refs(self) -> Mapping[int, MessageRef]:
        about = {r.inbox_id: r for (r, action), _ in self._hits if action.of_step is not None}
        return self._work.messages.of_events(list(about.values())) if about else {}

    def _woken(
        self, by_key: Mapping[bytes, Sequence[Hit]], refs: Mapping[int, MessageRef]
    ) -> Sequence[EnrollmentId]:
        return [
            waiter.enrollment_id
            for waiter in self._work.waiters.waiting(by_key)
            if any(
                in_time(waiter, r) and is_about(action, waiter.enrollment_id, refs.get(r.inbox_id))
                for r, action in by_key[waiter.wake_key]
            )
        ]
