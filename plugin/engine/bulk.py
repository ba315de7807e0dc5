"""Orders to let many in: given with a preview, and halted, resumed and cancelled by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from plugin.domain.criteria import Criteria, rules
from plugin.engine.criteria_checks import BEFORE_ENTERING, OF_PASSAGES, criteria_problems
from plugin.engine.enrolling_many import Whom, confirm, fitting
from plugin.engine.letting_in import judge
from plugin.engine.planning_port import Stretch
from plugin.engine.ports import Begin, Entry, Version, Wakeup, Work
from plugin.engine.redo import redo
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.engine.tasks import BATCH, Runner
from plugin.engine.tasks_port import Halt, Order, Task
from plugin.errors import Conflict, InvalidDocument, NotFound, Problem

#: How long ordering carries out the task by itself, and how long a preview looks, in seconds.
SECONDS = 2.0
#: Tasks that may not be halted: what they have begun must come to its end.
MUST_GO_ON = ("archive", "delete")
PAUSED = Halt("paused", "Paused by hand. Resume it when it shall go on.")


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom somebody wants to let in, and who that is (as the audit names them)."""

    lists: Sequence[int]
    criteria: Criteria | None
    actor: str


@dataclass(frozen=True, slots=True)
class Preview:
    """How many are Subscribed on the lists, how many of them were looked at in the time that there
    is, and how many of those fit the criteria, the order's own and the journey's, by now."""

    on_lists: int
    looked_at: int
    fit: int
    undecided: int


@dataclass(frozen=True, slots=True)
class Ordered:
    task_id: int
    people: int


