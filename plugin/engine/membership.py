"""What changes of lists bring about: events for journeys, and work that is left to do.

What we cause is an event like any other: it is in the inbox in the same transaction, under the
fact's own key, so that the host's report of it is known as a repeat.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from plugin.domain.enrollment import EnrollmentId, Subscriber
from plugin.domain.event import LEAVE, Event
from plugin.engine.membership_port import Ask, Done
from plugin.engine.ports import Work

#: Our own name among the sources of events.
SOURCE = "journeys"


class Origin(NamedTuple):
    """Which visit of which enrollment caused something, and how many causes are in a row."""

    enrollment_id: EnrollmentId
    visit: int
    hops: int


def origins(work: Work, visits: Mapping[EnrollmentId, int]) -> Mapping[EnrollmentId, Origin]:
    """What is caused by these enrollments at these visits. One statement."""
    known = work.store.origins(list(visits))
    return {i: Origin(i, visit, known[i].hops + 1) for i, visit in visits.items()}


def tell(work: Work, ask: Ask, done: Done, by: Mapping[EnrollmentId, Origin]) -> None:
    """Keep what has changed as events, and what is left to do as work. Two statements."""
    events = [
        Event(
            event_id=event_id(by[c.cause], c.type, c.list_id, c.subscriber_id),
            type=c.type,
            occurred_at=ask.now,
            list_id=c.list_id,
            subscriber_id=c.subscriber_id,
            email=c.email,
            hops=by[c.cause].hops,
            origin_enrollment_id=c.cause,
        )
        for c in done.changes
    ]
    events += _work_items(ask, done, by)
    if events:
        work.inbox.append(SOURCE, events, ask.now)


def _work_items(ask: Ask, done: Done, by: Mapping[EnrollmentId, Origin]) -> Iterable[Event]:
    """One for each further list, whatever the number of people."""
    causes = sorted({c.cause for c in done.changes if c.list_id == ask.list_id})
    if not causes:
        return
    first = by[causes[0]]
    people = [[*by[who], ask.people[who].email] for who in causes]
    for list_id in done.elsewhere:
        yield Event(
            event_id=event_id(first, LEAVE, list_id, 0),
            type=LEAVE,
            occurred_at=ask.now,
            list_id=list_id,
            subscriber_id=0,
            data={"user_id": ask.user_id, "people": people},
            hops=first.hops,
            origin_enrollment_id=first.enrollment_id,
        )


def leave_elsewhere(work: Work, item: Event, now: datetime) -> None:
    """Do one work item. Raises CannotEvaluate when the list is gone.

    Where a rollback undoes nothing, it is done in two transactions: the first makes it a work item
    of those who are on the list at that moment, the second takes them off, at least once. Whoever
    has left by then has left by an earlier try: the events are made of the item, not of the rows.
    """
    rows: Sequence[Sequence[Any]] = item.data["people"]
    sure = item.data.get("sure", False)
    ask = Ask(
        user_id=item.data["user_id"],
        list_id=item.list_id,
        people={row[0]: Subscriber(0, row[3], "", "") for row in rows},
        now=item.occurred_at if sure else now,
        alone=True,
        repeated=sure,
    )
    by = {row[0]: Origin(row[0], row[1], row[2]) for row in rows}
    if sure or work.host.way(ask.user_id, ask.list_id) == "at_once":
        tell(work, ask, work.host.unsubscribe(ask), by)
    else:
        _make_sure(work, item, ask, rows)


def _make_sure(work: Work, item: Event, ask: Ask, rows: Sequence[Sequence[Any]]) -> None:
    """Commit to what is going to be done, before it is."""
    done = work.host.prospect("unsubscribe", ask).results
    people = [row for row in rows if row[0] not in done]
    if people:
        intent = replace(
            item,
            event_id=f"{item.event_id}-sure",
            occurred_at=ask.now,
            data={"user_id": ask.user_id, "people": people, "sure": True},
        )
        work.inbox.append(SOURCE, [intent], ask.now)


def event_id(origin: Origin, type_: str, list_id: int, subscriber_id: int) -> str:
    """The same for one cause however often it is tried."""
    cause = f"{origin.enrollment_id} {origin.visit} {type_} {list_id} {subscriber_id}"
    return hashlib.blake2b(cause.encode(), digest_size=16).hexdigest()
