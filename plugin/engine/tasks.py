"""Tasks carried out: a batch is one transaction that also says how far the task has come.

A worker that dies in the middle leaves the task as it was before the batch, and the next worker
goes on from there. Whatever else is wrong with a task ends that task alone, with the error noted.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from plugin.domain.enrollment import Standing
from plugin.engine.enrolling_many import let_many_in
from plugin.engine.moves import Line, Mover, action_at, stand
from plugin.engine.ports import Begin, Count, Work
from plugin.engine.stopped import carry_out, chosen
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.engine.tasks_port import Chosen, Groups, Order, Task
from plugin.errors import Interrupted, Unavailable

log = logging.getLogger(__name__)

#: People of one batch, and, where all that belongs to them is deleted, of one such batch.
BATCH, ERASED = 1000, 200
#: Counts deleted in one transaction.
COUNTS = 5000
INSIDE = ("entering", "active", "waiting", "held", "parked")


class Runner:
    """Of one worker or one request. Several may run: each task is in the hands of one."""

    def __init__(self, begin: Begin, mover: Mover, around: Surroundings = PRODUCTION) -> None:
        self._begin, self._mover, self._around = begin, mover, around

    def step(self) -> int:
        """One batch of the task whose turn it is. 0: there is none."""
        task: Task | None = None
        try:
            with self._begin() as work:
                now = self._around.clock(work)
                task = work.tasks.next(now)
                if task is None:
                    return 0
                self._around.reach("task.after_claim")
                done = self._batch(work, task, now)
                self._around.reach("task.before_commit")
            self._around.reach("task.after_commit")
            return max(1, done)
        except (Interrupted, Unavailable):
            raise
        except Exception as fault:
            if task is None:
                raise
            log.exception("task %s (%s) cannot be carried out", task.task_id, task.order.kind)
            with self._begin() as work:
                now = self._around.clock(work)
                work.tasks.give_up(task.task_id, type(fault).__name__, now)
            return 1

    def go_on_for(self, seconds: float) -> None:
        """As much as somebody may be kept waiting for; the workers see to the rest."""
        deadline = self._around.monotonic() + seconds
        try:
            while self.step() and self._around.monotonic() < deadline:
                pass
        except (Interrupted, Unavailable) as undone:
            log.info("the workers go on with the tasks: %s", undone)

    def _batch(self, work: Work, task: Task, now: datetime) -> int:
        match task.order.kind:
            case "delete":
                return self._erase(work, task, now)
            case "enroll":
                return let_many_in(work, task, BATCH, now)
            case "archive":
                who = Chosen(task.order.user_id, task.order.journey_id, INSIDE)
                return self._each(work, task, who, now)
            case _:
                return self._each(work, task, chosen(task.order), now)

    def _each(self, work: Work, task: Task, who: Chosen, now: datetime) -> int:
        groups, last = work.tasks.batch(who, task.after_id, BATCH)
        if last is None:
            work.tasks.keep(task, now, over=True)
            return 0
        if task.order.kind == "archive":
            done = self._send_out(work, task.order, groups, now)
        else:
            done = carry_out(work, self._mover, task.order, groups, now)
        work.tasks.keep(replace(task, after_id=last, done=task.done + done), now)
        return done

    def _send_out(self, work: Work, order: Order, groups: Groups, now: datetime) -> int:
        out: list[Standing] = []
        counts: list[Count] = []
        detail = {"reason": "archived", "by_hand": order.actor}
        for at, members in groups:
            version = work.store.version(at.version_id)
            for member in members:
                standing = stand(version, at, member)
                counts += self._mover.end(version, standing, "archived", now)
                Line(at, action_at(version, at), "end", None, detail).write(standing, now)
                out.append(standing)
        work.store.settle(out, now)
        work.store.count(counts, now)
        return len(out)

    def _erase(self, work: Work, task: Task, now: datetime) -> int:
        user_id, journey_id = task.order.user_id, task.order.journey_id
        gone = work.tasks.erase(user_id, journey_id, ERASED)
        over = not gone and work.tasks.erase_journey(user_id, journey_id, COUNTS)
        work.tasks.keep(replace(task, done=task.done + gone), now, over)
        return gone
