"""Whole lives of a world, with deaths in them, and what is there in the end."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from plugin.engine.overdue import Choice
from plugin.engine.tasks_port import Order
from plugin.errors import Conflict
from tests.documents import decide, journey, rule, step, update, wait, wait_for, webhook
from tests.engine import versions
from tests.world import Published, World
from tests.world_host import BORN, CITY, LANGUAGE, LEVEL, LIST, ORDERS, OTHER_LIST, OWNER
from tests.world_parts import Died, answered

Act = Callable[[], Any]
Life = Callable[[World], Iterator[Act]]
#: Seconds after which what a dead deliverer was sending is anybody's.
LEASE = 60
Death = tuple[str, int]  #: the point, and at which passing
ENGINE = Path(__file__).resolve().parents[2] / "plugin" / "engine"


class Lived(NamedTuple):
    passed: Counter[str]  #: how often each point was passed
    died: int


def all_points() -> set[str]:
    """Every point that the engine has. Those of the network are passed by requests alone:
    tests/hooks and tests/chaos see to them."""
    texts = [path.read_text("utf-8") for path in ENGINE.rglob("*.py")]
    return {point for text in texts for point in re.findall(r"reach\(\s*\"([\w.]+)\"", text)}


#: Whatever runs twice shows: every value depends on the one before.
#: One counts, and one leads to the last step.
GOALS = [
    {"name": "Seven", "criteria": rule(CITY, "is", "7"), "days": 30},
    {"name": "Twelve", "criteria": rule(CITY, "is", "12"), "jump_to": 12},
]
MAIN = journey(
    decide(
        {"all": [rule(CITY, "is", "Oslo")]},
        [update(LEVEL, "{{ Subscriber:Level }}+o"), webhook({"o": "{{ Subscriber:Level }}"})],
        [update(LEVEL, "{{ Subscriber:Level }}+r")],
    ),
    wait(1, "hours"),
    update(ORDERS, "{{ Subscriber:City }}"),
    update(LEVEL, "{{ Subscriber:Level }}!"),
    webhook({"who": "{{ Subscriber:EmailAddress }}", "level": "{{ Subscriber:Level }}"})
    | {"id": 12},
    goals=GOALS,
)
OTHER = journey(
    update(LANGUAGE, "{{ Subscriber:CustomField28 }}x"),
    wait(30, "minutes"),
    wait_for(
        "opened",
        [update(LANGUAGE, "{{ Subscriber:CustomField28 }}+h")],
        [update(LANGUAGE, "{{ Subscriber:CustomField28 }}+t")],
        amount=20,
        unit="minutes",
    ),
    webhook({"language": "{{ Subscriber:CustomField28 }}"}, keep={"got": "got"}),
    update(LANGUAGE, "{{ Subscriber:CustomField28 }}{{ Kept:got }}"),
    lists=(),
    reentry="every_time",
    name="Other",
)
DATED = journey(
    step("Subscribe", list_id=OTHER_LIST),
    wait(2, "hours"),
    update(LEVEL, "{{ Subscriber:Level }}+d"),
    webhook({"d": "{{ Subscriber:Level }}"}),
    trigger={
        "type": "DateField",
        "params": {"list_ids": [LIST], "field": f"CustomField{BORN}", "at": "12:00"},
    },
    name="Dated",
)
#: Deaths that a rollback follows.
UNDONE = ("step.after_run", "step.after_settle", "step.before_commit")
#: What each step writes behind the value that it finds.
MARK = re.compile(r"\+[ordcht]|!|x")
CITIES = ("Oslo", "Rome", "7", "12", None, "Oslo")


def short_life(world: World) -> Iterator[Act]:
    """What happens one after the other; each part is repeated by whoever survives a death in it."""
    for text in (MAIN, OTHER):
        world.publish(text)
    rows = [{"CustomField3": city, "CustomField4": "-"} for city in CITIES]
    people = world.host.subscribe(rows)
    others = world.host.subscribe(3, OTHER_LIST)
    events = [world.event(i) for i in people] + [world.event(i, OTHER_LIST) for i in others]
    yield lambda: world.accept(*events[:5])
    yield lambda: world.accept(*events)
    world.other_side.answer = lambda request: answered(200, b'{"got": "w"}')
    yield world.run
    world.host.unsubscribe(people[1:2], LIST)
    world.turn(hours=1)
    yield world.run
    opened = world.event(others[0], OTHER_LIST, type="open")
    yield lambda: world.accept(opened)
    world.turn(minutes=20)
    again = world.event(people[0])
    yield lambda: world.accept(again)
    for _ in range(4):
        yield world.run
        world.turn(minutes=31)


def long_life(world: World) -> Iterator[Act]:
    """All that workers do beside: the same and dates, an intent for a table that undoes nothing,
    a spread thawing, a changeover, an order for many, an outage, an archive."""
    yield from short_life(world)
    main, other = (Published(row["id"], ()) for row in world.rows(world.tables.journeys))
    yield from _a_date(world)
    draft = versions.draft(world, main)
    draft["steps"][2]["params"]["value"] = "7"
    text, revision = json.dumps(draft), versions.revision(world, main)
    world.services.editing.update_text(OWNER, main.id, text, "cli", revision)
    world.services.publishing.publish(OWNER, main.id, "cli")
    yield from _works(world)
    retry = Order(OWNER, main.id, "retry", "user:1", 0)
    yield lambda: _unless_done(lambda: world.services.redriving.all(retry))
    yield from _works(world)
    late = world.publish(journey(wait(1, "hours"), update(LEVEL, "{{ Subscriber:Level }}+c")))
    events = [world.event(row) for row in list(world.host.values(LEVEL))[2:5]]
    yield lambda: world.accept(*events)
    yield from _works(world)
    world.leap(hours=5)
    world.services = world.build()
    yield from _works(world, turns=3)
    yield lambda: _unless_done(lambda: world.services.archiving.archive(OWNER, other.id, "user:1"))
    yield from _works(world, turns=2)
    assert world.people(late)


def _a_date(world: World) -> Iterator[Act]:
    """Noon comes; then the journey is off while people are due in it."""
    people = list(world.host.values(LEVEL))
    world.host.change(people[:4], CustomField6=world.now.date().isoformat())
    dated = world.publish(DATED)
    yield from _works(world)
    world.disable(dated)
    yield from _works(world, turns=4)
    world.services.authoring.enable(OWNER, dated.id, "cli", Choice("spread", 1))
    yield from _works(world, turns=2)


def _works(world: World, turns: int = 1) -> Iterator[Act]:
    """Workers look beside the stream of people, too; then so many hours go by."""
    for _ in range(turns):
        world.seconds += 10
        yield world.run
        yield lambda: world.services.housekeeper.keep()
        world.turn(minutes=61)
    world.seconds += 10
    yield world.run


def _unless_done(act: Act) -> None:
    """Whoever died has had it done already, perhaps."""
    with suppress(Conflict):
        act()


def live(world: World, deaths: Sequence[Death] = (), life: Life = short_life) -> Lived:
    """A whole life; each death waits for the one before it."""
    acts, waiting, died = life(world), list(deaths), 0
    act = next(acts)
    _await(world, waiting)
    while act:
        try:
            act()
            act = next(acts, None)
        except Died:
            died += 1
            world.restart()
            # What the dead one was sending is sent before the clock goes on: else another passage
            # of the same person might come before it, which is another order of arrival.
            world.turn(seconds=LEASE)
            _await(world, waiting)
    return Lived(Counter(world.fate.names), died)


def _await(world: World, waiting: list[Death]) -> None:
    if waiting:
        world.fate.point, world.fate.passing = waiting.pop(0)


def left(world: World) -> dict[str, Any]:
    """What is there at the end, without numbers and times that may differ."""
    addresses = {
        (list_id, row["SubscriberID"]): row["EmailAddress"]
        for list_id, shard in world.host.shards.items()
        for row in world.rows(shard)
    }
    names = {row["id"]: row["name"] for row in world.rows(world.tables.journeys)}
    of = {
        row["id"]: (names[row["journey_id"]], addresses[row["list_id"], row["subscriber_id"]])
        for row in world.people()
    }
    people = [
        (*of[row["id"]], row["state"], row["end_reason"], row["cause"], row["visit"])
        for row in world.people()
    ]
    deliveries = [
        (*of[row["enrollment_id"]], row["visit"], row["url"], _body(row), row["state"])
        for row in world.deliveries()
    ]
    figures = ("entered", "refused", "arrived", "left", "ended", "goal", "delivered", "undelivered")
    return {
        "values": [world.host.values(field) for field in (CITY, LEVEL, ORDERS)],
        "account": world.host.account_values(LANGUAGE),
        "people": sorted(people, key=str),
        "goals": sorted(
            (*of[row["enrollment_id"]], row["goal"])
            for row in world.rows(world.tables.goals_reached)
        ),
        "paths": sorted((*of[number], world.path(number)) for number in of),
        "deliveries": sorted(deliveries),
        "received": sorted({(r.url, r.body) for r in world.other_side.requests}),
        "figures": {figure: world.counted(figure) for figure in figures},
        "others": world.host.roll(OTHER_LIST),
        "inbox": sorted(world.inbox(), key=str),
    }


def _body(row: dict[str, Any]) -> bytes:
    """What was sent; an intent names ids and times."""
    return bytes(row["body"]) if row["kind"] == "webhook" else b""


def once(found: Any, expected: Any) -> Any:
    """`found`, but with the text that was expected wherever one mark was written twice.

    What a rollback does not undo is written again: a value that is made of the one before has its
    mark twice then. Nothing else may differ.
    """
    match found, expected:
        case dict(), dict():
            return {key: once(found[key], expected.get(key)) for key in found}
        case (list(), list()) | (tuple(), tuple()) if len(found) == len(expected):
            return type(found)(once(f, e) for f, e in zip(found, expected, strict=True))
        case bytes(), bytes():
            return once(found.decode(), expected.decode()).encode()
        case str(), str() if found in {
            expected[: mark.end()] + expected[mark.start() :] for mark in MARK.finditer(expected)
        }:
            return expected
        case _:
            return found


def faults(world: World) -> list[str]:
    """What the receiver has got otherwise than it was promised: one key and one body each."""
    keys: dict[str, set[bytes]] = {}
    for request in world.other_side.webhooks():
        keys.setdefault(request.headers["webhook-id"], set()).add(request.body)
    found = [
        f"{key} came with {len(bodies)} bodies" for key, bodies in keys.items() if len(bodies) > 1
    ]
    hooks = [row for row in world.deliveries() if row["kind"] == "webhook"]
    if len(keys) != len(hooks):
        found.append(f"{len(hooks)} were promised, {len(keys)} came")
    return found


def redelivered(world: World) -> int:
    """How many requests came again, with the key that was known."""
    ids = world.other_side.ids()
    return len(ids) - len(set(ids))
