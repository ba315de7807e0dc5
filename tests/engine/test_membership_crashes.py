"""A death at every named point while people join, leave and go: the end is the same."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa

from tests.documents import journey, step, update, wait
from tests.engine.invariants import broken
from tests.engine.modes import MODES, at_once, by_call, later
from tests.world_host import LEVEL, LIST, OTHER_LIST, OWNER
from tests.world_parts import Died, answered

POINTS = (
    *("route.after_claim", "route.before_commit", "route.after_commit"),
    *("step.after_claim", "step.after_run", "step.after_settle", "step.before_commit"),
    "step.after_commit",
)
DELIVERY = (
    *("deliver.after_lease", "deliver.after_send", "deliver.before_commit"),
    "deliver.after_commit",
)
MAIN = journey(
    step("Subscribe", list_id=OTHER_LIST),
    update(LEVEL, "{{ Subscriber:Level }}+"),
    wait(1, "hours"),
    step("Unsubscribe", list_id=OTHER_LIST),
    step("DeleteSubscriber"),
)
LEFT = journey(wait(1, "days"), lists=[OTHER_LIST], name="Joined")
NAMES = [f"p{n}@example.com" for n in range(4)]


class HostApi:
    """What the host's API does with these calls, once and again."""

    def __init__(self, world):
        self.world, self.made = world, []

    def __call__(self, request):
        call = json.loads(request.body)
        self.made.append(call)
        code = {
            "subscriber.create": self.create,
            "subscriber.unsubscribe": self.unsubscribe,
            "subscribers.delete": self.delete,
        }[call["Command"]](call)
        body = {"Success": code == 0, "ErrorCode": code}
        return answered(200, json.dumps(body).encode())

    def create(self, call):
        if call["EmailAddress"] in self.world.host.roll(call["ListID"]):
            return 20
        self.world.host.subscribe([{"EmailAddress": call["EmailAddress"]}], call["ListID"])
        return 0

    def unsubscribe(self, call):
        shard = self.world.host.shards[call["ListID"]]
        with self.world.host.engine.connect() as connection:
            query = sa.select(shard.c.SubscriptionStatus)
            status = connection.scalar(query.where(shard.c.SubscriberID == call["SubscriberID"]))
        if status == "Unsubscribed":
            return 9
        self.world.host.unsubscribe([call["SubscriberID"]], call["ListID"])
        return 0

    def delete(self, call):
        self.world.host.delete([int(call["Subscribers"])], call["SubscriberListID"])
        return 0


def live(world, mode: str, point: str = "", passing: int = 1) -> Counter[str]:
    """A whole life with one death at most; answers how often each point was passed."""
    for text in (MAIN, LEFT):
        world.publish(text)
    if mode == "by_call":
        world.host.set_user(OWNER, APIKey="key")
        world.other_side.answer = HostApi(world)
    world.host.subscribe([{"EmailAddress": NAMES[0]}], OTHER_LIST)
    people = world.host.subscribe([{"EmailAddress": e, "CustomField4": "-"} for e in NAMES])
    world.report(people)
    world.fate.point, world.fate.passing = point, passing
    died = False
    for _ in range(3):
        for _ in range(3):  # who died is followed by another who does the rest
            world.seconds += 10  # a look at who else has to leave is due
            try:
                world.run()
            except Died:
                died = True
                world.restart()
                world.turn(minutes=2)  # leases run out
        world.turn(hours=1)
    assert died is bool(point)
    return Counter(world.fate.names)


def left(world) -> dict[str, Any]:
    """What is there at the end, without numbers and times that may differ."""
    names = {row["id"]: row["name"] for row in world.rows(world.tables.journeys)}
    host = world.host.tables
    activity = [
        (r["RelListID"], r["TotalSubscriptions"], r["TotalUnsubscriptions"])
        for r in world.rows(host.stats_activity)
    ]
    return {
        "lists": [world.host.roll(list_id) for list_id in (LIST, OTHER_LIST)],
        "activity": activity,
        "left": Counter(r["RelListID"] for r in world.rows(host.stats_unsubscription)),
        "people": sorted((names[r["journey_id"]], r["end_reason"] or "") for r in world.people()),
        "paths": sorted(world.path(row["id"]) for row in world.people()),
        "results": world.counted("result"),
        "events": Counter((r["type"], r["email"]) for r in world.rows(world.tables.inbox)),
    }


