"""Housekeeping: counters are summed up, what is old is let go of, and no figure changes."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from plugin.domain.meaning import Figure
from plugin.engine import housekeeping
from plugin.engine.overdue import Choice
from plugin.storage.computing import Computing
from plugin.storage.database import Database
from tests.documents import decide, journey, rule, update, wait, webhook
from tests.world_host import CITY, LEVEL, OWNER
from tests.world_parts import Died

#: More batches than any of these tests needs.
BATCHES = 30


def keep_house(world):
    """Until there is nothing left to do."""
    for _ in range(BATCHES):
        world.seconds += 1
        world.services.housekeeper.keep()


def sums(world):
    found = Counter()
    for row in world.rows(world.tables.counters):
        found[Figure(*(row[name] for name in Figure._fields))] += row["n"]
    return found


def computing(world):
    return Computing(Database(world.settings.database_url), world.tables)


@pytest.fixture
def busy(world):
    """A journey through which people have come on three days; one of them is still inside."""
    published = world.publish(
        journey(
            decide({"all": [rule(CITY, "is", "Oslo")]}, [update(LEVEL, "x")], [webhook()]),
            wait(1, "hours"),
            reentry="once_ever",
        )
    )
    world.host.subscribe([{"CustomField3": "Oslo"}])
    for _ in range(3):
        world.enter(2)
        world.run()
        world.turn(hours=2)
        world.run()
        world.turn(days=1)
    world.enter(1)
    world.run()
    return published


def test_deltas_older_than_a_minute_become_one_row_for_all_that_is_the_same(world, busy):
    before = sums(world)
    world.turn(seconds=59)
    keep_house(world)
    young = [row for row in world.rows(world.tables.counters) if row["counted_at"] is not None]
    assert {world.now - row["counted_at"] for row in young} == {timedelta(seconds=59)}
    world.turn(minutes=2)
    keep_house(world)
    rows = world.rows(world.tables.counters)
    assert [row["counted_at"] for row in rows] == [None] * len(rows)
    assert len(rows) == len(before)
    assert sums(world) == before


def test_what_is_counted_later_is_added_to_the_same_row(world, busy):
    world.turn(minutes=2)
    keep_house(world)
    rows = len(world.rows(world.tables.counters))
    world.enter(1)
    world.run()
    before = sums(world)
    world.turn(minutes=2)
    keep_house(world)
    assert len(world.rows(world.tables.counters)) == rows
    assert sums(world) == before


@pytest.mark.parametrize("point", ["figures.before_commit", "figures.after_commit"])
def test_a_death_while_summing_up_changes_no_figure(world, busy, point, monkeypatch):
    monkeypatch.setattr(housekeeping, "COUNTERS", 3)
    before = sums(world)
    world.turn(minutes=2)
    world.fate.point = point
    with pytest.raises(Died):
        world.services.housekeeper.keep()
    assert sums(world) == before
    world.restart()
    for _ in range(BATCHES):
        world.seconds += 1
        world.services.housekeeper.keep()
        assert sums(world) == before
    assert len(world.rows(world.tables.counters)) == len(before)


def test_figures_that_were_lost_are_computed_again_by_day_step_and_branch(world, busy):
    before = sums(world)
    gone = sa.delete(world.tables.counters).where(world.tables.counters.c.id % 3 == 0)
    with world.host.engine.begin() as connection:
        connection.execute(gone)
    assert sums(world) != before
    found = computing(world).differences(OWNER, busy.id)
    assert found
    computing(world).correct(OWNER, busy.id, found, "cli")
    assert +sums(world) == +before
    assert computing(world).differences(OWNER, busy.id) == []


def test_the_figures_of_days_and_of_a_version_are_told(world, busy):
    first = world.now.date() - timedelta(days=3)
    reading = world.services.reading
    rows = reading.by_day(OWNER, busy.id, (first, first), 1)
    left = {(r.remark, r.n) for r in rows if r.figure == "left" and r.step_id == busy.steps[0]}
    assert left == {("branch:false", 2)}
    assert {(r.n, r.version) for r in rows if r.figure == "entered"} == {(2, 1)}
    assert reading.by_day(OWNER, busy.id, (first, first), 2) == []


def test_history_goes_a_year_after_the_end_and_what_it_was_counted_as_stays(world, busy):
    shown = world.services.reading.journey(OWNER, busy.id)
    before, entered = sums(world), len(world.people())
    world.turn(days=364)
    world.run()
    keep_house(world)
    kept = len(world.rows(world.tables.step_log))
    world.turn(days=3)
    keep_house(world)
    assert 0 < len(world.rows(world.tables.step_log)) < kept
    assert len(world.people()) == entered
    world.turn(days=400)
    keep_house(world)
    for table in (world.tables.step_log, world.tables.deliveries, world.tables.delivery_tries):
        assert world.rows(table) == []
    after = sums(world)
    assert {key: after[key] for key in before} == before
    again = world.services.reading.journey(OWNER, busy.id)
    assert (again.entered, again.refusals) == (shown.entered, shown.refusals)
    assert computing(world).differences(OWNER, busy.id) == []


def test_who_is_inside_keeps_all_their_history_however_old(world):
    world.publish(journey(webhook(), wait(3000, "days"), update(LEVEL, "x")))
    (ann,) = world.enter(1)
    world.run()
    world.turn(days=2000)
    keep_house(world)
    row = world.person(ann)
    assert world.path(row["id"]) == ["Webhook next", "Wait until"]
    assert len(world.rows(world.tables.delivery_tries)) == 1
    assert world.services.reading.person(OWNER, row["journey_id"], row["id"]).entered_by
    world.turn(days=1000)
    world.run()
    assert world.host.values(LEVEL) == {ann: "x"}


def test_who_entered_once_is_known_when_their_history_is_gone(world):
    world.publish(journey(wait(), reentry="once_ever"))
    (ann,) = world.enter(1)
    world.run()
    world.turn(hours=1)
    world.run()
    world.turn(days=1000)
    keep_house(world)
    assert world.history(world.person(ann)["id"]) == []
    world.enter([ann])
    assert world.counted("refused") == {"once_ever": 1}


def test_days_until_somebody_may_enter_again_count_on_without_history(world):
    rule = {"rule": "again_after", "days": 500, "since": "exit"}
    world.publish(journey(wait(), reentry=rule))
    (ann,) = world.enter(1)
    world.run()
    world.turn(hours=1)
    world.run()
    world.turn(days=499)
    keep_house(world)
    assert world.history(world.person(ann)["id"]) == []
    world.enter([ann])
    assert len(world.people()) == 1
    world.turn(days=1)
    world.enter([ann])
    assert len(world.people()) == 2


def test_an_event_is_known_again_until_its_repeat_would_be_too_old(world):
    world.publish(journey(wait(), reentry="every_time"))
    (ann,) = world.host.subscribe(1)
    event, idle = world.event(ann), world.event(ann, type="open")
    world.accept(event, idle)
    world.run()
    world.turn(hours=2)
    world.run()
    world.turn(days=40)
    keep_house(world)
    assert world.accept(event, idle) == (0, 2)
    world.turn(days=1000)
    keep_house(world)
    assert world.rows(world.tables.inbox) == []
    assert world.accept(event) == (1, 0)
    world.turn_wheel(world.services.intake.route)
    assert world.inbox() == [("ignored", "too_old")]
    assert len(world.people()) == 1


def test_events_that_wait_are_not_let_go_of(world):
    world.publish(journey(wait(), reentry="every_time"))
    (ann,) = world.host.subscribe(1)
    world.accept(world.event(ann))
    world.turn(days=1000)
    keep_house(world)
    world.turn_wheel(world.services.intake.route)
    assert world.states() == ["active"]


@pytest.mark.parametrize("point", ["old.before_commit", "old.after_commit"])
def test_a_death_while_history_goes_loses_no_figure(world, busy, point, monkeypatch):
    monkeypatch.setattr(housekeeping, "ROWS", 2)
    world.turn(days=1000)
    world.run()
    world.turn(days=1000)
    world.fate.point = point
    with pytest.raises(Died):
        world.services.housekeeper.keep()
    world.restart()
    assert computing(world).differences(OWNER, busy.id) == []
    keep_house(world)
    assert world.rows(world.tables.step_log) == []


def test_who_is_sent_past_a_step_while_entering_is_counted_there(world):
    """See the invariants: they came, and left."""
    published = world.publish(journey(wait(), caps={"per_hour": 1, "per_day": 0}))
    world.enter(3)
    assert world.states() == ["active", "entering", "entering"]
    world.disable(published)
    world.turn(hours=5)
    world.run()
    world.services.authoring.enable(OWNER, published.id, "user:1", Choice("skip"))
    world.seconds += 2
    world.run()
    assert set(world.states()) <= {"waiting", "ended"}
