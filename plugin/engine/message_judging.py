"""What an answer of the gateway means for a message's delivery, and for the message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from plugin.domain.gateway_codes import HELD, Verdict, no_answer, verdict
from plugin.domain.message_figures import MESSAGE, remark_of
from plugin.engine.messages_port import Change, Changed
from plugin.engine.ports import Count, Delivery, Response, Tried

#: How long a message that may have been sent waits for news of it. Then its step's policy decides.
NEWS = timedelta(minutes=15)
#: Whoever says “not now” and not when is asked again after this, at the latest on the next day.
PAUSE, LIMIT_PAUSE = timedelta(minutes=1), timedelta(hours=1)
#: A message of a journey that is off looks again after this.
OFF_PAUSE = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(days=1)
#: Words for what was settled without a request; the first one is the kind of verdict.
NOTHING_KNOWN = "unknown"  #: the last attempt's result was never noted
NO_NEWS = "no news"  #: and nothing was heard of it since
NEWS_CAME = "news came"
_OF_OURS = ("refused ", "held ", "wait ")
#: Words that say nothing of the gateway.
_SILENT = frozenset(
    (NOTHING_KNOWN, NO_NEWS, NEWS_CAME, "internal", "no sender key", "too many tries")
) | {"receiver away", "blocked address", "bad request"}

#: What an answer says of the gateway.
Receiver = Literal["well", "fault", "busy"] | None
#: The next pause of a delivery by its schedule; None: there is none left.
Pause = Callable[[Delivery, Response, datetime], datetime | None]


def meaning(answer: Response) -> Verdict:
    """Of an answer, a fault, or one of our own words."""
    if answer.status is not None:
        return verdict(answer.status, answer.body)
    error = answer.error or ""
    if error == NOTHING_KNOWN:
        return Verdict("unknown")
    if error == NEWS_CAME:
        return Verdict("taken")
    if error.startswith(_OF_OURS):
        kind, _, word = error.partition(" ")
        return Verdict(kind, word)  # type: ignore[arg-type]  # one of the three
    return no_answer(error, unsent=answer.unsent)


def tried(delivery: Delivery, answer: Response, now: datetime, next_try: Pause) -> Tried:
    """What becomes of the delivery. `next_try` has the pauses of its schedule."""
    if answer.error == NO_NEWS:
        return Tried(delivery, answer, "done", None, {"result": "unknown"})
    found = meaning(answer)
    receiver = _receiver(answer)
    match found.kind:
        case "taken":
            return Tried(delivery, answer, "done", None, {"result": "sent"}, receiver)
        case "refused":
            result = {"result": "skipped", "reason": found.word}
            return Tried(delivery, answer, "done", None, result, receiver)
        case "failed":
            result = {"result": "failed", "reason": found.word}
            return Tried(delivery, answer, "failed", None, result, receiver)
        case "wait":
            at = _not_before(answer, now)
            told: Receiver = "busy" if answer.status is not None else None
            return Tried(delivery, answer, "new", at, None, told, uncounted=True)
        case "unknown":
            return Tried(delivery, answer, "unknown", now + NEWS, None, receiver)
        case "retry":
            at_next = next_try(delivery, answer, now)
            if at_next is not None:
                return Tried(delivery, answer, "new", at_next, None, receiver)
            found = Verdict("held", "host_away")
        case _:
            pass
    return Tried(delivery, answer, "failed", None, _held(found.word), receiver)


def _held(code: str) -> Mapping[str, Any]:
    return {"held": code, "text": HELD[code]}


def _not_before(answer: Response, now: datetime) -> datetime:
    """When to ask again: as we were told. A limit of the day may be raised before it is over."""
    if answer.retry_after is not None:
        asked = timedelta(seconds=max(1, answer.retry_after))
        return now + min(asked, LONGEST_PAUSE)
    if answer.status is None:
        return now + OFF_PAUSE
    if answer.status == 429:
        return now + PAUSE
    tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return min(now + LIMIT_PAUSE, max(tomorrow, now + PAUSE))


def _receiver(answer: Response) -> Receiver:
    """Whoever refuses is there and well."""
    if answer.status is not None:
        return "fault" if answer.status >= 500 else "well"
    error = answer.error or ""
    return None if error in _SILENT or error.startswith(_OF_OURS) else "fault"


def changes(finished: Sequence[Tried]) -> list[Change]:
    """What has become of the messages of these deliveries."""
    return [change for t in finished if (change := _change(t))]


def _change(t: Tried) -> Change | None:
    key = t.delivery.delivery_key
    if t.state == "new" or t.response.error == NO_NEWS:
        return None
    if t.state == "unknown":
        return Change(key, "unknown")
    found, result = meaning(t.response), t.result or {}
    match result.get("result"):
        case "sent":
            return Change(key, "sent", None, found.word or None)
        case "skipped":
            return Change(key, "skipped", result["reason"])
        case "failed":
            return Change(key, "failed", result["reason"])
        case _:
            return Change(key, "failed", str(result.get("held")))


def counts(changed: Sequence[Changed]) -> list[Count]:
    """As deltas: whatever a message was counted as before, it is no more."""
    found: list[Count] = []
    for one in changed:
        for standing, n in ((one.before, -1), (one.now, 1)):
            remark = remark_of(*standing)
            if remark is not None:
                of = one.of
                where = (of.user_id, of.journey_id, of.version_id, of.step_id)
                found.append(Count(*where, MESSAGE, remark, n))
    return found
