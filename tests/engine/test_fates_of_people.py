"""What becomes of people at each step when a new version is published."""

from __future__ import annotations

from datetime import timedelta

from tests.documents import decide, journey, off, rule, update, wait, webhook
from tests.engine.versions import (
    edit,
    go_over,
    last_line,
    numbers,
    placed,
    publish,
    waiting,
)
from tests.world import START
from tests.world_host import CITY, LEVEL, ORDERS

OSLO = {"all": [rule(CITY, "is", "Oslo")]}
OFFICE = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}


def test_whoever_enters_after_a_publish_enters_at_the_new_version_and_others_run_on(world):
    made = waiting(world, wait(1, "hours"), update(LEVEL, "old"))
    waits, sets = made.steps
    done = publish(world, made, placed(waits, wait(1, "hours")), placed(sets, update(LEVEL, "new")))
    assert (done.number, done.people) == (2, 1)
    world.enter(1)
    assert numbers(world, made) == [1, 2]
    world.turn(hours=1)
    world.run()
    world.turn(hours=1)
    world.run()
    assert list(world.host.values(LEVEL).values()) == ["old", "new"]
    go_over(world)
    assert numbers(world, made) == [1, 2]


def test_a_longer_wait_is_recomputed_from_its_start(world):
    made = waiting(world, wait(2, "hours"), update(LEVEL, "x"))
    waits, sets = made.steps
    world.turn(hours=1)
    publish(world, made, placed(waits, wait(5, "hours")), placed(sets, update(LEVEL, "x")))
    go_over(world)
    (person,) = world.people(made)
    assert (person["state"], person["due_at"]) == ("waiting", START + timedelta(hours=5))
    line = last_line(world, person)
    assert (line["action"], line["outcome"], line["logged_at"]) == ("Wait", "moved", world.now)
    assert line["detail"] == {
        "version": 2,
        "from_version": 1,
        "from": START.isoformat(),
        "base": (START + timedelta(hours=5)).isoformat(),
        "until": (START + timedelta(hours=5)).isoformat(),
        "zone": "UTC",
    }
    world.turn(hours=4)
    world.run()
    assert world.path(person["id"]) == ["Wait until", "Wait moved", "UpdateCustomFieldValue next"]


def test_a_wait_that_is_recomputed_twice_still_counts_from_its_start(world):
    made = waiting(world, wait(2, "hours"))
    for hours in (5, 3):
        world.turn(minutes=30)
        publish(world, made, placed(made.steps[0], wait(hours, "hours")))
        go_over(world)
    (person,) = world.people(made)
    assert person["due_at"] == START + timedelta(hours=3)
    assert numbers(world, made) == [3]


def test_the_start_of_a_wait_is_when_it_ran_not_when_its_step_was_reached(world):
    """They were held at the wait for an hour, because their list could not be read."""
    made = world.publish(journey(wait(2, "hours")))
    world.enter(1)
    table = world.host.shards[1].name
    world.host.execute(f"ALTER TABLE {table} RENAME TO away")
    world.run()
    world.turn(hours=1)
    world.host.execute(f"ALTER TABLE away RENAME TO {table}")
    world.restart()
    world.run()
    publish(world, made, placed(made.steps[0], wait(4, "hours")))
    go_over(world)
    assert world.people(made)[0]["due_at"] == START + timedelta(hours=5)


def test_whose_wait_is_over_by_the_new_settings_is_due_now(world):
    made = waiting(world, wait(2, "days"), update(LEVEL, "x"))
    waits, sets = made.steps
    world.turn(hours=3)
    publish(world, made, placed(waits, wait(1, "hours")), placed(sets, update(LEVEL, "x")))
    go_over(world)
    assert world.people(made)[0]["due_at"] == world.now
    world.run()
    assert world.states(made) == ["ended"]


def test_a_window_counts_anew_also_for_those_whose_bare_wait_is_over(world):
    made = waiting(world, wait(2, "days"))
    world.now = START + timedelta(hours=12)  # Monday, 20:00
    publish(world, made, placed(made.steps[0], wait(1, "hours", window=OFFICE)))
    go_over(world)
    assert world.people(made)[0]["due_at"] == START + timedelta(hours=25)


def test_another_zone_moves_the_window_of_the_same_wait(world):
    made = waiting(world, wait(10, "hours", window=OFFICE))
    assert world.people(made)[0]["due_at"] == START + timedelta(hours=25)
    publish(
        world,
        made,
        placed(made.steps[0], wait(10, "hours", window=OFFICE)),
        time_zone="America/New_York",
    )
    go_over(world)
    # 18:00 in UTC is 13:00 in New York: the window is open
    assert world.people(made)[0]["due_at"] == START + timedelta(hours=10)


def test_a_wait_that_is_the_same_keeps_its_due_time_to_the_microsecond(world):
    world.now = START + timedelta(microseconds=123457)
    made = waiting(world, wait(2, "hours"), update(LEVEL, "x"))
    due = world.people(made)[0]["due_at"]
    waits, sets = made.steps
    publish(world, made, placed(waits, wait(2, "hours")), placed(sets, update(LEVEL, "y")))
    go_over(world)
    (person,) = world.people(made)
    assert person["due_at"] == due
    assert last_line(world, person)["detail"] == {"version": 2, "from_version": 1}


