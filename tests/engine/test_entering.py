"""Events in, people inside: each fact once, and only into journeys that it may start."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.errors import Conflict, NotFound
from tests.documents import journey, wait
from tests.world_host import LIST, OTHER_LIST, OWNER, STRANGER, STRANGERS_LIST


def test_an_event_takes_its_subscriber_to_the_first_step(world):
    published = world.publish(journey(wait()))
    (ann,) = world.enter(1)
    row = world.person(ann)
    assert (row["state"], row["step_id"]) == ("active", published.steps[0])
    assert (row["list_id"], row["user_id"], row["visit"]) == (LIST, OWNER, 0)
    assert (row["entered_at"], row["due_at"]) == (world.now, world.now)
    assert row["entry_event_id"] == world.row(world.tables.inbox)["id"]
    assert world.inbox() == [("routed", None)]
    assert world.counted("entered") == {"": 1}


def test_the_same_event_a_thousand_times_enrolls_once(world):
    world.publish(journey(wait(), reentry="every_time"))
    event = world.event(*world.host.subscribe(1))
    assert world.accept(event) == (1, 0)
    assert world.accept(*[event] * 1000) == (0, 1000)
    world.run()
    assert world.accept(*[event] * 10) == (0, 10)
    world.run()
    assert len(world.people()) == 1


def test_the_same_event_many_times_in_its_first_call_is_new_once(world):
    event = world.event(*world.host.subscribe(1))
    assert world.accept(*[event] * 50) == (1, 49)


def test_a_known_id_with_other_content_is_refused_and_changes_nothing(world):
    world.publish(journey(wait()))
    ann, bob = world.host.subscribe(2)
    event = world.event(ann)
    world.accept(event)
    for other in (
        replace(event, subscriber_id=bob),
        replace(event, type="unsubscription"),
        replace(event, list_id=OTHER_LIST),
        replace(event, occurred_at=world.now + timedelta(seconds=1)),
        replace(event, email="ann@example.com"),
        replace(event, data={"a": 1}),
    ):
        with pytest.raises(Conflict) as refused:
            world.accept(world.event(bob), other)
        assert refused.value.code == "event_id_reused"
        assert event.event_id in str(refused.value)
    assert len(world.rows(world.tables.inbox)) == 1


def test_two_contents_under_one_id_in_one_call_are_refused(world):
    ann, bob = world.host.subscribe(2)
    event = world.event(ann)
    with pytest.raises(Conflict):
        world.accept(event, replace(event, subscriber_id=bob))
    assert world.inbox() == []


def test_another_source_may_use_the_same_id(world):
    ann, bob = world.host.subscribe(2)
    event = world.event(ann)
    assert world.services.accept("plugin", [event]) == (1, 0)
    other = replace(event, subscriber_id=bob)
    assert world.services.accept("poller", [other]) == (1, 0)


def test_one_fact_from_two_sources_is_one_event(world):
    world.publish(journey(wait(), reentry="every_time"))
    event = world.event(*world.host.subscribe(1))
    again = replace(event, event_id="poll-7", occurred_at=world.now + timedelta(milliseconds=3))
    assert world.services.accept("plugin", [event]) == (1, 0)
    assert world.services.accept("poller", [again]) == (0, 1)
    world.run()
    assert len(world.people()) == 1


def test_the_same_fact_a_second_later_is_another_event(world):
    world.publish(journey(wait(), reentry="every_time"))
    event = world.event(*world.host.subscribe(1))
    later = replace(event, event_id="later", occurred_at=world.now + timedelta(seconds=1))
    assert world.accept(event, later) == (2, 0)
    world.run()
    assert len(world.people()) == 2


def test_an_unknown_list_is_ignored_with_its_reason(world):
    world.publish(journey(wait(), lists=()))
    assert world.accept(world.event(1, 777)) == (1, 0)
    world.run()
    assert world.inbox() == [("ignored", "unknown_list")]
    assert world.people() == []


def test_an_unknown_subscriber_is_ignored_with_its_reason(world):
    world.publish(journey(wait()))
    (ann,) = world.host.subscribe(1)
    world.report([ann, 4711])
    world.run()
    assert world.inbox() == [("routed", None), ("ignored", "unknown_subscriber")]
    assert len(world.people()) == 1


def test_who_has_left_the_list_since_does_not_enter(world):
    world.publish(journey(wait()))
    ann, bob = world.host.subscribe(2)
    world.report([ann, bob])
    world.host.unsubscribe([ann])
    world.run()
    assert world.inbox() == [("ignored", "not_subscribed"), ("routed", None)]
    assert [row["subscriber_id"] for row in world.people()] == [bob]


def test_a_list_whose_table_is_gone_is_ignored_with_its_reason(world):
    world.publish(journey(wait(), lists=()))
    ids = world.host.subscribe(2)
    world.report(ids)
    world.host.rename("subscribers_1", "gone")
    world.run()
    assert world.inbox() == [("ignored", "list_missing")] * 2


@pytest.mark.parametrize("lists", [(LIST,), (), (OTHER_LIST, LIST)])
def test_a_journey_starts_from_the_lists_that_it_names_or_any(world, lists):
    published = world.publish(journey(wait(), lists=lists))
    world.enter(1)
    world.enter(1, OTHER_LIST)
    entered = {row["list_id"] for row in world.people(published)}
    assert entered == ({LIST, OTHER_LIST} if len(lists) != 1 else {LIST})
    ignored = [("ignored", "no_journey")] if len(lists) == 1 else [("routed", None)]
    assert world.inbox() == [("routed", None), *ignored]


def test_events_start_no_journey_of_another_owner(world):
    """Also where both owners' events are routed together."""
    foreign = world.publish(journey(wait(), lists=()), STRANGER)
    mine = world.publish(journey(wait(), lists=()))
    lists = (LIST, STRANGERS_LIST)
    world.accept(*(world.event(*world.host.subscribe(1, i), list_id=i) for i in lists))
    assert world.services.intake.route() == 2
    assert [row["list_id"] for row in world.people(mine)] == [LIST]
    assert [row["list_id"] for row in world.people(foreign)] == [STRANGERS_LIST]


