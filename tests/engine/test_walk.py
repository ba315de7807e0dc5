"""The main job in one walk: subscribed, waited, decided on, updated, told to another side, done."""

import json
from datetime import timedelta

from tests.documents import decide, journey, off, rule, update, wait, webhook
from tests.world_host import CITY, LEVEL, STRANGER, STRANGERS_LIST


def test_somebody_subscribed_is_taken_through_every_kind_of_step(world):
    published = world.publish(
        journey(
            wait(10, "seconds"),
            decide(
                {"all": [rule(CITY, "is", "Oslo")]},
                [update(LEVEL, 'gold {{ Subscriber:City|"?" }}')],
                [update(LEVEL, "none")],
            ),
            webhook({"email": "{{ Subscriber:EmailAddress }}", "level": "{{ Subscriber:Level }}"}),
        )
    )
    oslo, other = world.host.subscribe([{"CustomField3": "Oslo"}, {"CustomField3": ""}])
    world.report([oslo, other])
    world.run()
    assert world.states(published) == ["waiting", "waiting"]
    assert {row["due_at"] for row in world.people()} == {world.now + timedelta(seconds=10)}
    world.turn(seconds=10)
    world.run()
    assert world.states() == ["ended", "ended"]
    assert world.host.values(LEVEL) == {oslo: "gold Oslo", other: "none"}
    assert world.path(world.person(oslo)["id"]) == [
        "Wait until",
        "Decision branch true",
        "UpdateCustomFieldValue next",
        "Webhook next",
    ]
    assert sorted(json.loads(r.body)["level"] for r in world.other_side.requests) == [
        "gold Oslo",
        "none",
    ]


def test_a_journey_of_steps_that_are_off_is_passed_through_with_a_line_for_each(world):
    world.publish(journey(off(update(LEVEL, "x")), off(wait(3, "days")), off(webhook())))
    (ann,) = world.enter(1)
    world.run()
    person = world.person(ann)
    assert (person["state"], person["end_reason"]) == ("ended", "completed")
    assert world.path(person["id"]) == [
        "UpdateCustomFieldValue skipped",
        "Wait skipped",
        "Webhook skipped",
    ]
    assert world.host.values(LEVEL) == {ann: None}
    assert world.deliveries() == []


def test_the_branches_of_a_decision_that_is_off_are_passed_by(world):
    is_set = {"all": [rule("EmailAddress", "is_set")]}
    world.publish(
        journey(
            off(decide(is_set, [update(LEVEL, "yes")], [update(LEVEL, "no")])), update(CITY, "x")
        )
    )
    (ann,) = world.enter(1)
    world.run()
    assert world.path(world.person(ann)["id"]) == [
        "Decision skipped",
        "UpdateCustomFieldValue next",
    ]
    assert world.host.values(LEVEL) == {ann: None}


def test_somebody_completes_a_journey_of_an_empty_branch(world):
    world.publish(journey(decide({"all": [rule("EmailAddress", "is_set")]})))
    (ann,) = world.enter(1)
    world.run()
    assert world.person(ann)["end_reason"] == "completed"
    assert world.counted("ended") == {"completed": 1}
    assert world.counted("left") == {"branch:true": 1}


def test_a_new_version_is_for_those_who_enter_after_it(world):
    published = world.publish(journey(wait(1, "hours"), update(LEVEL, "old")))
    (first,) = world.enter(1)
    world.run()
    world.disable(published)
    draft = world.row(world.tables.journeys, id=published.id)["draft"]
    draft["steps"][1]["params"]["value"] = "new"
    with world.host.engine.begin() as connection:
        table = world.tables.journeys
        connection.execute(table.update().values(draft=draft))
    world.enable(published)
    (second,) = world.enter(1)
    world.run()
    world.turn(hours=1)
    world.run()
    assert world.host.values(LEVEL) == {first: "old", second: "new"}
    versions = world.rows(world.tables.versions)
    assert [row["number"] for row in versions] == [1, 2]
    assert [row["version_id"] for row in world.people()] == [row["id"] for row in versions]


def test_turning_on_again_without_a_change_makes_no_new_version(world):
    published = world.publish(journey(wait()))
    world.disable(published)
    world.enable(published)
    assert len(world.rows(world.tables.versions)) == 1


def test_two_owners_are_served_in_turn(world):
    mine = world.publish(journey(wait(1, "seconds")))
    theirs = world.publish(journey(wait(1, "seconds"), lists=(STRANGERS_LIST,)), STRANGER)
    world.enter(3)
    world.enter(2, STRANGERS_LIST)
    assert [world.tick(), world.tick(), world.tick()] == [3, 2, 0]
    assert world.states(mine) == ["waiting"] * 3
    assert world.states(theirs) == ["waiting"] * 2