class Bulk:
    """Unknown and foreign journeys and tasks raise NotFound alike."""

    def __init__(
        self,
        begin: Begin,
        wake: Wakeup,
        runner: Runner,
        once_per: str,
        around: Surroundings = PRODUCTION,
    ) -> None:
        self._begin, self._wake, self._runner, self._around = begin, wake, runner, around
        self._once_per = once_per

    def preview(self, user_id: int, journey_id: int, wish: Wish) -> Preview:
        """Raises InvalidDocument for lists and criteria that do not fit together, Conflict while
        the journey is not enabled, CannotEvaluate."""
        whom, order = self._whom(wish), _order(user_id, journey_id, wish)
        seen = Preview(redo(lambda: self._checked(order, whom), self._around), 0, 0, 0)
        deadline = self._around.monotonic() + SECONDS
        for list_id in whom.lists:
            after: int | None = 0
            while after is not None and self._around.monotonic() <= deadline:
                with self._begin() as work:
                    seen, after = self._look(work, order, whom, (list_id, after), seen)
        return seen

    def order(self, user_id: int, journey_id: int, wish: Wish) -> Ordered:
        """Keep it for the workers, and begin. Raises as `preview`."""
        whom, order = self._whom(wish), _order(user_id, journey_id, wish)
        ordered = redo(lambda: self._order(order, whom), self._around)
        self._wake()
        self._runner.go_on_for(SECONDS)
        return ordered

    def pause(self, user_id: int, task_id: int, actor: str) -> None:
        """After the batch that is under way. Raises Conflict for what is over or must go on."""
        redo(lambda: self._act(user_id, task_id, actor, "pause"), self._around)

    def resume(self, user_id: int, task_id: int, actor: str) -> None:
        """What somebody has paused, or what waits for something, at once. Raises Conflict, also
        while the journey is not enabled."""
        redo(lambda: self._act(user_id, task_id, actor, "resume"), self._around)
        self._wake()

    def cancel(self, user_id: int, task_id: int, actor: str) -> None:
        """Whoever has entered stays. Raises Conflict for what is over or must go on."""
        redo(lambda: self._act(user_id, task_id, actor, "cancel"), self._around)

    def _whom(self, wish: Wish) -> Whom:
        return Whom(list(dict.fromkeys(wish.lists)), wish.criteria, self._once_per)

    def _order(self, order: Order, whom: Whom) -> Ordered:
        people = self._checked(order, whom)
        with self._begin() as work:
            now = self._around.clock(work)
            task_id = work.tasks.order(replace(order, people=people, terms=whom.plain()), now)
            detail = {"task": task_id, "people": people, **whom.plain()}
            work.tasks.audit(order, "people.enroll", now, detail)
        return Ordered(task_id, people)

    def _checked(self, order: Order, whom: Whom) -> int:
        """How many are on the lists."""
        with self._begin() as work:
            _live(work, order)
            if problems := list(_problems(work, order.user_id, whom)):
                raise InvalidDocument(problems)
            for list_id in whom.lists:
                confirm(work, order, list_id)
            return sum(map(work.host.size, whom.lists))

    def _look(
        self, work: Work, order: Order, whom: Whom, place: tuple[int, int], seen: Preview
    ) -> tuple[Preview, int | None]:
        version, (list_id, after), now = _live(work, order), place, self._around.clock(work)
        found = work.host.stretch(Stretch(list_id, after, BATCH))
        people = work.host.subscribers(list_id, found.ids)
        keys = whom.keys(order.user_id, list_id, people.values())
        truths = fitting(work, version, whom.criteria, list_id, keys, now)
        fit = [i for i, truth in truths.items() if truth]
        asked = [Entry(version, list_id, i, keys[i], b"", None) for i in fit]
        judged = judge(work, version, asked, now)
        if judged.reason is not None:
            raise judged.reason
        unknown = sum(truth is None for truth in truths.values()) + len(judged.undecided)
        looked_at, fitting_now = seen.looked_at + len(found.ids), seen.fit + len(judged.fit)
        return Preview(seen.on_lists, looked_at, fitting_now, seen.undecided + unknown), found.last

    def _act(self, user_id: int, task_id: int, actor: str, act: str) -> None:
        with self._begin() as work:
            now = self._around.clock(work)
            task = work.tasks.get(user_id, task_id)
            _refuse(task)
            match act:
                case "pause":
                    work.tasks.halt(task, PAUSED, None)
                case "cancel":
                    work.tasks.give_up(task_id, "cancelled", now)
                case _:
                    self._resume(work, task, now)
            audited = replace(task.order, actor=actor)
            detail = {"task": task_id, "kind": task.order.kind, "done": task.done}
            work.tasks.audit(audited, f"task.{act}", now, detail)

    def _resume(self, work: Work, task: Task, now: datetime) -> None:
        if task.halted is None:
            raise Conflict("not_paused", f"Task {task.task_id} is under way already.")
        if task.order.kind == "enroll":
            _live(work, task.order)
        work.tasks.halt(task, None, now)


def _order(user_id: int, journey_id: int, wish: Wish) -> Order:
    return Order(user_id, journey_id, "enroll", wish.actor, 0)


def _live(work: Work, order: Order) -> Version:
    status, version_id = work.library.live_version(order.user_id, order.journey_id)
    if status != "enabled" or version_id is None:
        raise Conflict("not_enabled", f"The journey is {status}. Turn it on first.")
    return work.store.version(version_id)


def _problems(work: Work, user_id: int, whom: Whom) -> Iterator[Problem]:
    catalog = work.catalog(user_id)
    for list_id in whom.lists:
        if list_id not in catalog.lists:
            raise NotFound(f"There is no list {list_id}.")
    asked = list(rules(whom.criteria)) if whom.criteria is not None else []
    for rule in asked:
        if isinstance(rule, OF_PASSAGES):
            yield Problem(rule.path, BEFORE_ENTERING)
    yield from criteria_problems(asked, "", catalog, frozenset(whom.lists))


def _refuse(task: Task) -> None:
    if task.finished:
        raise Conflict("finished", f"Task {task.task_id} is over.")
    if task.order.kind in MUST_GO_ON:
        raise Conflict("must_go_on", f"What task {task.task_id} has begun must come to its end.")
