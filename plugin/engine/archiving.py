"""Journeys out of sight, back again, and gone for good.

The journey's own row changes at once; its people and its history follow in tasks, batch by batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugin.engine.library_port import Stored
from plugin.engine.moves import Mover
from plugin.engine.ports import Begin, Wakeup, Work
from plugin.engine.redo import redo
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.engine.tasks import INSIDE, Runner
from plugin.engine.tasks_port import Chosen, Order, TaskKind
from plugin.errors import Conflict

#: How long archiving and deleting work by themselves before they leave it to the workers.
SECONDS = 2.0
_BUSY = {
    "archive": "“{}” is still being archived: people are leaving it. Try again in a while.",
    "delete": "“{}” is being deleted.",
}


@dataclass(frozen=True, slots=True)
class _Wish:
    user_id: int
    journey_id: int
    actor: str


class Archivist:
    """See engine.services.Archiving."""

    def __init__(
        self, begin: Begin, wake: Wakeup, mover: Mover, around: Surroundings = PRODUCTION
    ) -> None:
        self._begin, self._wake, self._around = begin, wake, around
        self._runner = Runner(begin, mover, around)

    def archive(self, user_id: int, journey_id: int, actor: str) -> None:
        """Off and out of sight; whoever is inside leaves as `archived`. Raises Conflict."""
        wish = _Wish(user_id, journey_id, actor)
        redo(lambda: self._archive(wish), self._around)
        self._go_on()

    def restore(self, user_id: int, journey_id: int, actor: str) -> None:
        """In sight again, and off. Who has left has left. Raises Conflict."""
        wish = _Wish(user_id, journey_id, actor)
        redo(lambda: self._restore(wish), self._around)

    def delete(self, user_id: int, journey_id: int, actor: str) -> None:
        """With all versions, people, history and figures; only what is archived. Raises
        Conflict. The audit keeps that it was done."""
        wish = _Wish(user_id, journey_id, actor)
        redo(lambda: self._delete(wish), self._around)
        self._go_on()

    def _go_on(self) -> None:
        self._wake()
        self._runner.go_on_for(SECONDS)

    def _archive(self, wish: _Wish) -> None:
        with self._begin() as work:
            stored = work.library.get(wish.user_id, wish.journey_id)
            if stored.status == "archived":
                raise Conflict("archived", f"“{stored.name}” is archived already.")
            now = self._around.clock(work)
            inside = work.tasks.count(Chosen(wish.user_id, wish.journey_id, INSIDE))
            work.library.set_status(stored, "archived", now)
            work.tasks.call_off(wish.user_id, wish.journey_id, "archived", now)
            self._order(work, wish, "archive", inside, now)

    def _restore(self, wish: _Wish) -> None:
        with self._begin() as work:
            stored = self._archived(work, wish)
            now = self._around.clock(work)
            work.library.set_status(stored, "disabled", now)
            order = Order(wish.user_id, wish.journey_id, "archive", wish.actor, 0)
            work.tasks.audit(order, "journey.restore", now)

    def _delete(self, wish: _Wish) -> None:
        with self._begin() as work:
            self._archived(work, wish)
            people = work.tasks.count(Chosen(wish.user_id, wish.journey_id, ("ended",)))
            self._order(work, wish, "delete", people, self._around.clock(work))

    def _archived(self, work: Work, wish: _Wish) -> Stored:
        """The journey, locked, when it is archived and nobody is at work on it."""
        stored = work.library.get(wish.user_id, wish.journey_id)
        if stored.status != "archived":
            text = f"“{stored.name}” is {stored.status}. Archive it first."
            raise Conflict("not_archived", text)
        kinds = work.tasks.open_kinds(wish.user_id, wish.journey_id)
        for kind, text in _BUSY.items():
            if kind in kinds:
                raise Conflict("busy", text.format(stored.name))
        return stored

    def _order(self, work: Work, wish: _Wish, kind: TaskKind, people: int, now: datetime) -> None:
        order = Order(wish.user_id, wish.journey_id, kind, wish.actor, people)
        task_id = work.tasks.order(order, now)
        work.tasks.audit(order, f"journey.{kind}", now, {"task": task_id, "people": people})
