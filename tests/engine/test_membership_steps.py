"""Subscribe, Unsubscribe and DeleteSubscriber by SQL: the host's rows, our events, the history."""

from __future__ import annotations

import pytest

from plugin.errors import CannotEvaluate, InvalidDocument
from tests.documents import journey, step, update, wait, webhook
from tests.engine.kinds import acting
from tests.engine.modes import at_once
from tests.engine.test_workers import at_once as both_at_once
from tests.engine.test_workers import until_idle
from tests.world_host import LEVEL, LIST, OTHER_LIST, OTHERS_CITY, OWNER, STRANGERS_LIST
from tests.world_parts import counted


@pytest.fixture
def world(make_world):
    return at_once(make_world)


SUBSCRIBE = step("Subscribe", list_id=OTHER_LIST)
NAMES = ["a@example.com", "b@example.com", "c@example.com"]


def people(world, *emails, **same):
    return world.host.subscribe([{"EmailAddress": email} for email in emails], **same)


def enter(world, *emails):
    return world.enter(people(world, *emails))


def detail(world, subscriber_id, visit=1):
    return world.history(world.person(subscriber_id, list_id=LIST)["id"])[visit - 1]["detail"]


def test_who_is_subscribed_starts_the_journeys_of_that_list_once(world):
    first = world.publish(journey(SUBSCRIBE, wait(1, "days")))
    second = world.publish(journey(wait(1, "days"), lists=[OTHER_LIST], name="Second"))
    enter(world, *NAMES)
    world.run()
    assert world.host.roll(OTHER_LIST) == dict.fromkeys(NAMES, "Subscribed")
    assert len(world.people(second)) == 3
    origins = {row["id"] for row in world.people(first)}
    events = world.rows(world.tables.inbox, source=b"journeys")
    assert {row["origin_enrollment_id"] for row in events} == origins
    assert {row["hops"] for row in events} == {1}


def test_the_hosts_own_report_of_what_we_did_is_a_repeat(world):
    world.publish(journey(SUBSCRIBE))
    second = world.publish(journey(wait(1, "days"), lists=[OTHER_LIST], name="Second"))
    enter(world, "a@example.com")
    world.run()
    (there,) = world.host.values(OTHERS_CITY, OTHER_LIST)
    assert world.report([there], OTHER_LIST) == (0, 1)
    world.run()
    assert len(world.people(second)) == 1


def test_what_came_of_it_stands_in_the_history(world):
    world.publish(journey(SUBSCRIBE, wait(1, "days")))
    people(world, "b@example.com", list_id=OTHER_LIST)
    people(world, "c@example.com", list_id=OTHER_LIST, SubscriptionStatus="Unsubscribed")
    a, b, c = enter(world, *NAMES)
    world.run()
    assert detail(world, a) == {"list_id": OTHER_LIST, "result": "subscribed"}
    assert detail(world, b) == {"list_id": OTHER_LIST, "result": "already_subscribed"}
    refused = {"list_id": OTHER_LIST, "result": "refused", "reason": "unsubscribed"}
    assert detail(world, c) == refused
    assert {world.path(row["id"])[0] for row in world.people()} == {"Subscribe next"}
    results = {"subscribed": 1, "already_subscribed": 1, "refused:unsubscribed": 1}
    assert world.counted("result") == results


def test_who_leaves_their_own_list_leaves_the_journey_before_the_next_step(world):
    world.publish(journey(step("Unsubscribe"), update(LEVEL, "too far")))
    (ann,) = enter(world, "a@example.com")
    world.run()
    assert world.person(ann)["end_reason"] == "unsubscribed"
    assert world.path(world.person(ann)["id"]) == [
        "Unsubscribe next",
        "UpdateCustomFieldValue end",
    ]
    assert world.host.values(LEVEL) == {ann: None}


