"""One batch of an order to let many in: the next of a list, by the door that everybody enters by.

Who is looked at, who enters and how far the order has come are committed together, so a worker
that dies has let nobody in. What keeps the rules from being asked halts the order, which looks
again by itself; a journey that is off halts it until somebody resumes it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from plugin.domain.criteria import Criteria
from plugin.domain.criteria_codec import decode_criteria, encode_criteria
from plugin.domain.enrollment import Subscriber, SubscriberId
from plugin.engine.accounts import GONE, Accounts
from plugin.engine.answering import Asked, Setting
from plugin.engine.entering import KEYS, enroll, entry_key
from plugin.engine.planning_port import Stretch
from plugin.engine.ports import Count, Entry, Version, Work
from plugin.engine.questions import verdicts
from plugin.engine.tasks_port import Halt, Order, Task
from plugin.errors import CannotEvaluate

#: Orders for many yield while somebody of the account has been due for so long, and look again
#: after the second.
PATIENCE, YIELD = timedelta(seconds=1), timedelta(seconds=1)
#: What cannot be asked now is asked again after this.
POSTPONED = timedelta(minutes=5)
NO_LIST = "List {} is gone, or it is another account's. The order goes on when it is back."
OFF = "The journey is {}. Turn it on, then resume the order."


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom an order lets in: who is Subscribed on these lists and fits the criteria, if any.

    `once_per`: who counts as one person, as it was set when it was ordered; see entering.KEYS.
    """

    lists: Sequence[int]
    criteria: Criteria | None = None
    once_per: str = "person"

    def plain(self) -> Mapping[str, Any]:
        criteria = encode_criteria(self.criteria) if self.criteria else None
        return {"lists": list(self.lists), "criteria": criteria, "once_per": self.once_per}

    def keys(
        self, user_id: int, list_id: int, people: Iterable[Subscriber]
    ) -> Mapping[SubscriberId, bytes]:
        """Who each of a list is, as a person."""
        key_of = KEYS[self.once_per]
        return {p.subscriber_id: key_of(user_id, list_id, p) for p in people}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Whom:
        criteria = decode_criteria(plain["criteria"]) if plain["criteria"] else None
        return cls(plain["lists"], criteria, plain["once_per"])


def let_many_in(work: Work, task: Task, limit: int, now: datetime) -> int:
    """One batch of `limit` people of a list; answers how many were looked at.

    A constant number of statements, whatever the number of people. Those whom events let in, and
    those whom a timer has made due, come first: it yields while any of the account is late.
    """
    order = task.order
    if work.tasks.behind(order.user_id, now - PATIENCE):
        work.tasks.halt(task, None, now + YIELD)
        return 0
    status, version_id = work.library.live_version(order.user_id, order.journey_id)
    if status == "archived":
        work.tasks.give_up(task.task_id, "archived", now)
        return 0
    if status != "enabled" or version_id is None:
        work.tasks.halt(task, Halt("not_enabled", OFF.format(status)), None)
        return 0
    try:
        with work.savepoint():
            after = _Batch(work, task, work.store.version(version_id), now).go(limit)
    except CannotEvaluate as gone:
        work.tasks.halt(task, Halt(gone.code, str(gone)), now + POSTPONED)
        return 0
    over = after.place["list"] >= len(Whom.read(order.terms or {}).lists)
    work.tasks.keep(after, now, over)
    return after.done - task.done


class _Batch:
    def __init__(self, work: Work, task: Task, version: Version, now: datetime) -> None:
        self._work, self._task, self._version, self._now = work, task, version, now
        self._whom = Whom.read(task.order.terms or {})
        self._at = task.place.get("list", 0)

    def go(self, limit: int) -> Task:
        """The task as it is after the batch. Raises CannotEvaluate when nobody can be told about;
        then nobody has entered."""
        list_id = self._whom.lists[self._at]
        confirm(self._work, self._task.order, list_id)
        found = self._work.host.stretch(Stretch(list_id, self._task.after_id, limit))
        known = self._work.host.subscribers(list_id, found.ids)
        people = [known[i] for i in found.ids if i in known]
        figures = self._let_in(list_id, people)
        before = Counter(self._task.place.get("figures", {}))
        before.update(figures)
        return replace(
            self._task,
            after_id=found.last or 0,
            done=self._task.done + len(people),
            place={"list": self._at + (found.last is None), "figures": dict(before)},
        )

    def _let_in(self, list_id: int, people: Sequence[Subscriber]) -> Mapping[str, int]:
        ids = [person.subscriber_id for person in people]
        keys = self._whom.keys(self._version.user_id, list_id, people)
        truths = fitting(self._work, self._version, self._whom.criteria, list_id, keys, self._now)
        fit = [p.subscriber_id for p in people if truths.get(p.subscriber_id)]
        entries = [self._entry(list_id, i, keys[i]) for i in fit]
        counts: list[Count] = []
        done = enroll(self._work, self._version, entries, self._now, counts)
        if done.reason is not None:
            raise done.reason
        self._work.store.count(counts, self._now)
        unfit = sum(truths.get(i) is False for i in ids)
        return {
            "entered": done.people,
            "refused": done.refused,
            "turned_away": len(done.turned_away),
            "unfit": unfit,
            "undecided": len(done.undecided) + len(ids) - len(entries) - unfit,
        }

    def _entry(self, list_id: int, subscriber_id: SubscriberId, key: bytes) -> Entry:
        """With `every_time` somebody enters once for each order, also from two lists."""
        mark = hashlib.blake2b(b"task %d " % self._task.task_id + key, digest_size=16)
        entry = entry_key(self._version, key, mark.digest())
        return Entry(self._version, list_id, subscriber_id, key, entry, None)


def confirm(work: Work, order: Order, list_id: int) -> None:
    """Raises CannotEvaluate: a list that is gone or another's, an account that is disabled."""
    if Accounts(work).ending(order.user_id) == GONE:
        raise CannotEvaluate(GONE, "The host does not have this account any more.")
    if work.host.owners([list_id]).get(list_id) != order.user_id:
        raise CannotEvaluate("list_missing", NO_LIST.format(list_id))


def fitting(
    work: Work,
    version: Version,
    criteria: Criteria | None,
    list_id: int,
    people: Mapping[SubscriberId, bytes],
    now: datetime,
) -> Mapping[SubscriberId, bool | None]:
    """Whether the order's own criteria fit, by subscriber; None: it cannot be told. `people`: each
    with the key of the person.

    Who has no row any more is left out. Raises CannotEvaluate.
    """
    if criteria is None or not people:
        return dict.fromkeys(people, True)
    asked = {i: Asked(i, None, key) for i, key in people.items()}
    found = verdicts(work, Setting.of(version, list_id, now), asked, [criteria])
    return {i: verdict.truth for i, (verdict,) in found.items()}