@pytest.fixture(params=MODES)
def mode(request):
    return request.param


@pytest.fixture
def world(make_world, mode, monkeypatch):
    if mode == "later":
        return later(make_world, monkeypatch)
    return {"at_once": at_once, "by_call": by_call}[mode](make_world)


def test_without_a_death_everybody_joins_leaves_and_goes(world, mode):
    live(world, mode)
    end = left(world)
    assert end["lists"] == [{}, dict.fromkeys(NAMES, "Unsubscribed")]
    assert end["results"] == {
        "subscribed": 3,
        "already_subscribed": 1,
        "unsubscribed": 4,
        **({} if mode != "at_once" else {"deleted": 4}),
    }
    kinds = {"at_once": set(), "by_call": {"host_call"}, "later": {"host_write"}}
    assert {row["kind"] for row in world.deliveries()} == kinds[mode]
    if mode != "by_call":
        assert end["activity"] == [(OTHER_LIST, 3, 4)]
        assert end["events"]["subscriber_deleted", NAMES[0]] == 1
    assert ("Test journey", "subscriber_deleted") in end["people"]


@pytest.mark.timeout(300)  # some twenty lives, each with a death and new workers
def test_a_death_changes_nothing_in_the_end(world, mode):
    passed = live(world, mode)
    expected = left(world)
    points = POINTS if mode == "at_once" else (*POINTS, *DELIVERY)
    if mode == "later":
        points = (*points, "host_write.after_write")
    last = {point: passed[point] if point.startswith("step.") else 1 for point in points}
    deaths = [(point, n) for point in points if passed[point] for n in sorted({1, last[point]})]
    for point, passing in deaths:
        world.begin_anew()
        live(world, mode, point, passing)
        found = left(world)
        if (mode, point) == ("later", "host_write.after_write"):
            del (
                found["activity"],
                found["left"],
            )  # at least once: what is not undone is counted twice
        assert {key: found[key] for key in found if found[key] != expected[key]} == {}, point
        assert broken(world) == []


EVERYWHERE = journey(step("Unsubscribe"), name="Out of all")


def leave_all(world, point: str = "", passing: int = 1) -> int:
    """Everybody leaves all lists, with one death at most; answers how often a point was passed."""
    world.host.set_rules(LIST, OptOutScope="All lists")
    world.publish(EVERYWHERE)
    gone = {"SubscriptionStatus": "Unsubscribed"}
    rows = [{"EmailAddress": NAMES[0], **gone}, *({"EmailAddress": e} for e in NAMES[1:])]
    world.host.subscribe(rows, OTHER_LIST)
    people = world.host.subscribe([{"EmailAddress": e} for e in NAMES])
    world.report(people)
    world.fate.point, world.fate.passing = point, passing
    died = False
    for _ in range(3):
        try:
            world.run()
        except Died:
            died = True
            world.restart()
            world.turn(minutes=2)
    assert died is bool(point)
    return Counter(world.fate.names)["route.before_commit"]


def test_a_death_loses_no_event_of_people_who_leave_all_lists(world, mode):
    if mode == "by_call":
        world.host.set_user(OWNER, APIKey="key")
        world.other_side.answer = HostApi(world)
    passed = leave_all(world)
    expected = left(world)
    told = {name: expected["events"]["unsubscription", name] for name in NAMES}
    here = 0 if mode == "by_call" else 1  #: by call the host tells of it, and leaves all lists
    assert told == {NAMES[0]: here, **dict.fromkeys(NAMES[1:], 2 * here)}
    for passing in range(1, passed + 1):
        world.begin_anew()
        if mode == "by_call":
            world.host.set_user(OWNER, APIKey="key")
            world.other_side.answer = HostApi(world)
        leave_all(world, "route.before_commit", passing)
        found = left(world)
        if mode == "later":  # at least once: what is not undone is counted twice
            for counts in (found, expected):
                counts.pop("activity", None), counts.pop("left", None)
        assert {key: found[key] for key in found if found[key] != expected[key]} == {}, passing
        assert broken(world) == []
