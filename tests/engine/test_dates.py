"""DateField: on the day, days before or after, every year, in the zone of the journey."""

from datetime import UTC, datetime, timedelta

import pytest

from plugin.errors import InvalidDocument
from tests.documents import journey, update, wait
from tests.engine.timing import at, later, plan_of, planner, who
from tests.world_host import BORN, CITY, LANGUAGE, LIST, OTHER_LIST
from tests.world_parts import Died, counted

SOON = wait(1, "hours")


def dated(field=BORN, *steps, lists=(LIST,), zone="UTC", reentry="once_at_a_time", **params):
    name = f"CustomField{field}" if isinstance(field, int) else field
    params = {"list_ids": list(lists), "field": name, **params}
    trigger = {"type": "DateField", "params": params}
    return journey(*(steps or (SOON,)), trigger=trigger, time_zone=zone, reentry=reentry)


def born(world, *days, **more):
    return world.host.subscribe([{"CustomField6": day} for day in days], **more)


def test_people_enter_on_the_day_at_the_time_and_once(world):
    published = world.publish(dated(at="09:00"))
    today, _, _, _ = born(world, "2026-03-02", "2026-03-03", None, "0000-00-00")
    at(world, "2026-03-02 08:59:59")
    assert who(world, published) == []
    at(world, "2026-03-02 09:00")
    assert who(world, published) == [today]
    later(world, hours=2)
    assert world.states(published) == ["ended"]
    (event,) = world.rows(world.tables.inbox)
    assert event["data"]["date"] == "2026-03-02"


@pytest.mark.parametrize(
    ("days", "date"), [(-7, "2026-03-09"), (0, "2026-03-02"), (1, "2026-03-01")]
)
def test_days_before_and_after(world, days, date):
    published = world.publish(dated(days=days))
    others = [d for d in ("2026-03-09", "2026-03-02", "2026-03-01", "2025-03-02") if d != date]
    chosen, *_ = born(world, date, *others)
    later(world, hours=2)
    assert who(world, published) == [chosen]


def test_a_birthday_comes_every_year(world):
    published = world.publish(dated(yearly=True))
    ann, bob, _ = born(world, "1980-03-02", "2031-03-02", "1980-03-03")
    later(world, hours=2)
    assert who(world, published) == [ann, bob]
    at(world, "2027-03-01 23:00")
    assert who(world, published) == [ann, bob]
    at(world, "2027-03-02 09:00")
    assert who(world, published) == [ann, bob, ann, bob]


LEAP_DAYS = [
    ("2027-02-27 08:00", ["2027-02-28"]),
    ("2028-02-27 08:00", ["2028-02-29"]),
]


@pytest.mark.parametrize(("start", "days"), LEAP_DAYS)
def test_who_was_born_on_a_leap_day_is_met_once_every_year(world, start, days):
    at(world, start)
    world.publish(dated(yearly=True))
    born(world, "2000-02-29")
    for _ in range(5):
        later(world, days=1)
    assert [e["data"]["date"] for e in world.rows(world.tables.inbox)] == days


ZONES = [
    ("Pacific/Kiritimati", "2026-03-03", "2026-03-02 19:00"),
    ("Pacific/Pago_Pago", "2026-03-03", "2026-03-03 20:00"),
    ("Europe/Oslo", "2026-03-03", "2026-03-03 08:00"),
]


@pytest.mark.parametrize(("zone", "day", "moment"), ZONES)
def test_a_day_is_the_day_of_the_journeys_zone(world, zone, day, moment):
    published = world.publish(dated(zone=zone))
    (ann,) = born(world, day)
    later(world)
    world.now = datetime.fromisoformat(moment).replace(tzinfo=UTC) - timedelta(seconds=1)
    later(world)
    assert who(world, published) == []
    later(world, seconds=1)
    assert who(world, published) == [ann]


def test_a_time_that_clocks_jump_over_is_the_first_after_it(world):
    published = world.publish(dated(zone="Europe/Oslo", at="02:30"))
    at(world, "2026-03-28 12:00")
    (ann,) = born(world, "2026-03-29")
    at(world, "2026-03-29 00:59")
    assert who(world, published) == []
    at(world, "2026-03-29 01:00")
    assert who(world, published) == [ann]


def test_a_time_that_comes_twice_is_the_first(world):
    published = world.publish(dated(zone="Europe/Oslo", at="02:30"))
    at(world, "2026-10-24 12:00")
    (ann,) = born(world, "2026-10-25")
    at(world, "2026-10-25 00:30")
    assert who(world, published) == [ann]
    at(world, "2026-10-25 01:30")
    assert who(world, published) == [ann]


