"""How people go over to a new version: in batches, by whoever has time, never half-way."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest

from plugin.engine.moves import stand
from plugin.engine.ports import Entry
from plugin.engine.thawing import Thawing
from plugin.errors import Interrupted
from tests.documents import journey, step, update, wait
from tests.engine.modes import by_call
from tests.engine.test_workers import JOINED_SECONDS, at_once, until_idle
from tests.engine.versions import (
    changer,
    edit,
    go_over,
    last_line,
    later,
    numbers,
    placed,
    publish,
)
from tests.world import START
from tests.world_host import LEVEL, LIST, OTHER_LIST, OWNER
from tests.world_parts import answered, counted

#: What stands for a person.
KEY = b"k" * 16


def waiting(world, people, *more):
    """A journey in which people wait for two days at the first step."""
    made = world.publish(journey(wait(2, "days"), *more))
    world.enter(people)
    world.run()
    return made


def longer(world, made, days=5, **how):
    rest = [placed(made.steps[1], update(LEVEL, "x"))] if len(made.steps) > 1 else []
    return publish(world, made, placed(made.steps[0], wait(days, "days")), *rest, **how)


def progress(world, made):
    row = world.services.reading.journey(OWNER, made.id).changeover
    return (row.state, row.total, row.moved, row.exited, row.left)


def test_people_go_over_in_batches_and_the_progress_can_be_read(world):
    made = waiting(world, 7)
    longer(world, made)
    go = changer(world, 3)
    assert progress(world, made) == ("running", 7, 0, 0, 7)
    seen = []
    while go():
        seen.append(progress(world, made)[2:])
    # first a look at those who are active: nobody
    assert seen == [(0, 0, 7), (3, 0, 4), (6, 0, 1), (7, 0, 0), (7, 0, 0), (7, 0, 0), (7, 0, 0)]
    assert progress(world, made) == ("done", 7, 7, 0, 0)
    assert numbers(world, made) == [2] * 7


def test_workers_see_to_it_by_themselves_and_tick_at_the_same_time(world):
    made = waiting(world, 5, update(LEVEL, "x"))
    longer(world, made)
    world.enter(3)
    later(world)
    assert world.tick() == 1 + 3  # a look at the active ones, and the tick of three
    world.run()
    assert numbers(world, made) == [2] * 8
    assert progress(world, made)[0] == "done"


def test_whoever_left_by_themselves_meanwhile_is_not_waited_for(world):
    made = waiting(world, 4)
    longer(world, made)
    go = changer(world, 2)
    go(), go()
    world.host.unsubscribe([world.people(made)[3]["subscriber_id"]], LIST)
    world.turn(days=2)
    world.tick()
    go_over(world)
    state, total, moved, _, left = progress(world, made)
    assert (state, total, left) == ("done", 4, 0)
    assert moved == 2
    assert Counter(world.states(made)) == {"waiting": 2, "ended": 2}


def test_the_number_of_statements_does_not_depend_on_the_number_of_people(world):
    made = waiting(world, 2, update(LEVEL, "x"))
    sizes = []
    for people, days in ((0, 3), (60, 4)):
        world.enter(people) if people else None
        world.run()
        edit(world, made, placed(made.steps[0], wait(days, "days")))
        with counted() as publishing:
            world.services.publishing.publish(OWNER, made.id, "cli")
        go = changer(world)
        go()
        with counted() as batch:
            go()
        go_over(world)
        sizes.append((len(publishing.of_work()), len(batch.of_work())))
    assert sizes[0] == sizes[1]
    assert sizes[1][1] <= 12


def test_of_two_publishes_the_newer_takes_over_the_rest_of_the_older(world):
    made = waiting(world, 6, update(LEVEL, "x"))
    longer(world, made, 5)
    go = changer(world, 2)
    go(), go()
    assert numbers(world, made) == [2, 2, 1, 1, 1, 1]
    longer(world, made, 9)
    go_over(world)
    assert numbers(world, made) == [3] * 6
    assert {row["due_at"] for row in world.people(made)} == {START + timedelta(days=9)}
    came_from = [last_line(world, row)["detail"]["from_version"] for row in world.people(made)]
    assert came_from == [2, 2, 1, 1, 1, 1]
    visits = [row["visit"] for row in world.people(made)]
    assert visits == [3, 3, 2, 2, 2, 2]
    rows = world.rows(world.tables.changeovers)
    assert [(row["state"], row["moved"]) for row in rows] == [("superseded", 2), ("done", 6)]


def test_the_choice_of_the_newer_publish_counts_for_everybody_who_is_left(world):
    made = waiting(world, 3, update(LEVEL, "x"))
    longer(world, made, 5, removed="exit")
    publish(world, made, placed(made.steps[1], update(LEVEL, "y")), removed="next")
    go_over(world)
    world.run()
    assert Counter(row["end_reason"] for row in world.people(made)) == {"completed": 3}
    assert set(world.host.values(LEVEL).values()) == {"y"}


def test_whom_a_tick_holds_is_passed_over_and_found_again(world):
    made = waiting(world, 3, update(LEVEL, "x"))
    waits, sets = made.steps
    longer(world, made)
    world.turn(days=2)
    other = changer(world)
    going_over = threading.Thread(target=lambda: world.turn_wheel(other), daemon=True)

    def meanwhile(name):
        if name == "step.after_claim" and not going_over.ident:
            going_over.start()
            going_over.join(0.3)

    world.fate.act = meanwhile
    world.tick()
    world.fate.act = None
    going_over.join(JOINED_SECONDS)
    assert not going_over.is_alive()
    go_over(world)
    # they had their turn at the old version before
    assert world.states(made) == ["ended"] * 3
    assert set(world.host.values(LEVEL).values()) == {"x"}
    assert progress(world, made) == ("done", 3, 0, 0, 0)
    assert numbers(world, made) == [1] * 3
    assert (waits, sets) == made.steps


def test_a_worker_that_claimed_before_somebody_went_over_settles_nothing(world):
    """The fence: of a tick and a changeover that both believe to have a row, one wins."""
    made = waiting(world, 1)
    longer(world, made)
    world.turn(days=2)
    with world.services.begin() as work:
        ((at, (member,)),) = work.store.claim(world.now, 10, 0, ())
    go_over(world)
    before = world.people(made)
    with pytest.raises(Interrupted), world.services.begin() as work:
        version = work.store.version(at.version_id)
        work.store.settle([stand(version, at, member)], world.now)
    assert world.people(made) == before


def test_a_changeover_that_cannot_be_done_keeps_nobody_from_going_on(world):
    made = waiting(world, 1, update(LEVEL, "x"))
    longer(world, made)
    table = world.tables.changeovers
    with world.host.engine.begin() as connection:
        connection.execute(table.update().values(version_id=10**9))
    changer(world)()  # nobody is active: on to those who wait
    world.turn(days=2)
    later(world)
    assert world.tick() == 1
    assert world.states(made) == ["ended"]
    with world.host.engine.begin() as connection:
        connection.execute(table.delete())


def test_nobody_stays_frozen_who_goes_over_while_the_journey_is_turned_on(world):
    made = waiting(world, 3, update(LEVEL, "x"))
    world.disable(made)
    world.turn(days=2)
    world.run()
    publish(world, made, placed(made.steps[1], update(LEVEL, "x")))
    with world.host.engine.begin() as connection:
        connection.execute(world.tables.journeys.update().values(status="enabled"))
    thaw = Thawing(world.services.begin, 1)
    thaw.step()
    go_over(world)
    world.turn_wheel(thaw.step)
    assert [row["frozen_due_at"] for row in world.people(made)] == [None] * 3
    world.run()
    assert world.states(made) == ["ended"] * 3


def test_nobody_enters_at_an_older_version_once_a_newer_is_published(world):
    """The intake has looked up the live version, and before it enrolls a newer one is published."""
    made = world.publish(journey(wait(2, "days")))
    with world.services.begin() as work:
        (live,) = work.store.live([OWNER])
    longer(world, made)
    (ann,) = world.host.subscribe(1)
    entry = Entry(live.version, LIST, ann, KEY, b"p" + KEY, None)
    with pytest.raises(Interrupted, match="newer version"), world.services.begin() as work:
        work.store.enroll([entry], world.now)
    assert world.people(made) == []
    world.enter([ann])
    assert numbers(world, made) == [2]


def test_whoever_waits_for_the_hosts_answer_goes_over_and_hears_it(make_world):
    world = by_call(make_world)
    world.host.set_user(OWNER, APIKey="key-of-the-owner")
    subscribe = step("Subscribe", list_id=OTHER_LIST)
    made = world.publish(journey(subscribe, update(LEVEL, "x")))
    world.enter(1)
    world.tick()
    (asked,) = world.deliveries()
    assert asked["state"] == "new"
    publish(
        world,
        made,
        placed(made.steps[0], subscribe),
        placed(made.steps[1], update(LEVEL, "y")),
    )
    go_over(world)
    world.other_side.answer = lambda request: answered(200, b'{"Success": true, "ErrorCode": 0}')
    world.run()
    assert len(world.deliveries()) == 1
    assert world.path(world.people(made)[0]["id"])[:3] == [
        "Subscribe stay",
        "Subscribe moved",
        "Subscribe next",
    ]
    assert set(world.host.values(LEVEL).values()) == {"y"}


def test_ten_thousand_people_go_over_while_two_workers_tick(make_world):
    world = make_world(tick_rows=500)
    made = world.publish(journey(wait(1, "hours"), update(LEVEL, "{{ Subscriber:Level }}x")))
    world.enter(world.host.subscribe([{"CustomField4": "-"}] * 10_000))
    world.run()
    table = world.tables.enrollments
    with world.host.engine.begin() as connection:  # half of them are not due for a day
        connection.execute(
            table.update().where(table.c.id % 2 == 0).values(due_at=world.now + timedelta(days=1))
        )
    world.turn(hours=1)
    waits, sets = made.steps
    publish(
        world,
        made,
        placed(waits, wait(1, "hours")),
        placed(sets, update(LEVEL, "{{ Subscriber:Level }}y")),
    )
    workers = [world.build() for _ in range(2)]
    for _ in range(3):  # whom the other one held is looked for a second later
        at_once(*(until_idle(worker.executor.tick) for worker in workers))
        later(world)
    state, total, moved, exited, behind = progress(world, made)
    assert (state, total, exited, behind) == ("done", 10_000, 0, 0)
    assert Counter(world.states(made)) == {"ended": 5_000, "waiting": 5_000}
    values = Counter(world.host.values(LEVEL).values())
    assert values["-"] == 5_000
    # who was due ran once, at the one version or the other; everybody else went over once
    assert values["-x"] + values["-y"] == 5_000
    assert Counter(numbers(world, made)) == {1: values["-x"], 2: moved}
    assert moved == 5_000 + values["-y"]
    lines = world.rows(world.tables.step_log, outcome="moved")
    assert len({line["enrollment_id"] for line in lines}) == len(lines) == moved
