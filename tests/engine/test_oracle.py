"""Random journeys over random people: the engine does what the plain interpreter does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.made_up import MadeUp
from tests.engine.oracle import Oracle, Person, as_text
from tests.world import Published, World
from tests.world_host import BORN, CITY, LANGUAGE, LEVEL, LIST, ORDERS, OWNER

SEEDS = (11, 23, 42, 77)
JOURNEYS, PEOPLE, TURNS = 10, 60, 9
INTEGERS, DATES = {f"CustomField{ORDERS}"}, {f"CustomField{BORN}"}
SHOWN = (CITY, LEVEL, ORDERS, BORN)
ALIASES = {"City": CITY, "Orders": ORDERS, "Born": BORN}
NOTHING = (None, "", "0000-00-00")


class Pair:
    """One journey in both worlds, with people of its own."""

    def __init__(self, world: World, made_up: MadeUp, name: str) -> None:
        self.world, self.made_up = world, made_up
        self.document = made_up.document(name)
        integers, numbers = (INTEGERS, set()) if world.host.typed else (set(), INTEGERS)
        self.oracle = Oracle(self.document, integers, DATES, numbers)
        rows = [made_up.person() for _ in range(PEOPLE)]
        self.ids = world.host.subscribe(rows)
        rows = [self._kept(row) for row in rows]
        self.people = [self._person(i, row) for i, row in zip(self.ids, rows, strict=True)]
        self.journey: Published = world.publish(as_text(self.document))

    def _person(self, subscriber_id: int, row: dict[str, Any]) -> Person:
        address = f"person{subscriber_id}@list{LIST}.example.com"
        language = self.made_up.language()
        if language is not None:
            self.world.host.give_account_value(LANGUAGE, address, language)
        return Person(Row(row, EmailAddress=address, **{f"CustomField{LANGUAGE}": language}))

    def _kept(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row as the host keeps it."""
        host = self.world.host
        return {
            name: host.held(value) if isinstance(value, int) else host.kept(value)
            for name, value in row.items()
        }

    def enter(self) -> None:
        self.world.services.enrolling.enroll(OWNER, self.journey.id, LIST, self.ids)
        self.oracle.now = self.world.now
        for person in self.people:
            self.oracle.enter(person)

    def strike(self) -> None:
        """The host changes some people behind our back, in both worlds."""
        for place, fate in self.made_up.strokes(PEOPLE).items():
            person, ids = self.people[place], self.ids[place : place + 1]
            if person.row is None:
                continue
            if fate == "delete":
                person.row = None
                self.world.host.delete(ids)
                continue
            statuses = {"unsubscribe": "Unsubscribed", "return": "Subscribed"}
            change = {"SubscriptionStatus": statuses[fate]} if fate in statuses else {}
            change = change or {f"CustomField{CITY}": self.made_up.text()}
            person.row.update(self._kept(change))
            self.world.host.change(ids, **change)

    def advance(self) -> None:
        self.oracle.now = self.world.now
        for person in self.people:
            self.oracle.advance(person)

    def expected(self) -> dict[int, Any]:
        return {
            i: (p.path, p.sent, shown(p.row), p.due)
            for i, p in zip(self.ids, self.people, strict=True)
        }


class Row(dict[str, Any]):
    """A row that is known by the aliases of its columns too."""

    def __init__(self, *values: Any, **more: Any) -> None:
        super().__init__(*values, **more)

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(f"CustomField{ALIASES[key]}" if key in ALIASES else key, default)


def shown(row: dict[str, Any] | None) -> list[Any] | None:
    """What can be compared: nothing is nothing, whatever it is called."""
    if row is None:
        return None
    values = [row.get(f"CustomField{field}") for field in (*SHOWN, LANGUAGE)]
    return [None if value in NOTHING else value for value in values]


def found(world: World, pair: Pair) -> dict[int, Any]:
    """What the engine made of it."""
    paths: dict[int, list[str]] = {}
    for line in world.rows(world.tables.step_log, journey_id=pair.journey.id):
        words = filter(None, (line["action"], line["outcome"], line["branch"]))
        paths.setdefault(line["enrollment_id"], []).append(" ".join(words))
    sent: dict[int, list[Any]] = {}
    for row in world.deliveries(journey_id=pair.journey.id):
        sent.setdefault(row["enrollment_id"], []).append(json.loads(row["body"]))
    columns = {field: world.host.values(field) for field in SHOWN}
    account = world.host.account_values(LANGUAGE)
    people = {}
    for row in world.people(pair.journey):
        who = row["subscriber_id"]
        values = None
        if who in columns[CITY]:
            values = [columns[field][who] for field in SHOWN]
            values += [account.get(f"person{who}@list{LIST}.example.com")]
            values = [None if value in NOTHING else value for value in values]
        people[who] = (paths.get(row["id"], []), sent.get(row["id"], []), values, row["due_at"])
    return people


@pytest.mark.parametrize("seed", SEEDS)
def test_the_engine_and_the_plain_interpreter_agree(world, seed):
    print(f"seed {seed}: {JOURNEYS} journeys, {PEOPLE} people each, {TURNS} turns of the clock")
    made_up = MadeUp(seed)
    pairs = [Pair(world, made_up, f"journey {n} of seed {seed}") for n in range(JOURNEYS)]
    for pair in pairs:
        pair.enter()
    for _ in range(TURNS):
        world.turn_wheel(world.services.executor.tick)
        for pair in pairs:
            pair.advance()
            pair.strike()
        world.now += made_up.turn()
    world.turn_wheel(world.services.executor.tick)
    for pair in pairs:
        pair.advance()
        expected, real = pair.expected(), found(world, pair)
        wrong = {i: (expected[i], real[i]) for i in expected if expected[i] != real[i]}
        assert wrong == {}, f"seed {seed}: {as_text(pair.document)}"
