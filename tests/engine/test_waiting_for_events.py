"""Waiting for events: which end a wait, since when, until when, and what is told of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.documents import journey, step, wait, wait_for
from tests.engine.awaiting import NO, PAID, PAYS, YES, branches, happens, waiters, waits
from tests.engine.test_housekeeping import keep_house
from tests.world_host import LEVEL, LIST, OTHER_LIST, OWNER
from tests.world_parts import counted


def of_url(match, value):
    return {"url": {"match": match, "value": value}}


def custom(**properties):
    return {"type": "custom", "data": {"name": "paid", "properties": properties}}


LARGE = [{"property": "total", "operator": "at_least", "value": "5"}]
CLICK = {"type": "click", "data": {"url": "https://a.example/x"}}
CASES = [
    ("opened", {}, {"type": "open"}, True),
    ("opened", {}, {"type": "open", "data": {"automated": True}}, False),
    ("opened", {}, CLICK, False),
    ("opened", {"email_ids": [7]}, {"type": "open", "data": {"email_id": "7"}}, True),
    ("opened", {"email_ids": [7]}, {"type": "open", "data": {"email_id": 8}}, False),
    ("clicked", {}, CLICK, True),
    ("clicked", of_url("prefix", "https://a."), CLICK, True),
    ("clicked", of_url("contains", "example/"), CLICK, True),
    ("clicked", of_url("exact", "https://a.example"), CLICK, False),
    ("converted", {"minimum": 10}, {"type": "conversion", "data": {"value": "10.00"}}, True),
    ("converted", {"minimum": 10}, {"type": "conversion", "data": {"value": 9.99}}, False),
    ("subscribed", {"list_ids": [LIST]}, {"type": "subscription"}, True),
    ("subscribed", {"list_ids": [OTHER_LIST]}, {"type": "subscription"}, False),
    ("custom", {"event": "paid"}, custom(), True),
    ("custom", {"event": "Paid"}, custom(), False),
    ("custom", {"event": "paid", "conditions": LARGE}, custom(total=5), True),
    ("custom", {"event": "paid", "conditions": LARGE}, custom(total=4), False),
]


def test_what_ends_a_wait_and_what_does_not(world):
    """Each case has a journey and a person of its own."""
    world.host.mail(campaigns={}, emails={7: OWNER, 8: OWNER})
    placed = []
    for number, (what, asked, _, _) in enumerate(CASES):
        text = journey(wait_for(what, YES, NO, **asked), wait(9, "days"), name=f"{number}")
        published = world.publish(text)
        placed.append((published, world.enter(1)[0]))
        world.disable(published)  # nobody else enters
    for published, _ in placed:
        world.enable(published)
    world.run()
    world.turn(minutes=5)
    for (*_, event, _), (_, who) in zip(CASES, placed, strict=True):
        world.accept(world.event(who, **event))
    world.run()
    for case, (published, who) in zip(CASES, placed, strict=True):
        expected = ["happened"] if case[-1] else []
        assert branches(world, published)[who] == expected, case[:3]
    world.turn(days=1)
    world.run()
    assert waiters(world) == []


def test_an_event_moves_the_person_at_once_and_the_history_says_which(world):
    published, (ann, bob) = waits(world, "clicked", people=2)
    began = world.now
    world.turn(minutes=5)
    happens(world, ann, **CLICK)
    assert branches(world) == {ann: ["happened"], bob: []}
    first, line = world.history(world.person(ann)["id"])[:2]
    until = (began + timedelta(days=1)).isoformat()
    assert first["detail"] == {"from": began.isoformat(), "until": until, "zone": "UTC"}
    (event,) = world.rows(world.tables.inbox, type="click")
    assert line["detail"]["event"] == {
        "id": event["id"],
        "type": "click",
        "list_id": LIST,
        "occurred_at": world.now.isoformat(),
        "url": "https://a.example/x",
    }
    assert [row["enrollment_id"] for row in waiters(world)] == [world.person(bob)["id"]]
    world.turn(days=1)
    world.run()
    assert branches(world)[bob] == ["timed_out"]
    assert world.host.values(LEVEL) == {ann: "yes", bob: "no"}
    assert waiters(world) == []
    left = world.counted("left", step_id=published.steps[0])
    assert left == {"branch:happened": 1, "branch:timed_out": 1}


def test_one_wait_may_follow_upon_another(world):
    """Whoever leaves the first one in the tick in which they come to the second waits there."""
    world.publish(journey(wait_for("opened"), wait_for("opened"), wait(9, "days")))
    ann, bob = world.enter(2)
    world.run()
    world.turn(hours=1)
    happens(world, ann, type="open", occurred_at=world.now - timedelta(minutes=1))
    world.turn(hours=23)
    world.run()
    assert branches(world) == {ann: ["happened"], bob: ["timed_out"]}
    assert len(waiters(world)) == 2
    happens(world, bob, type="open")
    assert branches(world) == {ann: ["happened"], bob: ["timed_out", "happened"]}


def test_days_are_those_of_the_wall_clock(world):
    placed = wait_for("opened", YES, NO, amount=27)
    world.publish(journey(placed, wait(), time_zone="Europe/Berlin"))
    world.enter(1)
    world.run()
    assert waiters(world)[0]["until_at"] == world.now + timedelta(days=27, hours=-1)


def test_what_counts_happened_since_they_came_and_arrived_in_time(world):
    """By when it happened (to the second), and by when it arrived."""
    world.turn(microseconds=700)
    _, people = waits(world, "opened", people=6)
    began, until = world.now, world.now + timedelta(days=1)
    late, soon, older, same, at_once, last = people
    world.turn(hours=1)
    world.accept(world.event(older, type="open", occurred_at=began - timedelta(seconds=1)))
    world.accept(world.event(same, type="open", occurred_at=began.replace(microsecond=0)))
    world.now = until - timedelta(microseconds=1)
    world.accept(world.event(soon, type="open", occurred_at=until))  # their clocks are ahead
    world.now = until
    world.accept(world.event(at_once, type="open", occurred_at=until))
    world.accept(world.event(late, type="open", occurred_at=began + timedelta(hours=1)))
    world.run()
    assert branches(world) == {
        older: ["timed_out"],
        same: ["happened"],
        soon: ["happened"],
        at_once: ["timed_out"],
        late: ["timed_out"],
        last: ["timed_out"],
    }


def test_the_time_is_over_only_when_what_arrived_before_is_routed(world):
    _, (ann, bob) = waits(world, "opened", people=2)
    world.turn(hours=23)
    world.accept(world.event(ann, type="open"))
    world.turn(hours=1)
    world.turn_wheel(world.tick)
    assert branches(world) == {ann: [], bob: []}
    world.turn_wheel(world.services.intake.route)
    world.turn(seconds=1)
    world.run()
    assert branches(world) == {ann: ["happened"], bob: ["timed_out"]}


def test_while_very_many_events_lie_in_the_inbox_nobody_looks_again_and_again(world):
    _, (ann,) = waits(world, "opened")
    world.turn(hours=23)
    world.accept(*(world.event(ann, type="delivery") for _ in range(3000)))
    world.turn(hours=1)
    world.turn_wheel(world.tick)
    (first, *_), (*_, last) = 2 * (world.rows(world.tables.inbox, state="new"),)
    seconds = (last["id"] - first["id"]) / 1000
    assert world.person(ann)["due_at"] == world.now + timedelta(seconds=seconds)
    world.turn_wheel(world.services.intake.route)
    world.turn(seconds=3)
    world.run()
    assert branches(world) == {ann: ["timed_out"]}


def test_it_may_count_what_happened_since_they_entered_or_some_days_before(world):
    """On their own list as well what nobody listened to then."""
    (ann, bob, eve) = world.host.subscribe(3)
    three = world.now - timedelta(days=3)
    world.accept(world.event(ann, type="open", occurred_at=three))
    world.accept(world.event(bob, type="open", occurred_at=three - timedelta(seconds=1)))
    world.accept(world.event(eve, type="open", occurred_at=three, data={"automated": True}))
    world.run()
    days = wait_for("opened", since="days", days=3)
    made = world.publish(journey(days, wait(9, "days")))
    world.enter([ann, bob, eve])
    world.run()
    assert branches(world, made) == {ann: ["happened"], bob: [], eve: []}
    assert world.path(world.person(ann)["id"])[0] == "WaitForEvent branch happened"
    world.disable(made)
    since = wait_for("opened", since="journey"), wait_for("opened", since="step")
    world.publish(journey(wait(1, "hours"), *since, wait(9, "days"), reentry="every_time"))
    (who,) = world.enter(1)
    world.run()
    world.turn(minutes=30)
    happens(world, who, type="open")
    world.turn(minutes=30)
    world.run()
    assert branches(world)[who] == ["happened"]
    world.turn(days=1)
    world.run()
    assert branches(world)[who] == ["happened", "timed_out"]


def test_the_event_that_let_them_in_ends_no_wait(world):
    trigger = {"type": "CustomEvent", "params": {"event": "paid"}}
    more = {"trigger": trigger, "reentry": "every_time"}
    world.publish(journey(wait_for(**PAID, since="journey"), wait(9, "days"), **more))
    (who,) = world.host.subscribe(1)
    happens(world, who, **PAYS)
    assert branches(world) == {who: []}
    happens(world, who, **PAYS)
    first, second = world.people()
    assert world.path(first["id"]) == [
        "WaitForEvent stay",
        "WaitForEvent branch happened",
        "Wait until",
    ]
    assert world.path(second["id"]) == ["WaitForEvent stay"]


@pytest.mark.parametrize("scope", ["person", "subscriber"])
def test_a_person_is_found_by_their_address_on_whatever_list(make_world, scope):
    world = make_world(reentry_scope=scope)
    _, (ann, bob) = waits(world, "subscribed", people=2, list_ids=[OTHER_LIST])
    row = {"EmailAddress": f"Person{ann}@list1.example.com"}
    world.report(world.host.subscribe([row], OTHER_LIST), OTHER_LIST)
    world.run()
    assert branches(world) == {ann: ["happened"], bob: []}


def test_what_our_own_steps_bring_about_ends_waits(world):
    if not world.host.rolls_back or world.settings.host_writes != "tables":
        return  # there the host reports it
    world.publish(journey(wait_for("subscribed", YES, NO, list_ids=[OTHER_LIST]), wait(9, "days")))
    joining = step("Subscribe", list_id=OTHER_LIST), wait_for("subscribed", list_ids=[OTHER_LIST])
    made = world.publish(journey(wait(1, "hours"), *joining, wait(9, "days"), name="Other"))
    (who,) = world.enter(1)
    world.run()
    world.turn(hours=1)
    world.run()
    assert [one for _, one in branches(world).items()] == [["happened"]]
    assert branches(world, made)[who] == ["happened"]


def test_matters_of_one_person_are_told_apart(world):
    trigger = {"type": "CustomEvent", "params": {"event": "cart", "correlation": "order"}}
    placed = wait_for(**PAID, correlation="id", entry_property="order")
    world.publish(journey(placed, wait(9, "days"), trigger=trigger))
    (who,) = world.host.subscribe(1)
    for order in (1, 2):
        data = {"name": "cart", "properties": {"order": order}}
        world.accept(world.event(who, type="custom", data=data))
    world.run()
    happens(world, who, **custom(id="2"))
    happens(world, who, **custom())
    paths = [world.path(row["id"])[1:] for row in world.people()]
    assert paths == [[], ["WaitForEvent branch happened", "Wait until"]]


def test_who_waits_for_a_matter_that_nobody_knows_waits_in_vain(world):
    _, (who,) = waits(world, **PAID, correlation="order")
    happens(world, who, **custom(order="1"))
    happens(world, who, **custom())
    assert branches(world) == {who: []}
    world.turn(days=1)
    world.run()
    assert branches(world) == {who: ["timed_out"]}


def test_a_purchase_is_known_by_the_reference_of_its_conversion(world):
    trigger = {"type": "CustomEvent", "params": {"event": "cart", "correlation": "order"}}
    placed = wait_for("converted", correlation="reference", entry_property="order")
    world.publish(journey(placed, wait(9, "days"), trigger=trigger))
    (who,) = world.host.subscribe(1)
    data = {"name": "cart", "properties": {"order": 17}}
    happens(world, who, type="custom", data=data)
    happens(world, who, type="conversion", data={"value": 5, "reference": "18"})
    assert branches(world) == {who: []}
    happens(world, who, type="conversion", data={"value": 5, "reference": "17"})
    assert branches(world) == {who: ["happened"]}


def test_what_arrives_while_the_journey_is_off_is_taken_when_it_goes_on(world):
    made, (ann, bob) = waits(world, "opened", people=2)
    world.disable(made)
    world.turn(hours=1)
    happens(world, ann, type="open")
    world.turn(days=1)
    happens(world, bob, type="open")
    assert branches(world) == {ann: [], bob: []}
    world.turn(days=60)
    keep_house(world)
    world.enable(made)
    world.seconds += 10
    world.run()
    assert branches(world) == {ann: ["happened"], bob: ["timed_out"]}


def test_many_events_wake_many_people_by_as_many_statements_as_two(world):
    """And so do a look after the commit and a time-out."""

    def lives(people):
        made = world.publish(journey(wait_for("opened", amount=9), name=f"of {people}"))
        texts = []
        ids = world.enter(people)
        for act in (
            world.tick,
            world.tick,
            lambda: world.accept(*(world.event(i, type="open") for i in ids[: people // 2])),
            world.services.intake.route,
            world.tick,
            lambda: world.turn(days=9),
            world.tick,
        ):
            with counted() as statements:
                act()
            texts.append(len(statements.of_work()))
        ends = world.counted("ended", journey_id=made.id)
        assert ends == {"completed": people}
        world.disable(made)
        return texts

    lives(2)  # what is loaded once is loaded
    assert lives(2) == lives(900)
