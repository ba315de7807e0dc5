"""Who may enter: the keys by which re-entry is decided, and the one way to an enrollment."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from plugin.domain.enrollment import Subscriber, SubscriberId, person_key
from plugin.engine.letting_in import judge, let_in, letting_in
from plugin.engine.ports import Count, Entry, Version, Work
from plugin.errors import CannotEvaluate

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


#: By the setting of how far one person reaches.
KEYS: Mapping[str, KeyOf] = {"person": by_person, "subscriber": by_subscriber}


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


class Entered(NamedTuple):
    """What came of some entries: how many were let in, how many the re-entry rule refused, and
    about whom else there is something to say."""

    people: int
    refused: int
    turned_away: frozenset[SubscriberId]  #: the entry criteria do not fit
    undecided: frozenset[SubscriberId]  #: it cannot be told yet whether they fit
    reason: CannotEvaluate | None = None  #: why, where nobody can be told about


def enroll(
    work: Work, version: Version, entries: Sequence[Entry], now: datetime, counts: list[Count]
) -> Entered:
    """Enroll those of one list whom the entry criteria fit and whose entry key is free.

    Who is refused is counted with the reason; who is undecided is neither refused nor let in.
    With caps, who finds no room starts later. A constant number of statements, whatever the
    number of entries, which must stand in the order of arrival.
    """
    judged = judge(work, version, entries, now)
    fit = [entry for entry in entries if entry.subscriber_id in judged.fit]
    if fit and version.document.reentry.rule == "again_after":
        work.store.reopen(version.journey_id, [e.entry_key for e in fit], now)
    people = at_once = 0
    if fit and not letting_in(version):
        people = at_once = work.store.enroll(fit, now)
    elif fit:
        people, at_once = let_in(work, version, fit, judged.fit, now)
    turned_away = len([e for e in entries if e.subscriber_id in judged.turned_away])
    of = (version.user_id, version.journey_id, version.version_id)
    first, rule = version.program.first or 0, version.document.reentry.rule
    counts += [
        Count(*of, 0, "entered", "", people),
        Count(*of, first, "arrived", "", at_once),
        Count(*of, 0, "refused", rule, len(fit) - people),
        Count(*of, 0, "refused", "entry_criteria", turned_away),
    ]
    return Entered(people, len(fit) - people, judged.turned_away, judged.undecided, judged.reason)
