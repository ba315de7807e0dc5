"""People who are held or parked go on by somebody's hand: tried again, past the step, or out.

One of them at once; all of a cause as a task that the workers carry out in batches. The history
of each says what was done and by whom, the audit what was ordered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from plugin.domain.enrollment import EnrollmentId
from plugin.engine.moves import Mover
from plugin.engine.ports import Begin, Wakeup
from plugin.engine.redo import redo
from plugin.engine.stopped import carry_out, chosen
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.engine.tasks import Runner
from plugin.engine.tasks_port import Act, Order
from plugin.errors import Conflict

#: How long ordering carries out the task by itself before it leaves it to the workers, in seconds.
SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Ordered:
    """A task, and how many people there were."""

    task_id: int
    people: int


class Redriver:
    """See engine.services.Redriving."""

    def __init__(
        self, begin: Begin, wake: Wakeup, mover: Mover, around: Surroundings = PRODUCTION
    ) -> None:
        self._begin, self._wake, self._mover, self._around = begin, wake, mover, around
        self._runner = Runner(begin, mover, around)

    def one(
        self, user_id: int, journey_id: int, enrollment_id: EnrollmentId, act: Act, actor: str
    ) -> None:
        """Raises NotFound, and Conflict(`not_stopped`) for who is neither held nor parked."""
        order = Order(user_id, journey_id, act, actor, 1)
        redo(lambda: self._one(order, enrollment_id), self._around)
        self._wake()

    def _one(self, order: Order, enrollment_id: EnrollmentId) -> None:
        with self._begin() as work:
            work.library.live_version(order.user_id, order.journey_id)
            now = self._around.clock(work)
            groups = work.tasks.one(order.user_id, order.journey_id, enrollment_id)
            if not groups:
                raise Conflict("not_stopped", "They are not held or parked any more.")
            carry_out(work, self._mover, order, groups, now)
            detail = {"enrollment_id": enrollment_id}
            work.tasks.audit(order, f"person.{order.kind}", now, detail)

    def all(self, order: Order) -> Ordered:
        """Everybody of the order's cause, or of any: kept as a task. Raises NotFound, and
        Conflict(`nobody_stopped`)."""
        ordered = redo(lambda: self._order(order), self._around)
        self._wake()
        self._runner.go_on_for(SECONDS)
        return ordered

    def _order(self, order: Order) -> Ordered:
        with self._begin() as work:
            work.library.live_version(order.user_id, order.journey_id)
            people = work.tasks.count(chosen(order))
            if not people:
                raise Conflict("nobody_stopped", "Nobody is held or parked like that any more.")
            now = self._around.clock(work)
            task_id = work.tasks.order(replace(order, people=people), now)
            detail = {
                "task": task_id,
                "people": people,
                "cause": order.cause,
                "step_id": order.step_id,
            }
            work.tasks.audit(order, f"people.{order.kind}", now, detail)
        return Ordered(task_id, people)
