"""What may be done with people who are held or parked: try again, pass the step, leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from plugin.domain.enrollment import Member, Position, Standing
from plugin.engine.causing import completions
from plugin.engine.moves import Line, Mover, action_at, stand
from plugin.engine.ports import Count, Version, Work
from plugin.engine.tasks_port import Chosen, Groups, Order, Renewed

STOPPED = ("held", "parked")


def chosen(order: Order) -> Chosen:
    return Chosen(order.user_id, order.journey_id, STOPPED, order.cause, order.step_id)


def carry_out(work: Work, mover: Mover, order: Order, groups: Groups, now: datetime) -> int:
    """Move these people as the order has it; answers how many. A few statements per group.

    Who is tried again where the host or a receiver had been asked in vain waits for the answer:
    the same delivery is made again, with its key and its body.
    """
    out: list[Standing] = []
    counts: list[Count] = []
    for at, members in groups:
        version = work.store.version(at.version_id)
        moves = _Moves(mover, order, version, at, now)
        for member in members:
            standing = stand(version, at, member)
            counts += moves.move(standing, member)
            out.append(standing)
        if order.kind == "retry":
            ids = [m.enrollment_id for m in members]
            counts += _taken_back(work.tasks.renew(at.step_id, ids, now))
    work.store.settle(out, now)
    completions(work, out, now)
    work.store.count(counts, now)
    return len(out)


class _Moves:
    """Of the people of one group."""

    def __init__(
        self, mover: Mover, order: Order, version: Version, at: Position, now: datetime
    ) -> None:
        self._mover, self._order, self._version = mover, order, version
        self._at, self._now = at, now

    def move(self, standing: Standing, member: Member) -> list[Count]:
        detail: dict[str, Any] = {"by_hand": self._order.actor, "code": member.cause}
        action = action_at(self._version, self._at)
        standing.attempts, standing.due_at = 0, self._now
        match self._order.kind:
            case "retry":
                Line(self._at, action, "retried", None, detail).write(standing, self._now)
                return []
            case "skip":
                Line(self._at, action, "skipped", None, detail).write(standing, self._now)
                return list(self._mover.go_on(self._version, standing, self._now))
            case _:
                reason = "ended_by_hand"
                detail["reason"] = reason
                Line(self._at, action, "end", None, detail).write(standing, self._now)
                return list(self._mover.end(self._version, standing, reason, self._now))


def _taken_back(renewed: Sequence[Renewed]) -> Iterator[Count]:
    """They are not undelivered any more."""
    for one in renewed:
        of = (one.user_id, one.journey_id, 0, one.step_id)
        yield Count(*of, "undelivered", one.remark, -1)