def test_a_wait_that_is_turned_off_lets_people_through(world):
    made = waiting(world, wait(2, "days"), update(LEVEL, "x"))
    waits, sets = made.steps
    publish(world, made, off(placed(waits, wait(2, "days"))), placed(sets, update(LEVEL, "x")))
    go_over(world)
    world.run()
    assert world.states(made) == ["ended"]


def test_whose_step_is_gone_goes_to_the_next_one_and_runs_it_once(world):
    made = waiting(world, wait(2, "days"), update(LEVEL, "gone"), update(LEVEL, "last"))
    _, _, last = made.steps
    publish(world, made, placed(last, update(LEVEL, "next")))
    go_over(world)
    (person,) = world.people(made)
    assert (person["step_id"], person["state"], person["due_at"]) == (last, "active", world.now)
    assert last_line(world, person)["detail"]["step"] == made.steps[0]
    world.run()
    assert list(world.host.values(LEVEL).values()) == ["next"]


def test_whose_step_is_gone_leaves_if_the_publisher_wants_it(world):
    made = waiting(world, wait(2, "days"), update(LEVEL, "x"), people=3)
    publish(world, made, placed(made.steps[1], update(LEVEL, "x")), removed="exit")
    go_over(world)
    for person in world.people(made):
        assert (person["state"], person["end_reason"]) == ("ended", "step_removed")
        assert last_line(world, person)["detail"] == {
            "reason": "step_removed",
            "version": 2,
            "from_version": 1,
        }
    assert world.counted("ended") == {"step_removed": 3}
    world.turn(minutes=1)
    world.enter([world.people(made)[0]["subscriber_id"]])
    assert numbers(world, made) == [1, 1, 1, 2]


def test_a_step_of_another_kind_is_a_step_that_is_gone(world):
    made = waiting(world, wait(2, "days"), update(LEVEL, "x"))
    waits, sets = made.steps
    publish(world, made, placed(waits, webhook()), placed(sets, update(LEVEL, "x")))
    go_over(world)
    world.run()
    assert world.deliveries() == []
    assert world.states(made) == ["ended"]


def test_nothing_left_below_completes_the_journey(world):
    made = waiting(world, update(LEVEL, "x"), wait(2, "days"))
    publish(world, made, placed(made.steps[0], update(LEVEL, "x")))
    go_over(world)
    assert world.people(made)[0]["end_reason"] == "completed"


def test_out_of_a_branch_nobody_comes_into_the_other(world):
    asked = decide(OSLO, [wait(2, "days")], [update(LEVEL, "false")])
    made = world.publish(journey(asked, update(LEVEL, "below")))
    decision, waits, wrong, below = made.steps
    world.enter(world.host.subscribe([{"CustomField3": "Oslo"}]))
    world.run()
    assert world.people(made)[0]["step_id"] == waits
    publish(
        world,
        made,
        placed(decision, decide(OSLO, [], [placed(wrong, update(LEVEL, "false"))])),
        placed(below, update(LEVEL, "below")),
    )
    go_over(world)
    assert world.people(made)[0]["step_id"] == below


def test_held_people_stay_held_and_go_on_by_the_new_version(world):
    made = world.publish(journey(update(ORDERS, "{{ Subscriber:City }}")))
    world.enter(world.host.subscribe([{"CustomField3": "Oslo"}]))
    world.run()
    (before,) = world.people(made)
    assert before["state"] == "held"
    publish(world, made, placed(made.steps[0], update(ORDERS, "7")))
    go_over(world)
    (after,) = world.people(made)
    for name in ("state", "due_at", "cause", "cause_text", "attempts", "step_id", "arrived_at"):
        assert after[name] == before[name]
    world.turn(hours=1)
    world.run()
    assert list(map(str, world.host.values(ORDERS).values())) == ["7"]


def test_people_of_a_journey_that_is_off_go_over_frozen(world):
    made = waiting(world, wait(2, "hours"), update(LEVEL, "x"), people=2)
    waits, sets = made.steps
    world.disable(made)
    world.turn(hours=3)
    world.run()
    assert [row["due_at"] for row in world.people(made)] == [None, None]
    publish(world, made, placed(waits, wait(1, "days")), placed(sets, update(LEVEL, "x")))
    go_over(world)
    for person in world.people(made):
        assert (person["due_at"], person["state"]) == (None, "waiting")
        assert person["frozen_due_at"] == START + timedelta(days=1)
    publish(world, made, placed(sets, update(LEVEL, "x")))
    go_over(world)
    assert [row["frozen_due_at"] for row in world.people(made)] == [world.now] * 2
    world.run()
    assert world.states(made) == ["active"] * 2
    world.enable(made)
    world.run()
    assert world.states(made) == ["ended"] * 2


def test_turning_on_publishes_what_was_edited_and_takes_people_along(world):
    made = waiting(world, wait(2, "hours"))
    world.disable(made)
    edit(world, made, placed(made.steps[0], wait(5, "hours")))
    world.enable(made)
    go_over(world)
    assert world.people(made)[0]["due_at"] == START + timedelta(hours=5)