TEXTS = [
    ("2026-03-02", True),
    ("2026-03-02 23:59:59", True),
    ("2026-03-02 10:00", False),
    ("2026-03-02T10:00:00", False),
    ("02.03.2026", False),
    ("xxxx-03-02", False),
    ("2026-03-02x", False),
    ("0000-03-02", False),
    ("0000-00-00", False),
    ("2026-02-30", False),
    ("", False),
    (None, False),
]


def test_text_counts_where_it_is_a_date(world):
    published = world.publish(dated(CITY))
    people = world.host.subscribe([{"CustomField3": text} for text, _ in TEXTS])
    later(world, hours=2)
    wanted = [i for i, (_, is_date) in zip(people, TEXTS, strict=True) if is_date]
    assert who(world, published) == wanted


def test_a_time_of_day_falls_on_the_day_that_the_journeys_zone_has_then(world):
    """The host writes its times in UTC; Kiritimati is fourteen hours ahead."""
    published = world.publish(dated(CITY, zone="Pacific/Kiritimati", yearly=True))
    days = ("02 09:59:59", "02 10:00:00", "03 09:59:59", "03 10:00:00")
    _, ann, bob, _ = world.host.subscribe([{"CustomField3": f"2010-03-{day}"} for day in days])
    at(world, "2026-03-02 19:00")
    assert who(world, published) == [ann, bob]


def test_a_field_of_the_account_and_a_column_of_the_list_may_hold_the_date(world):
    first = world.publish(dated(LANGUAGE, lists=(), yearly=True))
    second = world.publish(dated("SubscriptionDate", days=3))
    ann, bob = world.host.subscribe(2)
    (cid,) = world.host.subscribe(1, OTHER_LIST)
    world.host.change([bob], SubscriptionDate=world.now.replace(tzinfo=None, day=1, month=3))
    for place in (f"person{ann}@list1", f"PERSON{cid}@list2"):
        world.host.give_account_value(LANGUAGE, f"{place}.example.com", "1999-03-04")
    at(world, "2026-03-04 09:00")
    rows = {(row["list_id"], row["subscriber_id"]) for row in world.people(first)}
    assert rows == {(LIST, ann), (OTHER_LIST, cid)}
    assert who(world, second) == [bob]


def test_lists_are_looked_through_in_small_parts(world):
    published = world.publish(dated(LANGUAGE, lists=()))
    people = world.host.subscribe(9)
    for i in people[::2]:
        address = f"person{i}@list1.example.com"
        world.host.give_account_value(LANGUAGE, address, "1999-01-01")
        world.host.give_account_value(LANGUAGE, address, "2026-03-02")
    world.turn(hours=2)
    small = planner(world, 4)
    world.turn_wheel(small.plan)
    world.run()
    assert who(world, published) == people[::2]


def test_a_missed_day_is_made_up_for_within_three_days(world):
    published = world.publish(dated())
    old, lost, late, today = born(world, *(f"2026-03-0{n}" for n in (2, 5, 7, 9)))
    later(world)
    at(world, "2026-03-09 10:00")
    assert who(world, published) == [late, today]
    assert {old, lost}.isdisjoint(who(world, published))


def test_nobody_enters_twice_for_one_date_however_often_it_is_set(world):
    published = world.publish(dated(reentry="every_time"))
    (ann,) = born(world, "2026-03-02")
    later(world, hours=2)
    for day in ("2026-03-04", "2026-03-02"):
        world.host.change([ann], CustomField6=day)
        data = {"field_id": BORN, "to": day}
        world.accept(world.event(ann, type="field_changed", data=data))
        later(world, minutes=1)
    assert who(world, published) == [ann]
    world.host.change([ann], CustomField6="2026-03-04")
    later(world, days=2)
    assert who(world, published) == [ann, ann]


def test_a_date_that_is_moved_before_its_day_counts_on_its_new_day(world):
    published = world.publish(dated())
    (ann,) = born(world, "2026-03-03")
    later(world, hours=2)
    world.host.change([ann], CustomField6="2026-03-04")
    later(world, days=1)
    assert who(world, published) == []
    later(world, days=1)
    assert who(world, published) == [ann]


def test_a_date_that_becomes_todays_is_met_at_once_and_not_before_its_time(world):
    published = world.publish(dated())
    (ann,) = born(world, None)

    def change():
        data = {"field_id": BORN, "to": "2026-03-02"}
        world.accept(world.event(ann, type="field_changed", data=data))
        later(world)

    world.host.change([ann], CustomField6="2026-03-02")
    change()
    assert who(world, published) == []
    world.host.change([ann], CustomField6=None)
    later(world, hours=3)
    world.host.change([ann], CustomField6="2026-03-02")
    change()
    assert who(world, published) == [ann]


