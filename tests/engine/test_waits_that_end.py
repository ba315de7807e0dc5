"""Waits for events that end otherwise, or go on by other settings; settings that are refused."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from plugin.errors import InvalidDocument
from tests.documents import journey, off, step, wait, wait_for, webhook
from tests.engine.awaiting import branches, happens, waiters, waits
from tests.engine.versions import draft, go_over, revision
from tests.world_host import LIST, OTHER_LIST, OWNER
from tests.world_parts import no_answer


def ends_by_exit_rule(world, made, who):
    world.accept(world.event(who, type="click"))


def ends_by_hand(world, made, who):
    world.disable(made)
    world.services.authoring.enable(OWNER, made.id, "cli")
    world.host.delete([who])
    world.accept(world.event(who, type="subscriber_deleted"))


def ends_with_the_list(world, made, who):
    world.host.unsubscribe([who], LIST)
    world.accept(world.event(who, type="unsubscription"))


def ends_with_the_journey(world, made, who):
    world.disable(made)
    world.services.archiving.archive(OWNER, made.id, "user:1")


@pytest.mark.parametrize(
    "ending", [ends_by_exit_rule, ends_by_hand, ends_with_the_list, ends_with_the_journey]
)
def test_whoever_leaves_waits_no_more(world, ending):
    rule = {"event": {"type": "EmailLinkClick", "params": {}}}
    made = world.publish(journey(wait_for("opened"), wait(9, "days"), exit_rules=[rule]))
    (who,) = world.enter(1)
    world.run()
    assert len(waiters(world)) == 1
    ending(world, made, who)
    for _ in range(3):
        world.seconds += 10
        world.run()
    assert world.states(made) == ["ended"]
    assert waiters(world) == []


def change(world, made, edit):
    """A new version, and everybody goes over."""
    edited = draft(world, made)
    edit(edited["steps"])
    text, number = json.dumps(edited), revision(world, made)
    world.services.editing.update_text(OWNER, made.id, text, "cli", number)
    world.services.publishing.publish(OWNER, made.id, "cli")
    go_over(world)
    world.run()


def test_other_settings_hold_for_those_who_wait_from_when_they_began(world):
    made, (ann, bob) = waits(world, "opened", people=2)
    began = world.now
    world.turn(hours=5)
    change(world, made, lambda steps: steps[0]["params"].update(what="clicked", amount=2))
    assert {row["until_at"] for row in waiters(world)} == {began + timedelta(days=2)}
    happens(world, ann, type="open")
    happens(world, bob, type="click")
    assert branches(world) == {ann: [], bob: ["happened"]}
    change(world, made, lambda steps: steps[0]["params"].update(amount=4, unit="hours"))
    assert branches(world)[ann] == ["timed_out"]


def test_without_the_step_or_with_the_step_off_nobody_waits(world):
    made, _ = waits(world, "opened")
    change(world, made, lambda steps: steps[0].update(off(steps[0])))
    assert waiters(world) == [] and world.states() == ["waiting"]
    other, _ = waits(world, "clicked")
    change(world, other, lambda steps: steps.pop(0))
    assert waiters(world) == []


def test_a_circle_through_the_time_out_is_none_and_through_what_happened_it_is(world):
    start = step("StartJourney", journey_id=1)

    def circle(happened, timed_out):
        made = world.publish(journey(wait_for("opened"), lists=None))
        start["params"]["journey_id"] = made.id
        edited = draft(world, made)
        edited["steps"] = [wait_for("opened", happened, timed_out), step("ExitThisJourney")]
        number = revision(world, made)
        text = json.dumps(edited)
        world.services.editing.update_text(OWNER, made.id, text, "cli", number)
        world.services.publishing.publish(OWNER, made.id, "cli")

    circle([], [start])
    with pytest.raises(InvalidDocument, match="round in a circle"):
        circle([start], [])


def test_time_and_the_world_outside_end_the_count_of_hops_and_our_own_events_do_not(world):
    """What others bring about may be a part of a circle that nobody sees beforehand."""
    placed = wait_for("subscribed", list_ids=[OTHER_LIST])
    answered = webhook(wait_for_answer=True)
    made = world.publish(journey(placed, answered, lists=None, name="Started"))
    world.other_side.answer = lambda request: no_answer("timeout")
    world.publish(journey(step("StartJourney", journey_id=made.id), wait(90, "days")))
    ann, bob, eve = world.enter(3)
    world.run()
    assert {row["hops"] for row in world.people(made)} == {1}
    rows = [{"EmailAddress": f"person{who}@list1.example.com"} for who in (ann, bob)]
    theirs = world.host.subscribe(rows, OTHER_LIST)
    ours = world.event(theirs[1], OTHER_LIST, hops=7)
    world.accept(world.event(theirs[0], OTHER_LIST), ours)
    world.run()
    hops = {row["subscriber_id"]: row["hops"] for row in world.people(made)}
    assert hops == {ann: 0, bob: 1, eve: 1}
    world.turn(days=1)
    world.run()
    hops = {row["subscriber_id"]: row["hops"] for row in world.people(made)}
    assert hops == {ann: 0, bob: 1, eve: 0}
    assert {row["step_id"] for row in world.people(made)} == {made.steps[-1]}


REFUSED = [
    ({"what": "bounced"}, "what"),
    ({"what": "opened", "amount": 0}, "amount"),
    ({"what": "opened", "amount": 366}, "amount"),
    ({"what": "opened", "url": {"match": "exact", "value": "x"}}, "url"),
    ({"what": "opened", "minimum": 1}, "minimum"),
    ({"what": "subscribed", "email_ids": [1]}, "email_ids"),
    ({"what": "clicked", "list_ids": [1]}, "list_ids"),
    ({"what": "custom"}, "event"),
    ({"what": "custom", "event": "x", "entry_property": "y"}, "entry_property"),
    ({"what": "opened", "correlation": "x"}, "correlation"),
    ({"what": "opened", "since": "days"}, "days"),
    ({"what": "opened", "days": 3}, "days"),
    ({"what": "opened", "since": "days", "days": 31}, "days"),
    ({"what": "opened", "email_ids": [99]}, "email_ids/0"),
    ({"what": "subscribed", "list_ids": [99]}, "list_ids/0"),
]


def test_settings_that_mean_nothing_are_refused_with_their_place(world):
    for params, path in REFUSED:
        with pytest.raises(InvalidDocument) as refused:
            world.publish(journey(wait_for(**params), wait()))
        assert [one.path for one in refused.value.problems] == [f"/steps/0/params/{path}"], params
