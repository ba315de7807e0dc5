"""Waiting for events by the plainest means: everything that was heard of a person is looked at."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.engine.oracle_people import Event, Passage, Person, Wait, open_ones
from tests.engine.oracle_rules import Plain, after_wait

_TYPES = {
    "opened": "open",
    "subscribed": "subscription",
    "unsubscribed": "unsubscription",
}


def hear(person: Person, event: Event, now: datetime) -> None:
    """It has come, and whoever waits for it goes on."""
    person.heard.append((event, now))
    for one in open_ones(person):
        if one.waits and found(person, one) and one.due is not None and one.due > now:
            one.due = now


def begin(one: Passage, now: datetime) -> None:
    params = one.step["params"]
    since = {
        "step": now,
        "journey": one.entered_at,
        "days": now - timedelta(days=params.get("days", 0)),
    }[params.get("since", "step")]
    one.waits = Wait(since, after_wait(params, now))


def found(person: Person, one: Passage) -> bool:
    """Whether what they wait for has happened."""
    assert one.waits is not None
    params, back = one.step["params"], one.step["params"].get("since") == "days"
    return any(
        _is_it(params, event)
        and one.waits.since <= at < one.waits.until
        and (place > one.entry or (back and place != one.entry))
        for place, (event, at) in enumerate(person.heard)
    )


def _is_it(params: Plain, event: Event) -> bool:
    type_, list_id = event
    if params["what"] == "custom":
        return type_ == f"custom {params['event']}"
    lists = params.get("list_ids") or [list_id]
    return type_ == _TYPES[params["what"]] and list_id in lists
