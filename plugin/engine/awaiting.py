"""What the host has answered to those whom a step lets stay for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from plugin.domain.enrollment import Batch, EnrollmentId, Hold, Outcome, Stay
from plugin.engine.membership_port import Result
from plugin.engine.ports import CallResult

#: Whoever waits for the host looks by themselves this often. Answers wake them before.
LOOK_AGAIN = timedelta(days=1)
#: Whoever is held for what the host has answered has it asked again after this long.
ASK_AGAIN = timedelta(hours=1)


def told_by_host(
    batch: Batch, asked: Mapping[EnrollmentId, CallResult]
) -> tuple[dict[EnrollmentId, Outcome], dict[EnrollmentId, Result]]:
    """Those who stay or are held still, and the results of those who have one.

    Whoever is in neither has asked for nothing yet, or may ask again.
    """
    outcomes: dict[EnrollmentId, Outcome] = {}
    results: dict[EnrollmentId, Result] = {}
    for who, found in asked.items():
        held = found.result.get("held")
        if found.ended_at is None:
            outcomes[who] = Stay(batch.now + LOOK_AGAIN, again=True)
        elif held is None:
            results[who] = Result(found.result["result"], found.result.get("reason", ""))
        elif found.visit == batch.visits[who] - 1 or batch.now < found.ended_at + ASK_AGAIN:
            outcomes[who] = Hold(held, found.result["text"])
    return outcomes, results
