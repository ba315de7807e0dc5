"""One try of a step for a batch, inside a savepoint; a fault is narrowed down to whom it hits."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace

from plugin.domain.ends import END_REASONS
from plugin.domain.enrollment import (
    Batch,
    End,
    EnrollmentId,
    Failed,
    Hold,
    Outcome,
    Outcomes,
)
from plugin.engine.kinds import Action
from plugin.engine.ports import Work
from plugin.errors import CannotEvaluate, Interrupted, JourneysError, Unavailable

log = logging.getLogger(__name__)

#: Parts that are run in one tick while faults are narrowed down. Whoever is left over stays due
#: for the next tick; only when no part at all went well do they fail together.
MAX_PARTS = 64


class Attempt:
    """Runs one action. Use once per batch."""

    def __init__(self, work: Work, action: Action) -> None:
        self._work, self._action = work, action
        self._parts = 0

    def run(self, batch: Batch) -> Outcomes:
        """An outcome for everyone, or for those who had their turn: a batch that raises is run
        again in halves, and parts are limited. People without an outcome stay due.

        Raises Interrupted and Unavailable: then the whole transaction is gone.
        """
        ids = tuple(batch.subscribers)
        outcomes: dict[EnrollmentId, Outcome] = {}
        todo: list[Sequence[EnrollmentId]] = [ids]
        some_went_well = False
        while todo:
            part = todo.pop()
            self._parts += 1
            if self._parts > MAX_PARTS and some_went_well:
                break
            try:
                outcomes |= self._once(_part_of(batch, part))
                some_went_well = True
            except (Interrupted, Unavailable):
                raise
            except CannotEvaluate as unknown:
                outcomes |= dict.fromkeys(part, Hold(unknown.code, str(unknown)))
            except Exception as fault:
                if len(part) > 1 and (self._parts < MAX_PARTS or some_went_well):
                    middle = len(part) // 2
                    todo += [part[middle:], part[:middle]]
                else:
                    outcomes |= dict.fromkeys(part, self._failed(batch, fault))
        return {i: outcomes[i] for i in ids if i in outcomes}

    def _once(self, batch: Batch) -> Outcomes:
        with nullcontext() if self._action.asks_nobody else self._work.savepoint():
            outcomes = self._action.run(batch, self._work)
            _check(batch, outcomes)
            return outcomes

    def _failed(self, batch: Batch, fault: Exception) -> Failed:
        log.error(
            "step %s (%s) of version %s failed",
            batch.step.id,
            batch.step.action,
            batch.version_id,
            exc_info=fault,
        )
        if isinstance(fault, JourneysError):
            return Failed(_code(fault), str(fault))
        return Failed(_code(fault), "The step failed for a reason that is in the worker's log.")


def _check(batch: Batch, outcomes: Outcomes) -> None:
    """An answer of the closed set for everybody and nobody else, with details that can be kept."""
    action = batch.step.action
    if outcomes.keys() != batch.subscribers.keys():
        raise RuntimeError(f"{action} did not answer for the people it was asked about")
    if not all(isinstance(outcome, Outcome) for outcome in outcomes.values()):
        raise RuntimeError(f"{action} gave an answer that is no outcome")
    reasons = {o.reason for o in outcomes.values() if isinstance(o, End)}
    if unknown := reasons - END_REASONS.keys():
        raise RuntimeError(f"{action} ended people for no reason that is known: {sorted(unknown)}")
    details = {id(outcome.detail): outcome.detail for outcome in outcomes.values()}
    for detail in details.values():
        json.dumps(detail, allow_nan=False)


def _part_of(batch: Batch, ids: Sequence[EnrollmentId]) -> Batch:
    if len(ids) == len(batch.subscribers):
        return batch
    return replace(
        batch,
        subscribers={i: batch.subscribers[i] for i in ids},
        visits={i: batch.visits[i] for i in ids},
    )


def _code(fault: Exception) -> str:
    """A stable word for the kind of fault, such as `bad_value`."""
    name = type(fault).__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")[:64]
