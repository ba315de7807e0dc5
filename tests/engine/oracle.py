"""The same journeys by the plainest means: one person after the other, in plain Python.

Nothing here is taken from the add-on: documents are the data that people write, the host is a few
dictionaries per person, and every rule is written down a second time.

Of one person's passages whoever stands in the older journey goes first, in a journey whoever
stands further up. Those of one person at one step read what was there before any of them wrote.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from tests.engine import oracle_waits as waits
from tests.engine.oracle_people import (
    Columns,
    Journey,
    Passage,
    Person,
    open_ones,
    whereabouts,
)
from tests.engine.oracle_rules import (
    ANY_NUMBER,
    NOTHING,
    Plain,
    after_wait,
    holds,
    is_day,
    rendered,
)

PAUSES = (15, 30, 60, 120, 240)  #: minutes after each failed try
SUBSCRIBED, LEFT = "Subscribed", "Unsubscribed"
#: What a receiver answers: whether it took the request, and what the step keeps of it.
Answer = Callable[[Plain], tuple[bool, Plain]]


class Oracle:
    """Some journeys, oldest first."""

    def __init__(
        self,
        documents: Sequence[Plain],
        columns: Columns,
        answers: Answer,
        segments: Mapping[int, Plain] = MappingProxyType({}),
    ) -> None:
        self.journeys = [Journey.read(d, n) for n, d in enumerate(documents)]
        self._columns, self._answers, self._segments = columns, answers, segments
        self.refused: Counter[tuple[int, str]] = Counter()  #: by journey and reason
        self.now = datetime(2000, 1, 1, tzinfo=UTC)

    def advance(self, person: Person) -> None:
        """As far as they get at this moment: what happened is heard when nobody is due any more,
        and answers come when nothing else happens."""
        busy = True
        while busy:
            busy = self._hear(person)
            while self._round(person):
                busy = True
                person.before = None
            busy = self._answer(person) or busy

    # What happens to people

    def _hear(self, person: Person) -> bool:
        events, person.events = person.events, []
        for event in events:
            type_, list_id = event
            row = person.rows[list_id]
            gone = row is None or (type_ == "subscription" and row["SubscriptionStatus"] == LEFT)
            if not gone:
                waits.hear(person, event, self.now)
            for journey in self.journeys:
                if journey.starts_at(event):
                    if gone:
                        word = "unknown_subscriber" if row is None else "unsubscribed"
                        self.refused[journey.order, word] += 1
                    else:
                        self.enter(person, journey, list_id, len(person.heard) - 1)
            if type_ == "unsubscription" and not gone:
                for one in open_ones(person):
                    if one.list_id == list_id and not one.journey.walks_on:
                        one.told_to_end("unsubscribed", self.now)
        return bool(events)

    def enter(self, person: Person, journey: Journey, list_id: int, entry: int = -1) -> None:
        criteria = journey.document.get("entry_criteria")
        if criteria and not holds(criteria, self.seen(person, list_id), self.now):
            self.refused[journey.order, "entry_criteria"] += 1
            return
        earlier = [one for one in person.passages if one.journey is journey]
        if not self._free(journey.rule, earlier, person.before or {}):
            self.refused[journey.order, journey.rule["rule"]] += 1
            return
        made = Passage(journey, list_id, self.now, self.now, entry=entry)
        made.path += ["entered"] if criteria else []
        person.passages.append(made)

    def _free(
        self, rule: Plain, earlier: Sequence[Passage], before: Mapping[Passage, str | None]
    ) -> bool:
        """Who was inside when this round began is so until it is over."""
        if rule["rule"] == "every_time" or not earlier:
            return True
        last = earlier[-1]
        if rule["rule"] == "once_ever" or last.ended_at is None or before.get(last, "") is None:
            return False
        if rule["rule"] == "once_at_a_time":
            return True
        since = last.entered_at if rule["since"] == "entry" else last.ended_at
        return since + timedelta(days=rule["days"]) <= self.now

    def _answer(self, person: Person) -> bool:
        """Whoever stays for an answer gets it."""
        found = [one for one in person.passages if one.asked is not None]
        for one in found:
            assert one.asked is not None
            one.answer, one.asked = self._answers(one.asked), None
            if one.state != "ended":
                one.due = self.now
        return bool(found)

    # Steps

    def _round(self, person: Person) -> bool:
        """Whoever is due goes on until they wait. Answers whether anybody was."""
        due = [
            one
            for one in open_ones(person)
            if one.journey.on and one.due is not None and one.due <= self.now
        ]
        person.before = {one: one.reason for one in person.passages} if due else None
        queue = list(due)
        for one in due:
            if not self._may_go_on(person, one):
                continue
            if one.state == "waiting":
                one.move(one.journey.places[one.at].below, self.now)
        while queue := [one for one in queue if one.state in ("active", "held") and self._now(one)]:
            first = min((one.journey.order, one.at) for one in queue)
            here = [one for one in queue if (one.journey.order, one.at) == first]
            self._step(person, here, queue)
        return bool(due)

    def _now(self, one: Passage) -> bool:
        return one.due is not None and one.due <= self.now

    def _may_go_on(self, person: Person, one: Passage) -> bool:
        row = person.rows[one.list_id]
        if row is None:
            one.told_to_end("subscriber_deleted", self.now)
        elif row["SubscriptionStatus"] == LEFT and not one.journey.walks_on:
            one.told_to_end("unsubscribed", self.now)
        return one.state != "ended"

    def _step(self, person: Person, here: Sequence[Passage], queue: Sequence[Passage]) -> None:
        place = here[0].journey.places[here[0].at]
        step = place.step
        before = {one.list_id: self.seen(person, one.list_id) for one in here}
        for one in here:
            row = before[one.list_id]
            if one.state == "ended":  # another of them has sent it out
                continue
            if not step.get("published", True):
                one.path.append(f"{step['action']} skipped")
                one.move(place.below, self.now)
            elif self._ruled(one, row):
                one.told_to_end("exit_rule", self.now)
            elif not self._led(one, row):
                getattr(self, f"_{step['action']}")(person, one, {**row, **one.kept})
        if step["action"] in ("Subscribe", "Unsubscribe") and step.get("published", True):
            for one in queue:
                if one.state in ("active", "held") and self._now(one):
                    self._may_go_on(person, one)

    def _ruled(self, one: Passage, row: Plain) -> bool:
        rules = one.journey.document.get("exit_rules", [])
        return any(holds(rule["criteria"], row, self.now) for rule in rules)

    def _led(self, one: Passage, row: Plain) -> bool:
        """Whether a goal that is reached here for the first time leads elsewhere."""
        for goal in one.journey.document.get("goals", []):
            late = self.now > one.entered_at + timedelta(days=goal.get("days", 10_000))
            if one.reached or late or not holds(goal["criteria"], row, self.now):
                continue
            one.reached.append(f"reached {goal['name']}")
            if goal.get("end"):
                one.told_to_end("goal_reached", self.now)
            elif "jump_to" in goal and one.step.get("id") != goal["jump_to"]:
                one.path.append(f"{one.step['action']} jumped")
                places = one.journey.places
                to = next(n for n, p in enumerate(places) if p.step.get("id") == goal["jump_to"])
                one.move(to, self.now)
                one.due = self.now
                return True
        return one.state == "ended"

    def _next(self, one: Passage, word: str = "next") -> None:
        one.path.append(f"{one.step['action']} {word}")
        one.move(one.journey.places[one.at].below, self.now)

    def _branch(self, one: Passage, name: str) -> None:
        one.path.append(f"{one.step['action']} branch {name}")
        place = one.journey.places[one.at]
        one.move(place.branches.get(name, place.below), self.now)

    def _Wait(self, person: Person, one: Passage, row: Plain) -> None:
        one.path.append("Wait until")
        one.state, one.due, one.tries = "waiting", after_wait(one.step["params"], self.now), 0

    def _WaitForEvent(self, person: Person, one: Passage, row: Plain) -> None:
        fresh = one.waits is None
        if fresh:
            waits.begin(one, self.now)
        assert one.waits is not None
        if waits.found(person, one):
            self._branch(one, "happened")
        elif self.now >= one.waits.until:
            self._branch(one, "timed_out")
        else:
            one.path += ["WaitForEvent stay"] if fresh else []
            one.due = one.waits.until

    def _Decision(self, person: Person, one: Passage, row: Plain) -> None:
        fits = holds(one.step["params"]["criteria"], row, self.now)
        self._branch(one, "true" if fits else "false")

    def _UpdateCustomFieldValue(self, person: Person, one: Passage, row: Plain) -> None:
        column = f"CustomField{one.step['params']['field']}"
        fits, value = self._fitting(column, rendered(one.step["params"]["value"], row))
        if fits:
            where = person.account if column in self._columns.account else person.rows[one.list_id]
            assert where is not None
            where[column] = value
            self._next(one)
            return
        one.tries += 1
        if one.tries > len(PAUSES):
            one.path.append("UpdateCustomFieldValue parked")
            one.state, one.due = "parked", None
            return
        one.path.append("UpdateCustomFieldValue failed")
        one.state, one.due = "held", self.now + timedelta(minutes=PAUSES[one.tries - 1])

    def _Webhook(self, person: Person, one: Passage, row: Plain) -> None:
        params = one.step["params"]
        if one.answer is not None:
            (taken, kept), one.answer = one.answer, None
            if taken:
                names = params.get("keep", {})
                others = {n: v for n, v in one.kept.items() if n not in names}
                one.kept = others | {n: v for n, v in kept.items() if n in names}
                self._next(one)
            elif one.step.get("branches", {}).get("failed"):
                self._branch(one, "failed")
            else:
                self._next(one)
            return
        body = {key: rendered(text, row) for key, text in params["body"].items()}
        one.sent.append(body)
        if params.get("keep") or one.step.get("branches", {}).get("failed"):
            one.path.append("Webhook stay")
            one.asked, one.due = body, self.now + timedelta(days=1)
        else:
            self._next(one)

    def _Subscribe(self, person: Person, one: Passage, row: Plain) -> None:
        list_id = one.step["params"]["list_id"]
        known, revive = person.rows[list_id], one.step["params"].get("revive", False)
        if known is None:
            person.rows[list_id] = {"SubscriptionStatus": SUBSCRIBED}
            person.events.append(("subscription", list_id))
        elif known["SubscriptionStatus"] == LEFT and revive:
            known["SubscriptionStatus"] = SUBSCRIBED
            person.events.append(("subscription", list_id))
        self._next(one)

    def _Unsubscribe(self, person: Person, one: Passage, row: Plain) -> None:
        list_id = one.step["params"].get("list_id") or one.list_id
        known = person.rows[list_id]
        if known is not None and known["SubscriptionStatus"] == SUBSCRIBED:
            known["SubscriptionStatus"] = LEFT
            person.events.append(("unsubscription", list_id))
        self._next(one)

    def _StartJourney(self, person: Person, one: Passage, row: Plain) -> None:
        target = self.journeys[one.step["params"]["order"]]
        if target.on:
            self.enter(person, target, one.list_id)
        self._next(one)

    def _ExitThisJourney(self, person: Person, one: Passage, row: Plain) -> None:
        one.told_to_end("exited", self.now)

    def _ExitJourney(self, person: Person, one: Passage, row: Plain) -> None:
        orders = one.step["params"]["orders"]
        self._send_out(person, one, lambda other: other.journey.order in orders)
        if one.journey.order in orders:
            one.told_to_end("exited", self.now)
        else:
            self._next(one)

    def _ExitAllJourneys(self, person: Person, one: Passage, row: Plain) -> None:
        self._send_out(person, one, lambda other: True)
        one.told_to_end("exited", self.now)

    def _ExitAllOtherJourneys(self, person: Person, one: Passage, row: Plain) -> None:
        self._send_out(person, one, lambda other: other.journey is not one.journey)
        self._next(one)

    def _send_out(self, person: Person, by: Passage, which: Callable[[Passage], bool]) -> None:
        for other in open_ones(person):
            if other is not by and which(other):
                other.told_to_end("exited", self.now)

    # Values

    def seen(self, person: Person, list_id: int) -> Plain:
        """What criteria and tags see of somebody, under every name."""
        row = {**(person.rows[list_id] or {}), **person.account, "EmailAddress": person.address}
        aliases = self._columns.aliases[list_id]
        tags = {of: has for of, has in person.tags.items() if person.rows[of] is not None}
        row["tags"] = [tag for has in tags.values() for tag in has]
        row["tags here"] = tags.get(list_id, [])
        row["journeys"], row["segments"] = whereabouts(person), self._segments
        row["suppressed"] = ["list"] if list_id in person.suppressed_on else []
        return row | {alias: row.get(column) for alias, column in aliases.items()}

    def _fitting(self, column: str, text: str) -> tuple[bool, Any]:
        columns = self._columns
        if column in columns.integers:
            if text == "":
                return True, None
            whole = re.fullmatch(r"[-+]?[0-9]{1,20}", text) is not None
            return whole and -(2**31) <= int(text) < 2**31, int(text) if whole else None
        if column in columns.dates:
            if text in NOTHING:
                return True, None
            return is_day(text) and text >= "1000", text
        if column in columns.numbers:
            return text == "" or ANY_NUMBER.fullmatch(text) is not None, text
        return True, text
