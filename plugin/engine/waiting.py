"""Waiting for events: what such a step and the routing of events have in common.

Whoever comes to such a step is written down (a *waiter*), and stays. When that is committed the
step looks once more for what has happened meanwhile, as soon as every event is routed that might
have missed the new row. From then on an event that is routed finds the row by its key and makes
the person due. Each run of the step looks by itself for what has happened: nothing but the inbox
remembers it, so whoever was held, frozen or in a dead worker's hands takes it when they go on.

Of what has happened that counts which

- happened since the moment that the step names, to the second, as the reporter's clocks have it;
- arrived before the time was over: the inbox had it. In which order things happened does not
  matter, in which they arrived does.

The time is over when every event is routed that arrived before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from plugin.domain.enrollment import Batch, EnrollmentId, person_key
from plugin.domain.event import Event, Received
from plugin.engine.kinds import Action
from plugin.engine.messages_port import MessageRef
from plugin.engine.ports import Work
from plugin.engine.waiters_port import Happened, Passage, Waiter


class WaitingAction(Action):
    """A step at which people wait for an event."""

    family = "time"
    #: what has happened already is found at once; only the time-out takes its time
    onward = "branches"
    later_branches = ("timed_out",)

    #: the events' types
    hears: Collection[str]
    #: only what comes of the messages of this step; None: of whatever
    of_step: int | None
    #: whether what happened before they came to the step may count, and before they entered
    looks_back: bool
    looks_before: bool

    def matches(self, event: Event) -> bool:
        """Does such an event end the wait of whoever waits for this matter? No I/O."""
        raise NotImplementedError

    def matter(self, event: Event) -> str | None:
        """Which of a person's matters the event is about; '' where matters are not told apart,
        None: about none that can be told."""
        raise NotImplementedError

    def identity(self) -> str:
        """What is waited for: the same text for steps that wait for the same."""
        raise NotImplementedError

    def wake_key(self, person: bytes, matter: str | None) -> bytes:
        """Events find waiters by it. A `matter` that cannot be told is found by none."""
        text = f"{self.identity()} {'' if matter is None else '='}{matter}"
        told = person + text.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(told, digest_size=16).digest()

    def counts(self, event: Event) -> bool:
        """Is it such an event, and no machine's?"""
        return event.type in self.hears and not event.data.get("automated") and self.matches(event)


def digest(*parts: object) -> bytes:
    """16 bytes that stand for plain data."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def to_the_second(moment: datetime) -> datetime:
    """Hosts keep times to the second: what happened within it may have happened after."""
    return moment.replace(microsecond=0)


def in_time(waiter: Waiter, received: Received) -> bool:
    """Did it happen late enough, and arrive early enough?"""
    event = received.event
    return waiter.since_at <= event.occurred_at and received.received_at < waiter.until_at


@dataclass(slots=True)
class Looking:
    """One look for what has happened to the people of a batch."""

    action: WaitingAction
    batch: Batch
    work: Work
    passages: Mapping[EnrollmentId, Passage]
    waits: Mapping[EnrollmentId, Waiter]
    found: dict[EnrollmentId, Received] = field(default_factory=dict)

    def look(self) -> Mapping[EnrollmentId, Received]:
        """The first to arrive of what counts, for whom there is something. Three statements at
        most, and those that tell which message an event is about."""
        things = [one for one in self._things() if self.action.counts(one.received.event)]
        refs: Mapping[int, MessageRef] = {}
        if self.action.of_step is not None and things:
            refs = self.work.messages.of_events([one.received for one in things])
        by_key, by_row = self._by_key(), self._by_row()
        for one in things:
            if one.person_key is None:
                chosen: Iterable[EnrollmentId] = by_row.get(one.received.event.subscriber_id, ())
            else:
                matter = self.action.matter(one.received.event)
                chosen = by_key.get(self.action.wake_key(one.person_key, matter), ())
            for who in chosen:
                if who not in self.found and self._is_for(who, one.received, refs):
                    self.found[who] = one.received
        return self.found

    def _things(self) -> Sequence[Happened]:
        since = min(one.since_at for one in self.waits.values())
        people = {one.person_key for one in self.waits.values()}
        waiters, types = self.work.waiters, self.action.hears
        found = list(waiters.of_people(self.batch.user_id, people, types, since))
        if self.action.looks_back:
            rows = [self.batch.subscribers[i].subscriber_id for i in self.waits]
            found += waiters.of_rows(self.batch.list_id, rows, types, since)
        return sorted(found, key=lambda one: one.received.inbox_id)

    def _is_for(
        self, who: EnrollmentId, received: Received, refs: Mapping[int, MessageRef]
    ) -> bool:
        waiter, entry = self.waits[who], self.passages[who].entry_event_id
        if not in_time(waiter, received) or not self._follows(received, entry):
            return False
        matter = self.action.matter(received.event)
        if self.action.wake_key(waiter.person_key, matter) != waiter.wake_key:
            return False
        return is_about(self.action, who, refs.get(received.inbox_id))

    def _follows(self, received: Received, entry: int | None) -> bool:
        """What arrived before the event that let them in is older than the passage, whatever the
        second; and that event itself ends no wait."""
        if entry is None:
            return True
        return received.inbox_id > entry or (
            self.action.looks_before and received.inbox_id != entry
        )

    def _by_key(self) -> Mapping[bytes, Sequence[EnrollmentId]]:
        return _grouped(self.waits, lambda who: self.waits[who].wake_key)

    def _by_row(self) -> Mapping[int, Sequence[EnrollmentId]]:
        return _grouped(self.waits, lambda who: self.batch.subscribers[who].subscriber_id)


def is_about(action: WaitingAction, who: EnrollmentId, ref: MessageRef | None) -> bool:
    """Of a step that waits for what comes of an earlier one's messages: is it one of theirs?"""
    if action.of_step is None:
        return True
    return ref is not None and (ref.enrollment_id, ref.step_id) == (who, action.of_step)


def _grouped(
    people: Iterable[EnrollmentId], by: Callable[[EnrollmentId], Any]
) -> Mapping[Any, Sequence[EnrollmentId]]:
    groups: dict[Any, list[EnrollmentId]] = {}
    for who in people:
        groups.setdefault(by(who), []).append(who)
    return groups


def person(user_id: int, email: str) -> bytes:
    """Waits are for the person by their address, however far re-entry reaches: lists differ."""
    return person_key(user_id, email)


def told(received: Received) -> Mapping[str, Any]:
    """The event that ended a wait, for the history."""
    event, data = received.event, received.event.data
    known = {"id": received.inbox_id, "type": event.type, "list_id": event.list_id}
    known |= {"occurred_at": event.occurred_at.isoformat()}
    names = ("url", "email_id", "campaign_id", "name", "value", "reference")
    return known | {n: data[n] for n in names if isinstance(data.get(n), str | int | float)}
