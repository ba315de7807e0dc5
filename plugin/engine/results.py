"""What is reported about messages: whose it is, what is new in it, and how it is counted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from plugin.domain.event import Received
from plugin.domain.message_figures import HEARD, MESSAGE, REVENUE
from plugin.domain.properties import as_number
from plugin.engine.message_judging import counts
from plugin.engine.messages_port import Heard, MessageRef, Told
from plugin.engine.ports import Count, Work

#: Hundredths that one event may bring in: more is no amount.
MOST_AMOUNT = 10**15
_HARD = ("hard", "permanent")


def note_results(
    work: Work, received: Sequence[Received], lists: Collection[int], now: datetime
) -> Mapping[int, MessageRef]:
    """Stamp the messages that these events are about, and count what is new; answers which events
    those are. What machines did counts nowhere. `lists`: those that the host knows.

    A fixed number of statements, and none when nothing was reported about any message.
    """
    about = [
        r
        for r in received
        if r.event.type in HEARD
        and r.event.list_id in lists
        and r.only is None
        and not r.event.data.get("automated")
    ]
    refs = work.messages.of_events(about) if about else {}
    if not refs:
        return {}
    changed = work.messages.settle({ref.id for ref in refs.values()}, now)
    heard = [one for r in about if r.inbox_id in refs for one in _heard(r, refs[r.inbox_id])]
    told = work.messages.stamp(heard)
    work.store.count([*counts(changed), *map(_count, told)], now)
    return refs


def _heard(r: Received, ref: MessageRef) -> Iterator[Heard]:
    event = r.event
    for figure in HEARD[event.type]:
        if figure == REVENUE:
            amount = as_number(event.data.get("amount"))
            if amount is not None and (cents := _hundredths(amount)):
                yield Heard(ref.id, figure, event.occurred_at, amount=cents)
            continue
        bounce = _bounce(event.data) if figure == "bounced" else ""
        yield Heard(ref.id, figure, event.occurred_at, bounce)


def _hundredths(amount: Decimal) -> int:
    cents = int((amount * 100).to_integral_value())
    return cents if 0 < cents <= MOST_AMOUNT else 0


def _bounce(data: Mapping[str, object]) -> str:
    """In the words of whoever reports it: `Hard`, `soft`, `permanent` …"""
    for name in ("bounce_type", "bounce", "type"):
        word = data.get(name)
        if isinstance(word, str) and word:
            return "hard" if word.strip().lower().startswith(_HARD) else "soft"
    return ""


def _count(told: Told) -> Count:
    of = told.of
    figure, remark = (REVENUE, "") if told.figure == REVENUE else (MESSAGE, told.figure)
    where = (of.user_id, of.journey_id, of.version_id, of.step_id)
    return Count(*where, figure, remark, told.n)