def test_other_events_and_journeys_that_are_off_start_nothing(world):
    off = world.publish(journey(wait()))
    by_hand = world.publish(journey(wait(), lists=None))
    world.disable(off)
    (ann,) = world.host.subscribe(1)
    world.accept(world.event(ann), world.event(ann, type="open"))
    world.run()
    assert world.inbox() == [("ignored", "no_journey")] * 2
    assert world.people(by_hand) == world.people(off) == []


def test_one_event_starts_every_journey_that_waits_for_it(world):
    first, second = (world.publish(journey(wait(), name=name)) for name in ("one", "two"))
    world.enter(3)
    assert len(world.people(first)) == len(world.people(second)) == 3


def test_two_and_a_half_thousand_events_are_routed_in_batches(world):
    world.publish(journey(wait(), lists=()))
    ids = world.host.subscribe(2500)
    world.report(ids)
    routed = []
    while found := world.services.intake.route():
        routed.append(found)
    assert routed == [1000, 1000, 500]
    assert len(world.people()) == 2500
    assert sorted(row["subscriber_id"] for row in world.people()) == ids


def test_people_are_enrolled_by_hand_into_any_enabled_journey(world):
    published = world.publish(journey(wait(), lists=None))
    ids = world.host.subscribe(3)
    enrolled = world.services.enrolling.enroll(OWNER, published.id, LIST, [*ids, ids[0], 99])
    assert (enrolled.entered, enrolled.refused, enrolled.unknown) == (3, 0, 1)
    again = world.services.enrolling.enroll(OWNER, published.id, LIST, ids[:2])
    assert (again.entered, again.refused, again.unknown) == (0, 2, 0)
    assert {row["entry_event_id"] for row in world.people()} == {None}
    assert world.counted("refused") == {"once_at_a_time": 2}


def test_by_hand_nobody_enters_a_foreign_journey_list_or_one_that_is_off(world):
    published = world.publish(journey(wait(), lists=None))
    (ann,) = world.host.subscribe(1)
    enroll = world.services.enrolling.enroll
    for user_id, journey_id, list_id in (
        (STRANGER, published.id, STRANGERS_LIST),
        (OWNER, published.id, STRANGERS_LIST),
        (OWNER, published.id, 777),
        (OWNER, 777, LIST),
    ):
        with pytest.raises(NotFound):
            enroll(user_id, journey_id, list_id, [ann])
    world.disable(published)
    with pytest.raises(Conflict, match="Turn it on first"):
        enroll(OWNER, published.id, LIST, [ann])
    assert world.people() == []


@pytest.mark.parametrize("trigger", [{"type": "Gone"}, {"type": "Manual", "params": {"x": 1}}])
def test_a_trigger_that_is_not_installed_any_more_keeps_no_other_journey_waiting(world, trigger):
    old = world.publish(journey(wait(), name="old"))
    other = world.publish(journey(wait(), name="other"))
    table = world.tables.versions
    row = world.row(table, journey_id=old.id)
    document = json.dumps(json.loads(row["document"]) | {"trigger": trigger})
    with world.host.engine.begin() as connection:
        connection.execute(table.update().where(table.c.id == row["id"]).values(document=document))
    world.restart()
    world.enter(2)
    assert len(world.people(other)) == 2
    assert world.people(old) == []
    assert world.inbox() == [("routed", None)] * 2
