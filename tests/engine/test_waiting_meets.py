"""Events and time-outs in the same instant as the wait itself: forced, one order after the other.

Somebody is at work and comes to a certain point; there another worker does its part, as far as it
gets: on SQLite, and where it needs rows that are held, it gets on when the first one has committed.
"""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from plugin.errors import Interrupted
from tests.documents import journey, wait, wait_for
from tests.engine.test_workers import at_once, until_idle
from tests.world_parts import Died

#: What a worker may do in the meantime before it is left to itself, in seconds.
GETS_ON = 0.12
JOINED_SECONDS = 30

TICK = ["after_claim", "after_run", "after_settle", "before_commit", "after_commit"]
ROUTE = ["after_claim", "before_commit", "after_commit"]


class Meeting:
    """A world with two workers, and a journey that waits for an open for an hour."""

    def __init__(self, world):
        self.world, self.other = world, world.build()
        self.made = world.publish(
            journey(wait_for("opened", amount=1, unit="hours"), wait(90, "days"))
        )

    def arrives(self):
        """Somebody enters, and has not come to the step."""
        return self.world.enter(1)[0]

    def opens(self, who):
        """The other worker's part: an event comes and is routed."""

        def act():
            self.other.accept("test", [self.world.event(who, type="open")])
            until_idle(self.other.intake.route)()

        return act

    def at(self, point, passing, verb, act):
        """Do `verb`; at the point, `act` by the other worker."""
        fate, faults, started = self.world.fate, [], []
        left = [passing]

        def guarded():
            try:
                act()
            except Exception as fault:
                faults.append(fault)

        def meanwhile(name):
            if name != point or threading.current_thread() is not here:
                return
            left[0] -= 1
            if left[0] == 0:
                other = threading.Thread(target=guarded)
                started.append(other)
                other.start()
                other.join(GETS_ON)

        here, fate.act = threading.current_thread(), meanwhile
        until_idle(verb)()
        fate.act = None
        assert started, f"nobody came to {point} {passing} times"
        started[0].join(JOINED_SECONDS)
        assert not started[0].is_alive()
        assert not faults, faults

    def settles(self):
        """All that is due, and what is due a moment later."""
        for _ in range(3):
            self.world.run()
            self.world.turn(seconds=1)
        self.world.run()

    def went(self, who):
        row = self.world.person(who)
        return [line["branch"] for line in self.world.history(row["id"]) if line["branch"]]

    def waiters(self):
        return self.world.rows(self.world.tables.waiters)


@pytest.fixture
def meeting(world):
    return Meeting(world)


def test_an_event_at_any_moment_of_the_wait_is_found(meeting):
    """While the row is written, and while the look after it is taken."""
    for passing in (1, 2):
        for point in TICK:
            who = meeting.arrives()
            meeting.at(f"step.{point}", passing, meeting.world.tick, meeting.opens(who))
            meeting.settles()
            assert meeting.went(who) == ["happened"], (point, passing)
    assert meeting.waiters() == []


def test_a_wait_at_any_moment_of_the_routing_is_found(meeting):
    """The routing has looked for waiters, and is not committed, when one comes."""
    for point in ROUTE:
        who = meeting.arrives()
        meeting.world.accept(meeting.world.event(who, type="open"))
        route, tick = meeting.world.services.intake.route, until_idle(meeting.other.executor.tick)
        meeting.at(f"route.{point}", 1, route, tick)
        meeting.settles()
        assert meeting.went(who) == ["happened"], point
    assert meeting.waiters() == []


def test_an_event_that_comes_while_the_time_is_over_is_too_late_and_one_that_was_there_is_not(
    meeting,
):
    for point in TICK:
        who, in_time = meeting.arrives(), meeting.arrives()
        meeting.settles()
        (until,) = {row["until_at"] for row in meeting.waiters()}
        meeting.world.turn(minutes=59)
        meeting.world.accept(meeting.world.event(in_time, type="open"))
        meeting.world.now = until
        meeting.world.services.intake.route()
        meeting.at(f"step.{point}", 1, meeting.world.tick, meeting.opens(who))
        meeting.settles()
        assert meeting.went(in_time) == ["happened"], point
        assert meeting.went(who) == ["timed_out"], point
    assert meeting.waiters() == []


def test_two_workers_at_once_take_each_person_down_one_branch(make_world):
    world = make_world(tick_rows=20, intake_rows=20)
    world.publish(journey(wait_for("opened", amount=1, unit="hours"), wait(90, "days")))
    people = world.enter(200)
    world.turn_wheel(world.tick)
    world.turn(minutes=59)
    world.accept(*(world.event(who, type="open") for who in people[::2]))
    world.turn(minutes=1)
    world.accept(*(world.event(who, type="open") for who in people[1::4]))
    workers = [world.build() for _ in range(2)]
    at_once(
        *(until_idle(one.executor.tick) for one in workers),
        *(until_idle(one.intake.route) for one in workers),
    )
    for _ in range(3):
        world.turn(seconds=1)
        world.run()
    went = Counter()
    for row in world.people():
        lines = world.history(row["id"])
        (branch,) = [line["branch"] for line in lines if line["branch"]]
        went[people.index(row["subscriber_id"]) % 2, branch] += 1
    assert went == {(0, "happened"): 100, (1, "timed_out"): 100}
    assert world.rows(world.tables.waiters) == []


def test_a_death_at_any_point_changes_nothing_in_the_end(make_world):
    world = make_world()
    points = [f"step.{point}" for point in TICK] + [f"route.{point}" for point in ROUTE]
    for passing in (1, 2, 3):
        for point in points:
            world.begin_anew()
            outcome = lived(world, point, passing)
            assert outcome == (["happened"], ["timed_out"], []), (point, passing)


def lived(world, point, passing):
    """Somebody opens, somebody else does not, and a worker dies on the way."""
    world.publish(journey(wait_for("opened", amount=1, unit="hours"), wait(90, "days")))
    ann, bob = world.host.subscribe(2)
    world.fate.point, world.fate.passing = point, passing
    events = [world.event(ann), world.event(bob)]
    for act in (
        lambda: world.accept(*events),
        world.run,
        lambda: world.turn(minutes=30),
        lambda: world.accept(world.event(ann, type="open")),
        world.run,
        lambda: world.turn(minutes=31),
        world.run,
        lambda: world.turn(seconds=1),
        world.run,
    ):
        try:
            act()
        except (Died, Interrupted):
            world.restart()
            world.seconds += 10
            world.run()
    went = [
        [line["branch"] for line in world.history(world.person(who)["id"]) if line["branch"]]
        for who in (ann, bob)
    ]
    return (*went, world.rows(world.tables.waiters))
