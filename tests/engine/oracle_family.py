"""Three random journeys over the same people, in both worlds, and what came of them in each."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from plugin.engine.overdue import Choice
from tests.engine.awaiting import some_look_again
from tests.engine.made_up import TAGS, MadeUp
from tests.engine.made_up_segments import SEGMENTS, without
from tests.engine.oracle import Oracle
from tests.engine.oracle_people import Columns, Person
from tests.engine.oracle_rules import NOTHING, Plain
from tests.world import Published, World
from tests.world_host import (
    BORN,
    CITY,
    LANGUAGE,
    LEVEL,
    LIST,
    ORDERS,
    OTHER_LIST,
    OTHERS_CITY,
    OWNER,
)
from tests.world_parts import answered

ORDERS_COLUMN, LANGUAGE_COLUMN = f"CustomField{ORDERS}", f"CustomField{LANGUAGE}"
BORN_COLUMN = f"CustomField{BORN}"
SHOWN = {LIST: (CITY, LEVEL, ORDERS, BORN), OTHER_LIST: (OTHERS_CITY,)}
ALIASES = {
    LIST: {"City": f"CustomField{CITY}", "Orders": ORDERS_COLUMN, "Born": BORN_COLUMN},
    OTHER_LIST: {"City": f"CustomField{OTHERS_CITY}"},
}
#: Settings of a world in which everybody who is due goes on in one tick, and exit rules are asked
#: of those alone who are.
WORLD = {
    "tick_rows": 100_000,
    "intake_rows": 10_000,
    "exit_rule_minutes": 10_000_000,
    "deliveries_per_receiver": 100,
}


def answer_of(body: Plain) -> tuple[bool, Plain]:
    """What the receiver says to a request with this body: by the body alone."""
    size = len(json.dumps(body))
    return size % 3 != 0, {"got": str(size)} if size % 2 else {}


@dataclass
class Size:
    people: int
    turns: int


class Family:
    """`world` is empty at first; `differences` are looked for when the clock has been turned."""

    def __init__(self, world: World, made_up: MadeUp, name: str, size: Size) -> None:
        self.world, self.made_up, self.size = world, made_up, size
        at_once = world.settings.host_writes == "tables" and world.host.rolls_back
        self.documents = made_up.family(name, with_lists=at_once)
        if "SegmentRulesJson" not in world.host.tables.segments.c:
            self.documents = [without(("segment",), one) for one in self.documents]
        typed = world.host.typed
        columns = Columns(
            integers={ORDERS_COLUMN} if typed else (),
            dates={BORN_COLUMN},
            numbers=() if typed else {ORDERS_COLUMN},
            account={LANGUAGE_COLUMN},
            aliases=ALIASES,
        )
        meanings = {number: meaning for number, (_, _, meaning) in SEGMENTS.items()}
        self.oracle = Oracle(self.documents, columns, answer_of, meanings)
        if not world.rows(world.host.tables.segments):
            for number, (operator, groups, _) in SEGMENTS.items():
                world.host.segment(number, operator, groups)
        known = world.rows(world.host.tables.subscriber_tags)
        for list_id, tags in () if known else TAGS.items():
            world.host.tags(dict.fromkeys(tags, list_id))
        self.journeys: list[Published] = []
        for document in self.documents:
            self.journeys.append(world.publish(self._text(document)))
        self._populate()
        world.other_side.answer = lambda request: _answered(json.loads(request.body))

    def _text(self, document: Plain) -> str:
        """With the ids that the journeys got."""

        def placed(step: Plain) -> Plain:
            params = dict(step["params"])
            if "order" in params:
                params = {"journey_id": self.journeys[params["order"]].id}
            if "orders" in params:
                params = {"journey_ids": [self.journeys[n].id for n in params["orders"]]}
            bodies = {k: [placed(one) for one in b] for k, b in step.get("branches", {}).items()}
            return step | {"params": params} | ({"branches": bodies} if bodies else {})

        steps = [placed(step) for step in document["steps"]]
        whole = self._about_journeys(document | {"steps": steps})
        return json.dumps(whole, ensure_ascii=False)

    def _about_journeys(self, value: Any) -> Any:
        """Rules that name journeys by their ids."""
        match value:
            case {"journey": number, "operator": operator}:
                return {"journey": self.journeys[number].id, "operator": operator}
            case dict():
                return {name: self._about_journeys(inner) for name, inner in value.items()}
            case list():
                return [self._about_journeys(inner) for inner in value]
            case _:
                return value

    def _populate(self) -> None:
        host = self.world.host
        rows = [self.made_up.person() for _ in range(self.size.people)]
        self.ids = host.subscribe(rows)
        self.people: list[Person] = []
        others = []
        for number, row in zip(self.ids, rows, strict=True):
            address = f"person{number}@list{LIST}.example.com"
            other, language = self.made_up.other_row(), self.made_up.language()
            if other is not None:
                others.append(other | {"EmailAddress": address})
                other = self._kept(other)
            if language is not None:
                host.give_account_value(LANGUAGE, address, language)
            account = {LANGUAGE_COLUMN: language}
            made = {LIST: self._kept(row), OTHER_LIST: other}
            tags = self.made_up.tags()
            suppressed = [LIST] if self.made_up.suppressed() else []
            for list_id in suppressed:
                host.suppress(address, list_id, OWNER)
            one = Person(address, made, account, tags=tags, suppressed_on=suppressed)
            self.people.append(one)
        there = host.subscribe(others, OTHER_LIST)
        numbers = dict(zip((row["EmailAddress"] for row in others), there, strict=True))
        for number, person in zip(self.ids, self.people, strict=True):
            for tag in person.tags[LIST]:
                host.tag(tag, [number])
            for tag in person.tags[OTHER_LIST] if person.address in numbers else ():
                host.tag(tag, [numbers[person.address]], OTHER_LIST)
            if person.address not in numbers:
                person.tags = {LIST: person.tags[LIST]}

    def _kept(self, row: Plain) -> Plain:
        """A row as the host keeps it."""
        host = self.world.host
        return {
            name: host.held(value) if isinstance(value, int) else host.kept(value)
            for name, value in row.items()
        }

    def live(self) -> None:
        """All turns of the clock, with what the host does in between."""
        self._report(range(self.size.people))
        for _ in range(self.size.turns):
            self._advance()
            self._strike()
            self._switch()
            self.world.now += self.made_up.turn()
            self._report(self.made_up.comers(self.size.people))
            self._do(self.made_up.doings(self.size.people))
        self._advance()

    def _report(self, places: range | list[int]) -> None:
        self.world.report([self.ids[place] for place in places])
        for place in places:
            self.people[place].events.append(("subscription", LIST))

    def _do(self, doings: list[tuple[int, str]]) -> None:
        for place, what in doings:
            type_, _, name = what.partition(" ")
            data: Plain = {"name": name} if name else {}
            if type_ == "robot":
                type_, data = "open", {"automated": True}
            else:
                self.people[place].events.append((what, LIST))
            self.world.accept(self.world.event(self.ids[place], type=type_, data=data))

    def _advance(self) -> None:
        """Whoever waits for an event looks once more a moment later, where others have caused
        events just then: that comes before anything else does."""
        self._go_on()
        while some_look_again(self.world):
            self.world.now += timedelta(seconds=1)
            self._go_on()

    def _go_on(self) -> None:
        world, services = self.world, self.world.services

        def tick() -> int:
            world.seconds += 2  # a look beside the stream of people is due
            return services.executor.tick()

        routed = ticked = delivered = 1
        while routed or ticked or delivered:
            routed = world.turn_wheel(services.intake.route)
            ticked = world.turn_wheel(tick)
            delivered = services.deliverer.deliver()
            while delivered and services.deliverer.deliver():  # few of one receiver at a time
                pass
        self.oracle.now = world.now
        for person in self.people:
            self.oracle.advance(person)

    def _strike(self) -> None:
        """The host changes some people behind our back, in both worlds."""
        for place, fate in self.made_up.strokes(self.size.people).items():
            row, ids = self.people[place].rows[LIST], self.ids[place : place + 1]
            if row is None:
                continue
            if fate == "delete":
                self.people[place].rows[LIST] = None
                self.world.host.delete(ids)
                continue
            statuses = {"unsubscribe": "Unsubscribed", "return": "Subscribed"}
            change = {"SubscriptionStatus": statuses[fate]} if fate in statuses else {}
            change = change or {f"CustomField{CITY}": self.made_up.text()}
            row.update(self._kept(change))
            self.world.host.change(ids, **change)

    def _switch(self) -> None:
        for number in self.made_up.switched(len(self.journeys)):
            journey, plain = self.journeys[number], self.oracle.journeys[number]
            plain.on = not plain.on
            if plain.on:
                enable = self.world.services.authoring.enable
                enable(OWNER, journey.id, "cli", Choice("now"))
            else:
                self.world.disable(journey)

    # What came of it

    def differences(self) -> dict[str, tuple[Any, Any]]:
        """By person, and for refusals by journey: what the plain interpreter says, and what the
        engine did."""
        expected: dict[str, Any] = {one.address: _plainly(one) for one in self.people}
        found: dict[str, Any] = self._found()
        for (order, reason), n in self.oracle.refused.items():
            expected[f"refused by journey {order}: {reason}"] = n
        for order, journey in enumerate(self.journeys):
            for reason, n in self.world.counted("refused", journey_id=journey.id).items():
                found[f"refused by journey {order}: {reason}"] = n
        return {
            name: (expected.get(name), found.get(name))
            for name in expected | found
            if expected.get(name) != found.get(name)
        }

    def passages(self) -> int:
        return sum(len(person.passages) for person in self.people)

    def _found(self) -> dict[str, Any]:
        world = self.world
        paths: dict[int, list[str]] = defaultdict(list)
        for line in world.rows(world.tables.step_log):
            words = filter(None, (line["action"], line["outcome"], line["branch"]))
            paths[line["enrollment_id"]].append(" ".join(words))
        for row in world.rows(world.tables.goals_reached):
            paths[row["enrollment_id"]].append(f"reached {row['goal']}")
        sent: dict[int, list[Any]] = defaultdict(list)
        for row in world.deliveries():
            sent[row["enrollment_id"]].append(json.loads(row["body"]))
        hosts = {list_id: self._rows(list_id) for list_id in SHOWN}
        address = {(LIST, i): p.address for i, p in zip(self.ids, self.people, strict=True)}
        address |= {(OTHER_LIST, i): a for a, (i, _) in hosts[OTHER_LIST].items()}
        until = {r["enrollment_id"]: r["until_at"] for r in world.rows(world.tables.waiters)}
        passages: dict[str, list[Any]] = defaultdict(list)
        orders = {journey.id: number for number, journey in enumerate(self.journeys)}
        for row in world.people():
            who = address[row["list_id"], row["subscriber_id"]]
            due = until.get(row["id"]) or row["due_at"] or row["frozen_due_at"]
            state = row["end_reason"] or ("parked" if row["state"] == "parked" else "inside")
            number = orders[row["journey_id"]]
            passages[who].append((number, state, paths[row["id"]], sent[row["id"]], due))
        account = world.host.account_values(LANGUAGE)
        return {
            person.address: (
                _sorted(passages[person.address]),
                [hosts[list_id].get(person.address, (0, None))[1] for list_id in SHOWN],
                _shown(account.get(person.address)),
            )
            for person in self.people
        }

    def _rows(self, list_id: int) -> Mapping[str, tuple[int, list[Any]]]:
        """Id and values of everybody on a list, by address."""
        shard = self.world.host.shards[list_id]
        return {
            row["EmailAddress"]: (row["SubscriberID"], _values(row, list_id))
            for row in self.world.rows(shard)
        }


def _answered(body: Plain) -> Any:
    taken, kept = answer_of(body)
    return answered(200 if taken else 404, json.dumps(kept).encode())


def _plainly(person: Person) -> Any:
    passages = [
        (
            one.journey.order,
            one.reason or ("parked" if one.state == "parked" else "inside"),
            one.path + one.reached,
            one.sent,
            one.waits.until if one.waits and one.state != "ended" else one.due,
        )
        for one in person.passages
    ]
    rows = [person.rows[list_id] for list_id in SHOWN]
    values = [r and _values(r, list_id) for r, list_id in zip(rows, SHOWN, strict=True)]
    return _sorted(passages), values, _shown(person.account.get(LANGUAGE_COLUMN))


def _sorted(passages: list[Any]) -> list[Any]:
    """By journey; those of one journey in the order in which they began."""
    return sorted(passages, key=lambda one: one[0])


def _values(row: Mapping[str, Any], list_id: int) -> list[Any]:
    fields = [row.get(f"CustomField{number}") for number in SHOWN[list_id]]
    return [row["SubscriptionStatus"], *map(_shown, fields)]


def _shown(value: Any) -> Any:
    """Nothing is nothing, whatever it is called."""
    return None if value in NOTHING else value


def tally(families: list[Family]) -> Counter[str]:
    """How many of what took place, so that nobody proves something of nothing."""
    counts: Counter[str] = Counter()
    for family in families:
        for person in family.people:
            for one in person.passages:
                counts["passages"] += 1
                counts["steps"] += len(one.path)
                counts["deliveries"] += len(one.sent)
                counts[one.reason or "inside"] += 1
        counts["refused"] += sum(family.oracle.refused.values())
    return counts
