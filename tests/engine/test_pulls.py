"""ScheduledPull: so many people at a time, in turn, on the beat and inside the window."""

import pytest

from tests.documents import journey, wait
from tests.engine.timing import at, later, plan_of, planner, who
from tests.world_host import LIST, OTHER_LIST
from tests.world_parts import Died


def pulled(*steps, reentry="once_ever", zone="UTC", **params):
    params = {"list_id": LIST, "every": {"amount": 60, "unit": "minutes"}, "count": 2, **params}
    trigger = {"type": "ScheduledPull", "params": params}
    return journey(
        *(steps or (wait(90, "minutes"),)), trigger=trigger, reentry=reentry, time_zone=zone
    )


def test_some_are_let_in_at_once_and_then_on_the_beat_until_all_have_been(world):
    published = world.publish(pulled())
    people = world.host.subscribe(5)
    for hours, entered in [(0, 2), (0.5, 2), (0.5, 4), (1, 5), (1, 5)]:
        later(world, hours=hours)
        assert who(world, published) == people[:entered]


def test_people_are_taken_in_turn_round_and_round(world):
    published = world.publish(pulled(reentry="every_time"))
    ann, bob, cid = world.host.subscribe(3)
    for hours in (0, 1, 1):
        later(world, hours=hours)
    assert who(world, published) == [ann, bob, cid, ann, bob, cid]


def test_who_is_inside_is_passed_over(world):
    published = world.publish(pulled(wait(3, "hours"), reentry="once_at_a_time", count=1))
    ann, bob = world.host.subscribe(2)
    for hours in (0, 1, 1, 1):
        later(world, hours=hours)
    assert who(world, published) == [ann, bob, ann]
    assert world.counted("refused") == {}


def test_only_the_subscribed_of_the_list_are_picked(world):
    published = world.publish(pulled(count=10))
    (ann,) = world.host.subscribe(1)
    world.host.subscribe(1, SubscriptionStatus="Unsubscribed")
    world.host.subscribe(1, SubscriptionStatus="Opt-In Pending")
    world.host.subscribe(1, OTHER_LIST)
    later(world)
    assert who(world, published) == [ann]


def test_a_person_may_be_picked_only_so_often_in_a_time(world):
    cap = {"times": 2, "amount": 6, "unit": "hours"}
    published = world.publish(pulled(wait(5, "minutes"), reentry="every_time", cap=cap))
    (ann,) = world.host.subscribe(1)
    entered = []
    for hours in (0, 1, 1, 1, 1, 1, 1, 1):
        later(world, hours=hours)
        entered.append(len(who(world, published)))
    assert entered == [1, 2, 2, 2, 2, 2, 3, 4]
    assert set(who(world, published)) == {ann}


def test_a_pull_waits_for_its_window_in_the_zone_of_the_journey(world):
    window = {"days": ["mon", "tue"], "from": "09:00", "to": "11:00"}
    published = world.publish(pulled(zone="America/New_York", window=window))
    world.host.subscribe(20)
    moments = [
        ("2026-03-02 13:59", 0),
        ("2026-03-02 14:00", 2),
        ("2026-03-02 15:00", 4),
        ("2026-03-02 16:00", 4),
        ("2026-03-03 13:59", 4),
        ("2026-03-03 14:00", 6),
        ("2026-03-08 23:00", 8),
        ("2026-03-09 12:59", 8),
        ("2026-03-09 13:00", 10),
    ]
    for moment, entered in moments:
        at(world, moment)
        assert len(who(world, published)) == entered, moment


def test_missed_pulls_are_not_made_up_for_and_the_beat_is_kept(world):
    published = world.publish(pulled())
    world.host.subscribe(20)
    later(world, minutes=0)
    later(world, hours=5, minutes=20)
    assert len(who(world, published)) == 4
    later(world, minutes=39)
    assert len(who(world, published)) == 4
    later(world, minutes=1)
    assert len(who(world, published)) == 6


def test_days_keep_the_time_of_day_when_clocks_change(world):
    published = world.publish(pulled(zone="Europe/Oslo", every={"amount": 1, "unit": "days"}))
    at(world, "2026-03-28 08:00")
    later(world)
    assert plan_of(world, published)["slot"] == "2026-03-29T07:00:00+00:00"


def test_a_random_number_lies_between_both_ends(world):
    published = world.publish(pulled(count=1, count_max=4))
    world.host.subscribe(60)
    numbers = []
    for _ in range(12):
        before = len(who(world, published))
        later(world, hours=1)
        numbers.append(len(who(world, published)) - before)
    assert set(numbers) <= {1, 2, 3, 4}
    assert len(set(numbers)) > 1


def test_a_pull_goes_on_in_small_parts_until_it_has_all(world):
    published = world.publish(pulled(count=5))
    people = world.host.subscribe(12)
    world.host.unsubscribe(people[1:9:2])
    crew = [planner(world, rows) for rows in (1, 2)]
    world.turn_wheel(*(one.plan for one in crew))
    world.run()
    still = [i for i in people if i not in people[1:9:2]]
    assert who(world, published) == still[:5]


@pytest.mark.parametrize("point", ["plan.after_claim", "plan.before_commit", "plan.after_commit"])
@pytest.mark.parametrize("passing", [1, 3])
def test_a_worker_that_dies_over_it_picks_nobody_twice_and_no_more(world, point, passing):
    published = world.publish(pulled(count=4, reentry="every_time"))
    people = world.host.subscribe(10)
    world.fate.point, world.fate.passing = point, passing
    with pytest.raises(Died):
        world.turn_wheel(planner(world, 3).plan)
    world.restart()
    later(world)
    assert who(world, published) == people[:4]


def test_a_list_that_is_gone_is_looked_for_again(world):
    published = world.publish(pulled())
    people = world.host.subscribe(2)
    world.host.rename("subscribers_1", to="away")
    later(world)
    assert who(world, published) == []
    world.host.rename("away", to="subscribers_1")
    later(world, minutes=5)
    assert who(world, published) == people