def test_a_date_that_a_step_writes_is_met_like_any_other(world):
    published = world.publish(dated(days=-1))
    world.publish(journey(update(BORN, "2026-03-03"), SOON))
    later(world, hours=2)
    (ann,) = world.enter(1)
    later(world)
    assert who(world, published) == [ann]
    event = world.row(world.tables.inbox, type="date_reached")
    assert (event["hops"], event["origin_enrollment_id"] is not None) == (1, True)


def test_only_the_subscribed_are_looked_for_unless_the_journey_says_so(world):
    strict = world.publish(dated())
    trigger = {"type": "DateField", "params": {"list_ids": [LIST], "field": "CustomField6"}}
    mild = world.publish(journey(SOON, trigger=trigger, unsubscribed="continue"))
    (ann,) = born(world, "2026-03-02", SubscriptionStatus="Unsubscribed")
    later(world, hours=2)
    assert (who(world, strict), who(world, mild)) == ([], [ann])
    assert world.counted("refused") == {}


def test_a_journey_that_is_off_looks_for_nobody_and_makes_up_for_nothing(world):
    published = world.publish(dated())
    (_, _, ann) = born(world, "2026-03-02", "2026-03-03", "2026-03-04")
    later(world)
    world.disable(published)
    at(world, "2026-03-03 12:00")
    assert world.rows(world.tables.plans) == []
    world.enable(published)
    later(world)
    assert who(world, published) == []
    at(world, "2026-03-04 09:00")
    assert who(world, published) == [ann]


def test_each_enabled_journey_has_one_plan_and_others_wait_for_no_time(world):
    timed = world.publish(dated())
    plain = world.publish(journey(SOON))
    later(world)
    assert plan_of(world, plain)["due_at"] is None
    assert (plan_of(world, timed)["slot"], plan_of(world, timed)["trigger"]) == (
        "2026-03-02",
        "DateField",
    )
    world.disable(plain)
    later(world)
    assert [p["journey_id"] for p in world.rows(world.tables.plans)] == [timed.id]


def test_several_workers_lose_nobody_and_meet_nobody_twice(world):
    published = world.publish(dated(reentry="every_time"))
    people = born(world, *["2026-03-02", "2026-03-03"] * 20)
    world.turn(hours=2)
    crew = [planner(world, rows) for rows in (1, 3, 7)]
    world.turn_wheel(*(one.plan for one in crew))
    world.run()
    assert who(world, published) == people[::2]


@pytest.mark.parametrize("point", ["plan.after_claim", "plan.before_commit", "plan.after_commit"])
@pytest.mark.parametrize("passing", [1, 3])
def test_a_worker_that_dies_over_it_loses_nobody(world, point, passing):
    published = world.publish(dated(reentry="every_time"))
    people = born(world, *["2026-03-02"] * 10)
    world.turn(hours=2)
    world.fate.point, world.fate.passing = point, passing
    doomed = planner(world, 3)
    with pytest.raises(Died):
        world.turn_wheel(doomed.plan)
    world.restart()
    later(world)
    assert who(world, published) == people


def test_a_list_that_is_gone_keeps_no_other_from_its_turn(world):
    published = world.publish(dated(LANGUAGE, lists=()))
    (ann,) = world.host.subscribe(1, OTHER_LIST)
    world.host.give_account_value(LANGUAGE, f"person{ann}@list2.example.com", "2026-03-02")
    world.host.rename("subscribers_1", to="away")
    later(world, hours=2)
    assert who(world, published) == [ann]
    world.host.rename("away", to="subscribers_1")


def test_a_thousand_are_found_in_as_many_statements_as_ten(world):
    published = world.publish(dated())
    lengths = []
    for day, how_many in (("2026-03-03", 10), ("2026-03-04", 1000)):
        born(world, *[day] * how_many)
        at(world, f"{day} 08:00")
        world.turn(hours=1)
        world.seconds += 60
        with counted() as statements:
            world.turn_wheel(world.services.planner.plan)
        lengths.append(len(statements.of_work()))
        world.run()
    assert len(who(world, published)) == 1010
    assert lengths[1] <= lengths[0]


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"field": 99}, "no field CustomField99"),
        ({"lists": (OTHER_LIST,)}, "choose that list alone"),
        ({"lists": ()}, "choose that list alone"),
        ({"lists": (9,)}, "no list 9"),
    ],
)
def test_a_field_must_be_of_the_chosen_lists(world, params, match):
    with pytest.raises(InvalidDocument, match=match):
        world.publish(dated(**params))
