"""What an answer means for a delivery: done, tried again and when, or failed for good."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from plugin.domain.host_codes import Verdict
from plugin.engine import host_calls, message_judging
from plugin.engine.ports import Count, Delivery, Response, Tried
from plugin.engine.terms import taken, terms_of

#: Pauses before the second, third … attempt. After the last one the delivery has failed.
SCHEDULE = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1800, 2 * 3600, 6 * 3600, 24 * 3600))
#: Attempts in all, with those whose result nobody noted.
MOST_ATTEMPTS = len(SCHEDULE) + 8
#: Answers that are worth another try; so are faults of the network.
PASSING = frozenset({408, 425, 429})
#: It waited too long for a receiver that does not answer; see domain.breaker.
GIVEN_UP = "receiver away"
#: Attempts whose result was never noted count as well: what brings senders down is given up.
WORN_OUT = "too many tries"
#: Faults that no further try can cure.
FINAL_ERRORS = frozenset({"blocked address", "bad request", "no secret", WORN_OUT, GIVEN_UP})
#: The secret is there, but this worker's encryption keys do not open it.
LOCKED = "secret locked"
#: A fault of ours.
INTERNAL = "internal"
#: Faults that say nothing of the receiver.
_OURS = FINAL_ERRORS | {LOCKED, INTERNAL}
#: A Retry-After is honoured up to this.
LONGEST_RETRY_AFTER = timedelta(hours=1)


class Judge:
    """`dice` gives [0, 1) and spreads the pauses by ±10 %."""

    def __init__(self, dice: Callable[[], float]) -> None:
        self._dice = dice

    def __call__(self, delivery: Delivery, answer: Response, now: datetime) -> Tried:
        if delivery.kind == "host_call":
            return self.of_host(delivery, answer, host_calls.judged(delivery, answer), now)
        if delivery.kind == "message":
            return message_judging.tried(delivery, answer, now, self._next_if_any)
        receiver = _receiver(answer)
        if answer.status is not None and 200 <= answer.status < 300:
            return Tried(delivery, answer, "done", None, _kept(delivery, answer), receiver)
        if not _passing(answer) or delivery.trial > len(SCHEDULE):
            return Tried(delivery, answer, "failed", None, _failure(delivery, answer), receiver)
        return Tried(delivery, answer, "new", self._next(delivery, answer, now), None, receiver)

    def of_host(self, delivery: Delivery, answer: Response, found: Verdict, now: datetime) -> Tried:
        """What came of something that was asked of the host, and that a step waits for."""
        if found.kind == "retry" and delivery.trial <= len(SCHEDULE):
            return Tried(delivery, answer, "new", self._next(delivery, answer, now))
        state = "done" if found.kind in ("done", "refused") else "failed"
        return Tried(delivery, answer, state, None, host_calls.result_of(found))

    def _next_if_any(self, delivery: Delivery, answer: Response, now: datetime) -> datetime | None:
        return None if delivery.trial > len(SCHEDULE) else self._next(delivery, answer, now)

    def _next(self, delivery: Delivery, answer: Response, now: datetime) -> datetime:
        pause = SCHEDULE[delivery.trial - 1] * (0.9 + 0.2 * self._dice())
        if answer.retry_after is not None:
            asked = min(timedelta(seconds=answer.retry_after), LONGEST_RETRY_AFTER)
            pause = max(pause, asked)
        return now + pause


def unsent(error: str) -> Response:
    return Response(None, error, b"", None, 0)


def counts(tried: Sequence[Tried]) -> list[Count]:
    """Messages are counted by what becomes of them; see engine.message_judging."""
    figure_of = {"done": "delivered", "failed": "undelivered"}
    return [
        Count(
            user_id=t.delivery.user_id,
            journey_id=t.delivery.journey_id,
            version_id=0,
            step_id=t.delivery.step_id,
            figure=figure_of[t.state],
            remark="" if t.state == "done" else str(t.response.status or t.response.error),
            n=1,
        )
        for t in tried
        if t.state in figure_of and t.delivery.kind != "message"
    ]


def _passing(answer: Response) -> bool:
    """Worth another try? Redirects and other refusals are not."""
    if answer.status is None:
        return answer.error not in FINAL_ERRORS
    return answer.status in PASSING or answer.status >= 500


def _receiver(answer: Response) -> Literal["well", "fault"] | None:
    """Whoever refuses is there and well; a redirect and a 429 come from somebody, too."""
    if answer.status is None:
        return None if answer.error in _OURS else "fault"
    return "fault" if answer.status >= 500 else "well"


def _kept(delivery: Delivery, answer: Response) -> Mapping[str, Any] | None:
    if not delivery.awaited:
        return None
    kept = taken(answer.body, terms_of(delivery.terms).keep)
    left_out = {"left_out": list(kept.left_out)} if kept.left_out else {}
    return {"status": answer.status, "kept": dict(kept.values), **left_out}


def _failure(delivery: Delivery, answer: Response) -> Mapping[str, Any] | None:
    if not delivery.awaited:
        return None
    return {"failed": str(answer.status or answer.error), "tries": delivery.trial}
