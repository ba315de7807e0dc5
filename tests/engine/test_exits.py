"""Steps that send people out of journeys, and events after which they leave at once."""

from datetime import timedelta

import pytest

from tests.documents import journey, step, update, wait
from tests.world_host import LEVEL, LIST, OTHER_LIST
from tests.world_parts import counted


def manual(*steps, **more):
    return journey(*steps, lists=None, **more)


def ends(world, published):
    return [(row["subscriber_id"], row["end_reason"]) for row in world.people(published)]


def later(world):
    """A few seconds on, so that workers look beside the stream of due people again."""
    world.turn(seconds=5)
    world.seconds += 5
    world.run()


def leaves(world, kind, ids, list_id=LIST, **more):
    world.accept(*(world.event(i, list_id, type=kind, **more) for i in ids))
    later(world)


def test_exit_this_journey_ends_it_and_nothing_below_runs(world):
    published = world.publish(journey(step("ExitThisJourney"), update(LEVEL, "x")))
    (ann,) = world.enter(1)
    world.run()
    assert ends(world, published) == [(ann, "exited")]
    assert world.host.values(LEVEL) == {ann: None}
    assert world.path(world.person(ann)["id"]) == ["ExitThisJourney end"]
    assert world.counted("ended") == {"exited": 1}


def test_exit_journey_takes_people_out_of_the_chosen_ones_wherever_they_wait(world):
    first = world.publish(journey(wait(9, "days"), name="First"))
    second = world.publish(journey(wait(9, "days"), name="Second"))
    ann, bob = world.enter(2)
    world.run()
    leaver = world.publish(journey(step("ExitJourney", journey_ids=[first.id]), lists=[OTHER_LIST]))
    row = {"EmailAddress": f"PERSON{ann}@list1.example.com"}
    world.enter(world.host.subscribe([row], OTHER_LIST), OTHER_LIST)
    world.run()
    assert ends(world, leaver) == [(1, "completed")]
    assert ends(world, first) == [(ann, "exited"), (bob, None)]
    assert ends(world, second) == [(ann, None), (bob, None)]
    row = world.people(first)[0]
    assert (row["due_at"], row["ended_at"]) == (None, world.now)
    assert world.path(row["id"]) == ["Wait until", "Wait end"]
    cause = world.people(leaver)[0]
    by = {"journey": leaver.id, "enrollment": cause["id"], "step": leaver.steps[0]}
    assert world.history(row["id"])[-1]["detail"] == {"reason": "exited", "by": by}
    assert world.rows(world.tables.exits) == []


def test_exit_journey_may_name_its_own_journey(world):
    published = world.publish(journey(wait(1, "hours")))
    own = journey(step("ExitJourney", journey_ids=[published.id + 1]), update(LEVEL, "x"))
    itself = world.publish(own)
    assert itself.id == published.id + 1
    (ann,) = world.enter(1)
    world.run()
    assert ends(world, itself) == [(ann, "exited")]
    assert ends(world, published) == [(ann, None)]
    assert world.host.values(LEVEL) == {ann: None}


@pytest.mark.parametrize(
    ("action", "own"), [("ExitAllOtherJourneys", "completed"), ("ExitAllJourneys", "exited")]
)
def test_exit_all_takes_people_out_everywhere_and_leaves_other_people_alone(world, action, own):
    others = [world.publish(journey(wait(9, "days"), name=f"Other {n}")) for n in range(3)]
    ann, bob = world.enter(2)
    world.run()
    leaver = world.publish(manual(step(action)))
    world.services.enrolling.enroll(1, leaver.id, LIST, [ann])
    world.run()
    for other in others:
        assert ends(world, other) == [(ann, "exited"), (bob, None)]
    assert ends(world, leaver) == [(ann, own)]


def test_two_passages_through_one_journey_do_not_send_each_other_out(world):
    """Each order of a person is a passage of its own; the second says nothing of the first."""
    other = world.publish(journey(wait(9, "days"), lists=[OTHER_LIST], name="Other"))
    row = {"EmailAddress": "person1@list1.example.com"}
    world.enter(world.host.subscribe([row], OTHER_LIST), OTHER_LIST)
    world.run()
    orders = journey(step("ExitAllOtherJourneys"), update(LEVEL, "x"), reentry="every_time")
    published = world.publish(orders)
    (ann,) = world.host.subscribe([row])
    world.accept(world.event(ann), world.event(ann, occurred_at=world.now - timedelta(seconds=9)))
    later(world)
    assert ends(world, published) == [(ann, "completed"), (ann, "completed")]
    assert [reason for _, reason in ends(world, other)] == ["exited"]


def test_who_is_sent_out_by_a_step_of_the_same_tick_takes_no_further_step(world):
    """Both journeys start with the same event; the exit comes first."""
    leaver = world.publish(journey(step("ExitAllOtherJourneys")))
    other = world.publish(journey(update(LEVEL, "x"), wait(1, "hours")))
    (ann,) = world.enter(1)
    assert world.tick() == 2
    assert ends(world, leaver) == [(ann, "completed")]
    assert ends(world, other) == [(ann, "exited")]
    assert world.host.values(LEVEL) == {ann: None}


