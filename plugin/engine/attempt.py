"""One try of a step for a batch, inside a savepoint; a fault is narrowed down to whom it hits."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from plugin.domain.enrollment import (
    Batch,
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

#: Parts that one fault may be narrowed down to; what is left over then fails together.
MAX_PARTS = 64


class Attempt:
    """Runs one action. Use once per batch."""

    def __init__(self, work: Work, action: Action) -> None:
        self._work, self._action = work, action
        self._parts = 0

    def run(self, batch: Batch) -> Outcomes:
        """An outcome for everyone. A batch that raises is run again in halves.

        Raises Interrupted and Unavailable: then the whole transaction is gone.
        """
        ids = tuple(batch.subscribers)
        outcomes: dict[EnrollmentId, Outcome] = {}
        todo: list[Sequence[EnrollmentId]] = [ids]
        while todo:
            part = todo.pop()
            self._parts += 1
            try:
                outcomes |= self._once(_part_of(batch, part))
            except (Interrupted, Unavailable):
                raise
            except CannotEvaluate as unknown:
                outcomes |= dict.fromkeys(part, Hold(unknown.code, str(unknown)))
            except Exception as fault:
                if len(part) > 1 and self._parts < MAX_PARTS:
                    middle = len(part) // 2
                    todo += [part[middle:], part[:middle]]
                else:
                    outcomes |= dict.fromkeys(part, self._failed(batch, fault))
        return {i: outcomes[i] for i in ids}

    def _once(self, batch: Batch) -> Outcomes:
        with self._work.savepoint():
            outcomes = self._action.run(batch, self._work)
            if missing := batch.subscribers.keys() - outcomes.keys():
                raise RuntimeError(f"{batch.step.action} gave no answer for {len(missing)} people")
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
