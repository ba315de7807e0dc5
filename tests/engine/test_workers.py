"""Many workers on one database: everything is done, and nothing twice."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest

from plugin.domain.enrollment import Standing
from plugin.errors import Interrupted
from tests.documents import decide, journey, rule, update, wait, webhook
from tests.world_host import CITY, LEVEL, OWNER

AT_ONCE = 2
JOINED_SECONDS = 60


def at_once(*acts):
    """Run these in threads of their own; raises what one of them raises."""
    faults = []
    ready = threading.Barrier(len(acts))

    def guarded(act):
        try:
            ready.wait()
            act()
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=guarded, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(JOINED_SECONDS)
    assert not any(thread.is_alive() for thread in threads)
    if faults:
        raise faults[0]


def until_idle(verb):
    """What the loop of a worker does; a transaction that the database undid is run again."""

    def work():
        idle = 0
        while idle < 2:
            try:
                idle = 0 if verb() else idle + 1
            except Interrupted:
                idle = 0

    return work


def test_two_workers_over_two_thousand_people_run_each_step_once(make_world):
    world = make_world(tick_rows=100)
    world.publish(
        journey(
            decide(
                {"all": [rule(CITY, "is", "Oslo")]},
                [update(LEVEL, "{{ Subscriber:Level }}+o")],
                [update(LEVEL, "{{ Subscriber:Level }}+r")],
            ),
            webhook({"level": "{{ Subscriber:Level }}", "who": "{{ Subscriber:EmailAddress }}"}),
            wait(1, "hours"),
        )
    )
    rows = [{"CustomField3": ("Oslo", "Rome")[n % 2], "CustomField4": str(n)} for n in range(2000)]
    world.enter(world.host.subscribe(rows))
    workers = [world.build() for _ in range(AT_ONCE)]
    ticks = Counter()

    def tick_of(number):
        def tick():
            done = workers[number].executor.tick()
            ticks[number] += bool(done)
            return done

        return tick

    at_once(*(until_idle(tick_of(number)) for number in range(AT_ONCE)))
    assert Counter(world.states()) == {"waiting": 2000}
    levels = world.host.values(LEVEL)
    # what the database undid is done again, up to six times, also what it could not undo
    most = 1 if world.host.rolls_back else 6
    for i, level in levels.items():
        mark = ("+o", "+r")[(i - 1) % 2]
        assert level in [f"{i - 1}{mark * times}" for times in range(1, most + 1)]
    assert len(world.deliveries()) == 2000
    log = world.rows(world.tables.step_log)
    runs = Counter((line["enrollment_id"], line["step_id"]) for line in log)
    assert len(log) == 2000 * 4
    assert set(runs.values()) == {1}
    print(f"ticks of each worker: {dict(ticks)}")


def test_two_workers_route_each_event_once(make_world):
    world = make_world(intake_rows=50)
    world.publish(journey(wait(), lists=(), reentry="every_time"))
    world.report(world.host.subscribe(600))
    routes = [world.build().intake.route for _ in range(AT_ONCE)]
    at_once(*(until_idle(route) for route in routes))
    assert world.inbox() == [("routed", None)] * 600
    assert len(world.people()) == 600


def test_one_person_from_many_sides_at_once_enters_once(world):
    world.publish(journey(wait(), lists=()))
    (ann,) = world.host.subscribe(1)
    doors = [world.build() for _ in range(4)]

    def report(services, number):
        def act():
            at = world.now + timedelta(seconds=number)
            event = world.event(ann, event_id=f"{number}", occurred_at=at)
            services.accept(f"source-{number}", [event])
            until_idle(services.intake.route)()

        return act

    at_once(*(report(services, number) for number, services in enumerate(doors)))
    assert len(world.people()) == 1
    assert world.inbox() == [("routed", None)] * 4


def test_the_same_event_through_many_doors_at_once_is_new_once(world):
    event = world.event(*world.host.subscribe(1))
    answers = []
    doors = [world.build() for _ in range(4)]
    at_once(*(lambda s=s: answers.append(s.accept("hook", [event])) for s in doors))
    assert sorted(answers) == [(0, 1), (0, 1), (0, 1), (1, 0)]
    assert len(world.inbox()) == 1


def test_two_deliverers_send_each_parcel_once(make_world):
    world = make_world(delivery_threads=4)
    world.publish(journey(webhook()))
    world.enter(200)
    while world.tick():
        pass
    at_once(*(until_idle(world.build().deliverer.deliver) for _ in range(AT_ONCE)))
    assert len(world.other_side.ids()) == len(set(world.other_side.ids())) == 200
    assert {row["state"] for row in world.deliveries()} == {"done"}


def test_workers_go_on_while_a_journey_is_turned_off_and_on(make_world):
    world = make_world(tick_rows=50)
    published = world.publish(journey(update(LEVEL, "{{ Subscriber:Level }}x"), wait(1, "hours")))
    world.enter(400)
    worker = world.build()

    def switch():
        for _ in range(5):
            world.disable(published)
            world.enable(published)

    at_once(until_idle(worker.executor.tick), switch)
    until_idle(worker.executor.tick)()
    assert Counter(world.states()) == {"waiting": 400}
    assert set(world.host.values(LEVEL).values()) == {"x"}
    assert all(row["due_at"] for row in world.people())


def test_nobody_stays_frozen_who_was_frozen_while_the_journey_was_turned_on(world):
    """A tick found the journey off, and it was turned on before that tick committed."""
    published = world.publish(journey(update(LEVEL, "x"), wait(1, "hours")))
    (ann,) = world.enter(1)
    world.disable(published)
    table = world.tables.enrollments
    with world.host.engine.begin() as connection:
        connection.execute(table.update().values(due_at=world.now, frozen_due_at=None))
    other = world.build()
    turning_on = threading.Thread(
        target=lambda: other.authoring.enable(1, published.id, "cli"), daemon=True
    )

    def turn_on(name):
        if name == "step.after_settle" and not turning_on.ident:
            turning_on.start()
            turning_on.join(0.5)

    world.fate.act = turn_on
    world.tick()
    turning_on.join(JOINED_SECONDS)
    assert not turning_on.is_alive()
    world.run()
    assert world.host.values(LEVEL) == {ann: "x"}


def test_a_worker_that_comes_too_late_settles_nothing(world):
    """The fence: whoever holds an old epoch has lost the row to somebody else."""
    world.publish(journey(wait(1, "hours")))
    world.enter(3)
    before = world.people()
    with pytest.raises(Interrupted, match="1 enrollments"), world.services.begin() as work:
        ((at, members),) = work.store.claim(world.now, 10, 0, ())
        stale = [members[0]._replace(epoch=members[0].epoch + 1), *members[1:]]
        standings = [
            Standing(
                m, OWNER, before[0]["journey_id"], at, state="held", cause="x", due_at=world.now
            )
            for m in stale
        ]
        work.store.settle(standings, world.now)
    assert world.people() == before
    assert world.rows(world.tables.step_log) == []
