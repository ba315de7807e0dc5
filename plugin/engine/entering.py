"""Who may enter: the keys by which re-entry is decided, and the one way to an enrollment."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from plugin.domain.enrollment import Subscriber, person_key
from plugin.engine.ports import Count, Entry, Version, Work

#: Journeys that start one another without anybody waiting in between: the fuse against circles.
MAX_HOPS = 50

#: Who counts as one person for re-entry: the address, or one row of one list.
KeyOf = Callable[[int, int, Subscriber], bytes]


def by_person(user_id: int, list_id: int, subscriber: Subscriber) -> bytes:
    """One person is one address of one owner, whatever the list."""
    return person_key(user_id, subscriber.email)


def by_subscriber(user_id: int, list_id: int, subscriber: Subscriber) -> bytes:
    """One person is one row of one list."""
    return person_key(user_id, f"{list_id}/{subscriber.subscriber_id}")


def entry_key(
    version: Version, person: bytes, event_mark: bytes, correlation: str | None = None
) -> bytes:
    """What may exist once for the journey: the person, or with `every_time` the event.

    A trigger may tell the matters of one person apart, such as their orders: with a `correlation`
    what may exist once is this matter of this person.
    """
    if version.document.reentry.rule == "every_time":
        return b"e" + event_mark
    if correlation is not None:
        matter = person + correlation.encode("utf-8", "surrogatepass")
        return b"c" + hashlib.blake2b(matter, digest_size=16).digest()
    return b"p" + person


def enroll(
    work: Work, version: Version, entries: Sequence[Entry], now: datetime, counts: list[Count]
) -> int:
    """Enroll those whose entry key is free; the others are counted as refused. Answers how many.

    A constant number of statements, whatever the number of entries.
    """
    if version.document.reentry.rule == "again_after":
        work.store.reopen(version.journey_id, [e.entry_key for e in entries], now)
    entered = work.store.enroll(entries, now)

    def count(step_id: int, figure: str, remark: str, n: int) -> Count:
        of = (version.user_id, version.journey_id, version.version_id)
        return Count(*of, step_id, figure, remark, n)

    counts += [
        count(0, "entered", "", entered),
        count(version.program.first or 0, "arrived", "", entered),
        count(0, "refused", version.document.reentry.rule, len(entries) - entered),
    ]
    return entered