def test_people_of_a_journey_that_is_off_can_be_sent_out(world):
    off = world.publish(journey(wait(1, "hours")))
    (ann,) = world.enter(1)
    world.run()
    world.disable(off)
    world.turn(hours=2)
    world.run()
    leaver = world.publish(manual(step("ExitAllJourneys")))
    world.services.enrolling.enroll(1, leaver.id, LIST, [ann])
    world.run()
    assert ends(world, off) == [(ann, "exited")]
    world.enable(off)
    world.turn(hours=2)
    world.run()
    assert ends(world, off) == [(ann, "exited")]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("unsubscription", "unsubscribed"), ("subscriber_deleted", "subscriber_deleted")],
)
def test_who_leaves_the_list_ends_at_once_wherever_they_wait(world, kind, reason):
    published = world.publish(journey(wait(9, "days")))
    ann, bob = world.enter(2)
    world.run()
    if kind == "unsubscription":
        world.host.unsubscribe([ann])
    else:
        world.host.delete([ann])
    leaves(world, kind, [ann])
    assert ends(world, published) == [(ann, reason), (bob, None)]
    assert world.inbox()[-1] == ("routed", None)


def test_the_event_may_come_before_the_host_has_committed(world):
    published = world.publish(journey(wait(9, "days")))
    (ann,) = world.enter(1)
    world.run()
    leaves(world, "unsubscription", [ann])
    assert ends(world, published) == [(ann, "unsubscribed")]


def test_who_has_subscribed_again_since_stays(world):
    published = world.publish(journey(wait(9, "days")))
    (ann,) = world.enter(1)
    world.run()
    world.turn(minutes=10)
    leaves(world, "unsubscription", [ann], occurred_at=world.now - timedelta(minutes=5))
    assert ends(world, published) == [(ann, None)]
    assert world.inbox()[-1] == ("ignored", "subscribed_again")


def test_a_journey_that_lets_unsubscribed_people_walk_on_keeps_them(world):
    published = world.publish(
        journey(wait(1, "hours"), update(LEVEL, "x"), unsubscribed="continue")
    )
    (ann,) = world.enter(1)
    world.run()
    world.host.unsubscribe([ann])
    leaves(world, "unsubscription", [ann])
    assert ends(world, published) == [(ann, None)]
    assert world.rows(world.tables.exits) == []
    world.turn(hours=2)
    world.run()
    assert ends(world, published) == [(ann, "completed")]
    assert world.host.values(LEVEL) == {ann: "x"}


def test_other_lists_of_the_same_person_are_left_alone(world):
    published = world.publish(journey(wait(9, "days"), lists=()))
    (ann,) = world.enter(1)
    world.enter(1, OTHER_LIST)
    world.run()
    world.host.unsubscribe([ann])
    leaves(world, "unsubscription", [ann])
    assert sorted(row["end_reason"] or "" for row in world.people(published)) == [
        "",
        "unsubscribed",
    ]


def test_a_deleted_list_ends_everybody_who_came_from_it(world):
    published = world.publish(journey(wait(9, "days"), lists=()))
    world.enter(2)
    world.enter(1, OTHER_LIST)
    world.run()
    world.host.rename("subscribers_1", "gone")
    world.host.execute(f"DELETE FROM {world.settings.host_prefix}subscriber_lists WHERE ListID = 1")
    leaves(world, "list_deleted", [0])
    reasons = [row["end_reason"] for row in world.people(published)]
    assert reasons == ["list_deleted", "list_deleted", None]


def test_a_list_that_is_still_there_ends_nobody(world):
    published = world.publish(journey(wait(9, "days")))
    world.enter(1)
    world.run()
    leaves(world, "list_deleted", [0])
    assert [row["end_reason"] for row in world.people(published)] == [None]
    assert world.inbox()[-1] == ("ignored", "list_exists")


def test_thousands_leave_in_a_constant_number_of_statements(world):
    published = world.publish(journey(wait(9, "days")))
    found = {}
    for n in (10, 300):
        ids = world.enter(n)
        world.run()
        world.accept(*(world.event(i, type="subscriber_deleted") for i in ids))
        with counted() as statements:
            later(world)
        found[n] = len(statements.of_work())
    assert len({row["end_reason"] for row in world.people(published)}) == 1
    assert found[10] == found[300]


def test_being_sent_out_counts_though_unsubscribing_was_noted_first_and_does_not(world):
    stay = world.publish(journey(wait(9, "days"), name="Stay", unsubscribed="continue"))
    (ann,) = world.enter(1)
    world.run()
    world.publish(journey(step("ExitAllOtherJourneys"), lists=[OTHER_LIST]))
    world.accept(world.event(ann, type="unsubscription"))
    row = {"EmailAddress": f"person{ann}@list1.example.com"}
    world.enter(world.host.subscribe([row], OTHER_LIST), OTHER_LIST)
    world.run()  # the step asks before anybody looks at the first note
    assert ends(world, stay) == [(ann, "exited")]
    assert world.rows(world.tables.exits) == []


def test_a_note_that_comes_while_others_are_carried_out_is_not_lost(world):
    world.publish(journey(wait(9, "days")))
    world.enter(1)
    world.run()
    (enrollment,) = (row["id"] for row in world.people())
    with world.services.begin() as work:
        work.exits.of_list(LIST, "unsubscribed", world.now)
        assert work.exits.noted([enrollment])[enrollment].reason == "unsubscribed"
        work.exits.of_list(LIST, "list_deleted", world.now)
        work.exits.done([enrollment])
        assert work.exits.noted([enrollment])[enrollment].reason == "list_deleted"
    later(world)
    assert [row["end_reason"] for row in world.people()] == ["list_deleted"]
