"""Facts that journeys bring about and that other journeys wait for: events from our own hand.

They are caused only while somebody listens. They are in the inbox in the transaction that made
them true, with the passage that they come from and one hop more than it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from plugin.domain.enrollment import Batch, EnrollmentId, Standing, Subscriber
from plugin.domain.event import COMPLETED, Event, as_text
from plugin.engine.membership import SOURCE, Origin, event_id, origins
from plugin.engine.ports import Work

Values = Mapping[EnrollmentId, object]


class FieldChanges:
    """What a step does to one field of a batch: look before and after, and tell the difference.

    Two statements for the values and two for the events while a journey of the owner listens;
    otherwise none, but for one in each tick that asks who is live.
    """

    def __init__(self, batch: Batch, work: Work, field_id: int) -> None:
        self._batch, self._work, self._field_id = batch, work, field_id
        self._before = self._read() if self._heard() else None

    def tell(self) -> None:
        """Cause an event for everybody whose value is another one now."""
        if self._before is None:
            return
        before, after = self._before, self._read()
        changed = [i for i in after if as_text(after[i]) != as_text(before.get(i))]
        if not changed:
            return
        by = origins(self._work, {i: self._batch.visits[i] for i in changed})
        events = [self._event(i, by[i], before.get(i), after[i]) for i in changed]
        self._work.inbox.append(SOURCE, events, self._batch.now)

    def _event(self, who: EnrollmentId, origin: Origin, before: object, after: object) -> Event:
        subscriber = self._batch.subscribers[who]
        data = {"field_id": self._field_id, "from": before, "to": after}
        return _caused(
            origin, "field_changed", self._batch.list_id, subscriber, data, self._batch.now
        )

    def _heard(self) -> bool:
        data = {"field_id": self._field_id}
        asked = Event("", "field_changed", self._batch.now, self._batch.list_id, 0, data=data)
        return self._work.heard(self._batch.user_id, asked)

    def _read(self) -> Values:
        name = f"CustomField{self._field_id}"
        of = {i: s.subscriber_id for i, s in self._batch.subscribers.items()}
        found = self._work.host.values(self._batch.list_id, list(of.values()), [name])
        return {i: found[number][name] for i, number in of.items() if number in found}


def tag_changes(
    work: Work,
    batch: Batch,
    cause: Literal["tag", "untag"],
    tag_id: int,
    who: Sequence[EnrollmentId],
) -> None:
    """Cause an event for everybody whom the host has just tagged, or untagged, for a step.

    Only where the host itself says nothing of it. Seven statements at most while somebody listens.
    """
    data = {"tag_id": tag_id}
    asked = Event("", cause, batch.now, batch.list_id, 0, data=data)
    if not who or work.host.tells_of_tags() or not work.heard(batch.user_id, asked):
        return
    people = {i: batch.subscribers[i] for i in who}
    ids = [s.subscriber_id for s in people.values()]
    sight = work.host.tag_sight(batch.user_id, batch.list_id, ids, tag_id)
    has = work.host.tags_on(batch.user_id, sight.list_id, list(sight.rows.values()))
    by = origins(work, {i: batch.visits[i] for i in who})
    events = []
    for i, subscriber in people.items():
        row = sight.rows.get(subscriber.subscriber_id)
        if row is not None:
            known = {} if has is None else {"tag_ids": sorted(has.get(row, ()))}
            there = subscriber._replace(subscriber_id=row)
            events.append(_caused(by[i], cause, sight.list_id, there, data | known, batch.now))
    work.inbox.append(SOURCE, events, batch.now)


def completions(work: Work, standings: Iterable[Standing], now: datetime) -> None:
    """Cause an event for everybody who has just gone through a journey, once they are settled.

    One statement that asks who is live, and two more when somebody listens.
    """
    done = [s for s in standings if s.end_reason == "completed"]
    heard = {
        of: work.heard(of[0], Event("", COMPLETED, now, 0, 0, data={"journey_id": of[1]}))
        for of in {(s.user_id, s.journey_id) for s in done}
    }
    told = [s for s in done if heard[s.user_id, s.journey_id]]
    if not told:
        return
    by = origins(work, {s.member.enrollment_id: s.visit for s in told})
    work.inbox.append(SOURCE, [_completion(s, by, now) for s in told], now)


def _completion(s: Standing, by: Mapping[EnrollmentId, Origin], now: datetime) -> Event:
    who = Subscriber(s.member.subscriber_id, "", "", "")
    data = {"journey_id": s.journey_id}
    return _caused(by[s.member.enrollment_id], COMPLETED, s.position.list_id, who, data, now)


def _caused(
    origin: Origin,
    type_: str,
    list_id: int,
    subscriber: Subscriber,
    data: Mapping[str, Any],
    now: datetime,
) -> Event:
    return Event(
        event_id=event_id(origin, type_, list_id, subscriber.subscriber_id),
        type=type_,
        occurred_at=now,
        list_id=list_id,
        subscriber_id=subscriber.subscriber_id,
        email=subscriber.email or None,
        data=data,
        hops=origin.hops,
        origin_enrollment_id=origin.enrollment_id,
    )