def test_where_the_journey_lets_them_they_go_on_after_leaving(world):
    world.publish(journey(step("Unsubscribe"), update(LEVEL, "on"), unsubscribed="continue"))
    (ann,) = enter(world, "a@example.com")
    world.run()
    assert world.person(ann)["end_reason"] == "completed"
    assert world.host.values(LEVEL) == {ann: "on"}


def test_leaving_another_list_does_not_end_the_journey(world):
    world.publish(journey(step("Unsubscribe", list_id=OTHER_LIST), update(LEVEL, "on")))
    people(world, "a@example.com", list_id=OTHER_LIST)
    a, b = enter(world, "a@example.com", "b@example.com")
    world.run()
    assert world.host.roll(OTHER_LIST) == {"a@example.com": "Unsubscribed"}
    assert world.host.values(LEVEL) == {a: "on", b: "on"}
    assert detail(world, b)["reason"] == "not_on_list"


def test_another_enrollment_of_who_has_left_ends_in_the_same_tick(world):
    world.publish(journey(step("Unsubscribe"), name="Leave"))
    other = world.publish(journey(wait(1, "days"), update(LEVEL, "no"), name="Other"))
    (ann,) = enter(world, "a@example.com")
    world.run()
    world.turn(days=1)
    world.run()
    assert [row["end_reason"] for row in world.people(other)] == ["unsubscribed"]
    assert world.host.values(LEVEL) == {ann: None}


def test_the_deleted_are_gone_and_so_are_their_journeys(world):
    deleting = world.publish(journey(step("DeleteSubscriber"), name="Delete"))
    other = world.publish(journey(wait(1, "days"), update(LEVEL, "no"), name="Other"))
    enter(world, *NAMES)
    world.run()
    assert world.host.roll() == {}
    assert {row["end_reason"] for row in world.people(deleting)} == {"subscriber_deleted"}
    assert world.counted("ended", journey_id=deleting.id) == {"subscriber_deleted": 3}
    world.turn(days=1)
    world.run()
    assert {row["end_reason"] for row in world.people(other)} == {"subscriber_deleted"}
    events = world.rows(world.tables.inbox, type="subscriber_deleted")
    assert sorted(row["email"] for row in events) == NAMES


def test_all_lists_are_left_by_one_work_item_each(world):
    world.host.set_rules(LIST, OptOutScope="All lists")
    world.publish(journey(step("Unsubscribe")))
    for list_id in (OTHER_LIST, STRANGERS_LIST):
        people(world, *NAMES, list_id=list_id)
    enter(world, *NAMES)
    world.tick()
    assert set(world.host.roll(OTHER_LIST).values()) == {"Subscribed"}
    (item,) = world.rows(world.tables.inbox, type="leave_list")
    assert (item["list_id"], item["state"], item["hops"]) == (OTHER_LIST, "new", 1)
    world.run()
    assert set(world.host.roll(OTHER_LIST).values()) == {"Unsubscribed"}
    assert set(world.host.roll(STRANGERS_LIST).values()) == {"Subscribed"}
    told = world.rows(world.tables.inbox, type="unsubscription", list_id=OTHER_LIST)
    origins = {row["id"] for row in world.people()}
    assert {row["origin_enrollment_id"] for row in told} == origins
    assert {row["hops"] for row in told} == {1}


def test_a_work_item_of_a_list_that_is_gone_is_over_and_stops_nothing(world):
    world.host.set_rules(LIST, OptOutScope="All lists")
    world.publish(journey(step("Unsubscribe")))
    enter(world, "a@example.com")
    world.tick()
    world.host.rename(f"subscribers_{OTHER_LIST}", "elsewhere")
    world.turn_wheel(world.services.intake.route)
    (item,) = world.rows(world.tables.inbox, type="leave_list")
    assert (item["state"], item["reason"]) == ("ignored", "list_missing")


def test_a_double_opt_in_list_is_refused_when_the_journey_is_turned_on(world):
    world.host.set_rules(OTHER_LIST, OptInMode="Double")
    with pytest.raises(InvalidDocument, match="asks people to confirm"):
        world.publish(journey(SUBSCRIBE))


