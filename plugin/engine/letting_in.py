"""Entry criteria and caps: whom a journey lets in, and when each of them starts.

Both are asked at the moment of entering, and neither is asked again: the answers that let somebody
in are the first line of their history.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from plugin.domain.caps import Run, allot
from plugin.domain.enrollment import SubscriberId
from plugin.engine.answering import Asked, Setting
from plugin.engine.entry_port import Arrival, Made
from plugin.engine.ports import Entry, Version, Work
from plugin.engine.questions import verdicts
from plugin.errors import CannotEvaluate

#: Calls are told apart by random numbers of this many bits.
CALL_BITS = 62

Why = Mapping[SubscriberId, Mapping[str, Any]]


class Judged(NamedTuple):
    """Whom the entry criteria fit, with the answers, and whom not. `reason`: why nobody can be
    told about."""

    fit: Why
    turned_away: frozenset[SubscriberId] = frozenset()
    undecided: frozenset[SubscriberId] = frozenset()
    reason: CannotEvaluate | None = None


def letting_in(version: Version) -> bool:
    """Whether entering takes more than a free entry key."""
    return version.document.entry_criteria is not None or bool(version.document.caps)


def judge(work: Work, version: Version, entries: Sequence[Entry], now: datetime) -> Judged:
    """Ask the entry criteria about these entries, which are of one list."""
    criteria = version.document.entry_criteria
    ids = frozenset(entry.subscriber_id for entry in entries)
    if criteria is None or not entries:
        unasked: Mapping[str, Any] = {}
        return Judged(dict.fromkeys(ids, unasked))
    try:
        setting = Setting.of(version, entries[0].list_id, now)
        people = {e.subscriber_id: Asked(e.subscriber_id, None, e.person_key) for e in entries}
        found = verdicts(work, setting, people, [criteria])
    except CannotEvaluate as gone:
        return Judged({}, undecided=ids, reason=gone)
    fit = {i: verdict.detail for i, (verdict,) in found.items() if verdict.truth}
    away = frozenset(i for i, (verdict,) in found.items() if verdict.truth is False)
    return Judged(fit, away, ids - away - fit.keys())


def let_in(
    work: Work, version: Version, entries: Sequence[Entry], why: Why, now: datetime
) -> tuple[int, int]:
    """Enroll those whose entry key is free and tell them why. Answers how many got in, and how
    many of them start at once."""
    caps, journey_id = version.document.caps, version.journey_id
    # The queue comes first: whoever waits for it has not locked a single entry key.
    taken = work.entrance.taken(version.user_id, journey_id, now) if caps else None
    call = secrets.randbits(CALL_BITS)
    if not work.store.enroll(entries, now, call):
        return 0, 0
    made = work.entrance.made(journey_id, [entry.subscriber_id for entry in entries], call)
    runs = [Run(now, len(made))]
    if caps:
        runs, taken = allot(caps, taken, now, ZoneInfo(version.zone), len(made))
        work.entrance.give(journey_id, taken)
    arrivals = _arrivals(made, runs, why, {"from": now.isoformat(), "zone": version.zone})
    if caps:
        work.entrance.place(arrivals, now)
    work.entrance.tell(version, arrivals, now)
    return len(made), len([arrival for arrival in arrivals if arrival.starts_at <= now])


def _arrivals(
    made: Sequence[Made], runs: Sequence[Run], why: Why, waits: Mapping[str, str]
) -> Sequence[Arrival]:
    """Each with the start of their run. Those with the same answers share one line. `waits`: what
    is told of those who wait for their place."""
    known: dict[tuple[int, datetime], Mapping[str, Any]] = {}
    arrivals, rest = [], iter(made)
    for run in runs:
        for one in (next(rest) for _ in range(run.people)):
            answers = why[one.subscriber_id]
            key = id(answers), run.start
            if key not in known:
                start = run.start.isoformat()
                later = {**waits, "until": start} if start != waits["from"] else {}
                known[key] = {**answers, **later}
            arrivals.append(Arrival(one, run.start, known[key]))
    return arrivals
