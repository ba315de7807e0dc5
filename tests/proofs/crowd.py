"""A crowd of people in the hands of real workers, and hands that change everything meanwhile."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import OperationalError

from plugin.app import build
from plugin.domain.codec import encode
from plugin.domain.event import Event
from plugin.engine.overdue import Choice
from plugin.settings import Settings
from tests.chaos.expected import Fate, Person, body_of
from tests.chaos.world import PREFIX, USER_ID, World

#: Events of one call; people of one blow.
CALL, BLOW = 1000, 40
SHARD = f"{PREFIX}subscribers_1"
DEADLOCK = "1213"
#: Outcomes of steps that people took.
TAKEN = "'next', 'branch', 'until', 'stay'"


@dataclass
class Hands:
    """Whoever edits and switches the journey, and the host that loses people. By seed."""

    world: World
    seed: int
    acts: Counter[str] = field(default_factory=Counter)
    gone: dict[int, datetime] = field(default_factory=dict)  #: unsubscribed, and since when
    deleted: set[int] = field(default_factory=set)
    while_off: int = 0  #: steps that began after a pause was committed

    def __post_init__(self) -> None:
        given = {f"JOURNEYS_{k.upper()}": str(v) for k, v in self.world.settings().items()}
        self.services = build(Settings.from_mapping(given))
        self.dice = random.Random(f"hands {self.seed}")
        (self.journey_id,) = self._column("SELECT id FROM jny_journeys")

    def report(self, people: Sequence[Person]) -> None:
        """The host reports that all of these have subscribed."""
        at = datetime.now(UTC).replace(microsecond=0)
        for first in range(0, len(people), CALL):
            events = [
                Event(f"evt_{p.id}", "subscription", at, 1, p.id, p.email)
                for p in people[first : first + CALL]
            ]
            self.services.accept("test", events)

    def do_something(self, all_in: bool) -> None:
        """`all_in`: everybody has entered; before that the door is not closed, for who is reported
        while it is does not enter."""
        acts = [self.publish, self.unsubscribe, self.unsubscribe, self.delete]
        act = self.dice.choice([*acts, self.pause, self.pause] if all_in else acts)
        act()
        self.acts[act.__name__] += 1

    def publish(self) -> None:
        """Another wait, for those inside, too."""
        draft = encode(self.services.authoring.export(USER_ID, self.journey_id))
        params = draft["steps"][2]["params"]
        params["amount"] = self.dice.choice([n for n in (1, 2, 3, 4) if n != params["amount"]])
        (revision,) = self._column("SELECT draft_revision FROM jny_journeys")
        text = json.dumps(draft)
        self.services.editing.update_text(USER_ID, self.journey_id, text, "cli", revision)
        self.services.publishing.publish(USER_ID, self.journey_id, "cli")

    def pause(self) -> None:
        """What was begun meanwhile is counted before the journey is on again: a tick may ask the
        clock while it is off, wait for a lock, and rightly find it on."""
        self.services.authoring.disable(USER_ID, self.journey_id, "cli")
        off = self._now()
        time.sleep(self.dice.uniform(0.2, 1.5))
        self.while_off += sum(at > off for _, at in self._steps_taken(off))
        self.services.authoring.enable(USER_ID, self.journey_id, "cli", Choice("now"))

    def unsubscribe(self) -> None:
        chosen = self._some()
        self._execute(f"UPDATE {SHARD} SET SubscriptionStatus = 'Unsubscribed'", chosen)
        self.gone |= dict.fromkeys(chosen, self._now())

    def delete(self) -> None:
        chosen = self._some()
        self._execute(f"DELETE FROM {SHARD}", chosen)
        self.deleted |= set(chosen)

    def _some(self) -> list[int]:
        known = self.gone.keys() | self.deleted
        chosen = self.dice.sample(range(1, len(self.world.people) + 1), BLOW)
        return [one for one in chosen if one not in known]

    def _execute(self, statement: str, ids: Sequence[int]) -> None:
        """By the host, which tries again when the database has chosen it to give way."""
        these = ",".join(map(str, sorted(ids))) or "0"
        while True:
            try:
                with self.world.engine.begin() as connection:
                    connection.exec_driver_sql(f"{statement} WHERE SubscriberID IN ({these})")
                return
            except OperationalError as fault:
                if DEADLOCK not in str(fault):
                    raise
                self.acts["host_gave_way"] += 1

    def _now(self) -> datetime:
        """The database's, when everything until now is committed."""
        return datetime.fromisoformat(str(self._column("SELECT UTC_TIMESTAMP(6)")[0]))

    def _column(self, query: str) -> Sequence[Any]:
        with self.world.engine.begin() as connection:
            return connection.exec_driver_sql(query).scalars().all()

    # What must hold

    def too_late(self) -> int:
        """Steps that began after an unsubscription or a pause had been committed."""
        since = min(self.gone.values(), default=self._now())
        after = sum(
            who in self.gone and at > self.gone[who] for who, at in self._steps_taken(since)
        )
        return after + self.while_off

    def _steps_taken(self, since: datetime) -> list[tuple[int, datetime]]:
        """Who took one, and by which clock; roughly from `since` on."""
        query = (
            "SELECT e.subscriber_id, l.logged_at FROM jny_step_log l"
            " JOIN jny_enrollments e ON e.id = l.enrollment_id"
            f" WHERE l.outcome IN ({TAKEN}) AND l.logged_at >= '{since}'"
        )
        with self.world.engine.begin() as connection:
            return [(who, at) for who, at in connection.exec_driver_sql(query)]


def wrong_with(person: Person, fate: Fate | None, hands: Hands) -> str | None:
    """What is wrong with one person in the end, by themselves. A deleted one has no row; who was
    gone before they were looked at did not enter."""
    if fate is None:
        return None if person.id in hands.deleted else "no row"
    if not fate.enrollments and person.id in hands.gone:
        return None if fate.level == person.first_level else f"not inside, and yet {fate.level}"
    if len(fate.enrollments) != 1:
        return f"{len(fate.enrollments)} enrollments"
    ((state, reason, visits),) = fate.enrollments
    if state != "ended" or reason not in ("completed", "unsubscribed", "subscriber_deleted"):
        return f"{state} {reason}"
    if [line[0] for line in fate.history] != list(range(1, visits + 1)):
        return f"{visits} visits, history {fate.history}"
    taken = Counter((line[1], line[2]) for line in fate.history if line[3] in ("next", "branch"))
    if any(n > 1 for n in taken.values()):
        return f"a step was taken twice: {fate.history}"
    updates = sum(action == "UpdateCustomFieldValue" for _, action in taken)
    word = "+gold" if person.is_gold else "+silver"
    level = person.first_level + word * (updates > 0)
    marks = ("+done",) * (updates > 1)
    if (fate.level, fate.marks) != (level, marks):
        return f"{updates} updates, and yet {fate.level} and {fate.marks}"
    bodies = [sent.body for sent in fate.sent]
    asked = sum(action == "Webhook" for _, action in taken)
    if bodies != [body_of(person.email, level)] * asked or any(
        s.state != "done" for s in fate.sent
    ):
        return f"{asked} webhooks, sent {fate.sent}"
    if reason == "completed" and len(taken) != 4:
        return f"completed without every step: {fate.history}"
    return None