def test_people_hold_while_the_list_is_double_opt_in_and_go_on_after(world):
    world.publish(journey(SUBSCRIBE))
    world.host.set_rules(OTHER_LIST, OptInMode="Double")
    (ann,) = enter(world, "a@example.com")
    world.run()
    row = world.person(ann)
    assert (row["state"], row["cause"]) == ("held", "double_opt_in")
    world.host.set_rules(OTHER_LIST, OptInMode="Single")
    world.turn(minutes=6)
    world.run()
    assert world.person(ann, list_id=LIST)["end_reason"] == "completed"


def test_a_list_of_somebody_else_holds_like_one_that_is_gone(world):
    world.publish(journey(SUBSCRIBE))
    world.host.set_rules(OTHER_LIST, RelOwnerUserID=2)
    (ann,) = enter(world, "a@example.com")
    world.run()
    assert world.person(ann)["cause"] == "list_missing"
    assert world.host.roll(OTHER_LIST) == {}


def test_the_card_says_that_autoresponders_do_not_start(world):
    catalog = world.services.catalog(OWNER)
    subscribe = world.services.actions.load("Subscribe", {"list_id": OTHER_LIST})
    undone = [] if world.host.rolls_back else ["This host's tables undo nothing: it is done aft"]
    assert [note[:46] for note in subscribe.notes(catalog)] == [
        *(note[:46] for note in undone),
        "This list's autoresponders will not start: Jou",
    ]


def test_the_days_counts_are_the_last_statements(world):
    world.publish(journey(SUBSCRIBE, webhook()))
    enter(world, *NAMES)
    with counted() as statements:
        world.tick()
    texts = statements.of_work()
    hot = [at for at, text in enumerate(texts) if "stats_activity" in text]
    ours = [at for at, text in enumerate(texts) if "jny_" in text and "marker" not in text]
    written = [at for at in ours if not texts[at].startswith("SELECT")]
    assert min(hot) > max(written)


def test_a_part_that_is_undone_counts_nothing(make_world):
    def fail(batch, work):
        subscribe = world.services.actions.load("Subscribe", {"list_id": OTHER_LIST})
        subscribe.run(batch, work)
        raise CannotEvaluate("later", "Not now.")

    world = at_once(make_world, more_actions=[acting(fail)])
    world.publish(journey(step("Act")))
    enter(world, "a@example.com")
    world.run()
    assert world.rows(world.host.tables.stats_activity) == []
    assert world.host.roll(OTHER_LIST) == {}


def test_a_tick_costs_the_same_whatever_the_number_of_people(world):
    world.host.set_rules(OTHER_LIST, OptInUnsubscribeFrom=LIST)
    world.publish(journey(SUBSCRIBE, wait(1, "days"), unsubscribed="continue"))
    lengths = []
    for n in (1, 200):
        enter(world, f"warm{n}@example.com")
        world.run()
        world.seconds += 5  # whoever shall leave has left
        world.run()
        enter(world, *(f"p{n}-{i}@example.com" for i in range(n)))
        with counted() as statements:
            world.tick()
        lengths.append(len(statements.of_work()))
        world.run()
    assert lengths[0] == lengths[1]


def test_two_workers_do_not_put_one_person_on_a_list_twice(make_world):
    world = at_once(make_world, tick_rows=50)
    for name in ("One", "Two"):
        world.publish(journey(SUBSCRIBE, name=name))
    enter(world, *(f"p{n}@example.com" for n in range(200)))
    workers = [world.build() for _ in range(2)]
    both_at_once(*(until_idle(worker.executor.tick) for worker in workers))
    assert len(world.host.values(OTHERS_CITY, OTHER_LIST)) == 200
    (day,) = world.rows(world.host.tables.stats_activity)
    assert day["TotalSubscriptions"] == 200
    assert world.counted("result") == {"subscribed": 200, "already_subscribed": 200}
