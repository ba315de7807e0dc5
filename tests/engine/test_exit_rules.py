"""Exit rules: by events as they arrive, by what people are before each step and while they wait."""

import pytest

from tests.documents import journey, rule, update, wait
from tests.engine.test_exits import ends, later
from tests.world_host import CITY, LEVEL, LIST, OTHER_LIST, STRANGERS_LIST
from tests.world_parts import counted

IN_ROME = {"any": [rule(CITY, "is", "Rome")]}
MOVED = [{"name": "Moved", "criteria": IN_ROME}]
OPENS = [{"event": {"type": "EmailOpen", "params": {}}}]


def move(world, ids, to="Rome"):
    world.host.change(ids, **{f"CustomField{CITY}": to})


def watched(world):
    """So much later that workers look over everybody again."""
    world.turn(minutes=10)
    world.seconds += 600
    world.run()


def told(world, who):
    return world.history(world.person(who)["id"])[-1]["detail"]


def on_other_list(world, who):
    """The same person's row on the other list."""
    row = {"EmailAddress": f"person{who}@list1.example.com"}
    return world.host.subscribe([row], OTHER_LIST)


# By events


def test_an_event_ends_the_passage_at_its_arrival_wherever_somebody_waits(world):
    published = world.publish(journey(wait(9, "days"), exit_rules=OPENS))
    ann, bob = world.enter(2)
    world.run()
    at = world.now
    world.accept(world.event(ann, type="open"))
    later(world)
    assert ends(world, published) == [(ann, "exit_rule"), (bob, None)]
    event = {"type": "open", "occurred_at": at.isoformat()}
    assert told(world, ann) == {"rule": 1, "event": event, "reason": "exit_rule"}
    assert world.inbox()[-1] == ("routed", None)
    assert world.rows(world.tables.exits) == []


def test_the_event_may_be_about_the_same_person_on_another_list(world):
    joined = {"type": "ListSubscription", "params": {"list_ids": [OTHER_LIST]}}
    published = world.publish(
        journey(wait(9, "days"), exit_rules=[{"name": "Customer", "event": joined}])
    )
    ann, bob = world.enter(2)
    world.run()
    world.enter(on_other_list(world, ann), OTHER_LIST)
    later(world)
    assert ends(world, published) == [(ann, "exit_rule"), (bob, None)]
    assert told(world, ann)["name"] == "Customer"


def test_what_machines_open_ends_nothing(world):
    published = world.publish(journey(wait(9, "days"), exit_rules=OPENS))
    (ann,) = world.enter(1)
    world.run()
    world.accept(world.event(ann, type="open", data={"automated": True}))
    later(world)
    assert ends(world, published) == [(ann, None)]


def test_an_event_does_not_end_the_passage_that_it_began_or_one_begun_later(world):
    """Several events of one batch, in the order of their arrival."""
    entry = {"type": "EmailOpen", "params": {}}
    published = world.publish(
        journey(wait(9, "days"), trigger=entry, exit_rules=OPENS, reentry="once_ever")
    )
    ann, bob = world.host.subscribe(2)
    world.accept(world.event(ann, type="open"))
    later(world)
    assert ends(world, published) == [(ann, None)]
    world.accept(world.event(bob, type="open"), world.event(bob, type="open"))
    later(world)
    assert ends(world, published) == [(ann, None), (bob, "exit_rule")]


def test_people_keep_the_rules_of_the_version_that_they_entered(world):
    published = world.publish(journey(wait(9, "days"), exit_rules=OPENS))
    (ann,) = world.enter(1)
    world.run()
    world.disable(published)
    journeys = world.tables.journeys
    draft = world.row(journeys, id=published.id)["draft"]
    del draft["exit_rules"]
    with world.host.engine.begin() as connection:
        connection.execute(journeys.update().values(draft=draft))
    world.enable(published)
    (bob,) = world.enter(1)
    world.run()
    world.accept(world.event(ann, type="open"), world.event(bob, type="open"))
    later(world)
    assert ends(world, published) == [(ann, "exit_rule"), (bob, None)]


def test_one_event_of_another_owner_ends_nothing_here(world):
    published = world.publish(journey(wait(9, "days"), exit_rules=OPENS))
    (ann,) = world.enter(1)
    world.run()
    row = {"EmailAddress": f"person{ann}@list1.example.com"}
    (stranger,) = world.host.subscribe([row], STRANGERS_LIST)
    world.accept(world.event(stranger, STRANGERS_LIST, type="open"))
    later(world)
    assert ends(world, published) == [(ann, None)]


def test_hundreds_of_events_end_hundreds_in_as_many_statements_as_ten(world):
    world.publish(journey(wait(9, "days"), exit_rules=OPENS))
    found = {}
    for n in (10, 300):
        ids = world.enter(n)
        world.run()
        world.accept(*(world.event(i, type="open") for i in ids))
        with counted() as statements:
            world.services.intake.route()
        found[n] = len(statements.of_work())
        later(world)
    assert {row["end_reason"] for row in world.people()} == {"exit_rule"}
    assert found[10] == found[300]


# By what people are


def test_whom_a_rule_fits_leaves_before_the_next_step_has_any_effect(world):
    published = world.publish(journey(wait(1, "hours"), update(LEVEL, "x"), exit_rules=MOVED))
    ann, bob = world.enter(2)
    world.run()
    move(world, [ann])
    world.turn(hours=1)
    world.run()
    assert ends(world, published) == [(ann, "exit_rule"), (bob, "completed")]
    assert world.host.values(LEVEL) == {ann: None, bob: "x"}
    seen = [{"path": "/any/0", "truth": True, "seen": "Rome"}]
    expected = {"rule": 1, "name": "Moved", "truth": True, "rules": seen, "reason": "exit_rule"}
    assert told(world, ann) == expected
    assert world.counted("ended") == {"exit_rule": 1, "completed": 1}


def test_a_step_of_the_same_run_may_make_a_rule_fit(world):
    published = world.publish(journey(update(CITY, "Rome"), update(LEVEL, "x"), exit_rules=MOVED))
    (ann,) = world.enter(1)
    world.run()
    assert ends(world, published) == [(ann, "exit_rule")]
    assert world.host.values(LEVEL) == {ann: None}


def test_the_second_rule_is_named_when_it_is_the_one_that_fits(world):
    rules = [{"criteria": rule(CITY, "is", "Paris")}, *MOVED]
    world.publish(journey(wait(1, "hours"), update(LEVEL, "x"), exit_rules=rules))
    (ann,) = world.enter(1)
    move(world, [ann])
    world.run()
    assert (told(world, ann)["rule"], told(world, ann)["name"]) == (2, "Moved")


def test_who_cannot_be_told_about_is_held_and_goes_on_when_it_can(world):
    published = world.publish(journey(update(LEVEL, "x"), exit_rules=MOVED))
    (ann,) = world.host.subscribe(1)
    world.host.rename_column(LIST, f"CustomField{CITY}", "Gone", "TEXT")
    world.restart()
    world.enter([ann])
    world.run()
    row = world.person(ann)
    assert (row["state"], row["cause"]) == ("held", "field_missing")
    assert world.host.values(LEVEL) == {ann: None}
    world.host.rename_column(LIST, "Gone", f"CustomField{CITY}", "TEXT")
    world.restart()
    world.turn(minutes=10)
    world.run()
    assert ends(world, published) == [(ann, "completed")]
    assert world.path(row["id"]) == ["UpdateCustomFieldValue hold", "UpdateCustomFieldValue next"]


def test_people_who_wait_are_looked_at_every_ten_minutes(world):
    published = world.publish(journey(wait(9, "days"), exit_rules=MOVED))
    ann, bob = world.enter(2)
    world.run()
    move(world, [ann])
    later(world)
    assert ends(world, published) == [(ann, None), (bob, None)]
    watched(world)
    later(world)
    assert ends(world, published) == [(ann, "exit_rule"), (bob, None)]
    assert told(world, ann)["rules"] == [{"path": "/any/0", "truth": True, "seen": "Rome"}]


@pytest.mark.parametrize("minutes", [1, 60])
def test_how_often_is_a_setting(make_world, minutes):
    world = make_world(exit_rule_minutes=minutes)
    published = world.publish(journey(wait(9, "days"), exit_rules=MOVED))
    (ann,) = world.enter(1)
    world.run()
    move(world, [ann])
    watched(world)
    later(world)
    assert ends(world, published) == [(ann, "exit_rule" if minutes == 1 else None)]


def test_who_waits_stays_while_it_cannot_be_told(world):
    published = world.publish(journey(wait(9, "days"), exit_rules=MOVED))
    world.enter(1)
    world.run()
    world.host.rename_column(LIST, f"CustomField{CITY}", "Gone", "TEXT")
    world.restart()
    watched(world)
    assert world.states(published) == ["waiting"]


def test_everybody_is_looked_at_in_parts_and_due_people_are_not_kept_waiting(world):
    published = world.publish(journey(wait(9, "days"), exit_rules=MOVED))
    ids = world.enter(1500)
    world.run()
    move(world, ids)
    (bob,) = world.host.subscribe(1)
    world.report([bob])
    world.turn(minutes=10)
    world.seconds += 600
    world.services.intake.route()
    assert world.tick() == 1  # bob's; the look over the others has begun
    watched(world)
    later(world)
    assert {row["end_reason"] for row in world.people(published)} == {"exit_rule", None}
    assert len([row for row in world.people(published) if row["end_reason"]]) == 1500


def test_a_bounce_type_can_be_a_rule(world):
    rules = [{"criteria": rule("BounceType", "is", "Hard")}]
    published = world.publish(journey(wait(1, "hours"), update(LEVEL, "x"), exit_rules=rules))
    ann, bob = world.enter(2)
    world.run()
    world.host.change([ann], BounceType="Hard")
    world.turn(hours=1)
    world.run()
    assert ends(world, published) == [(ann, "exit_rule"), (bob, "completed")]


def test_hundreds_are_held_against_the_rules_in_as_many_statements_as_ten(make_world):
    world = make_world(tick_rows=2000)
    world.publish(journey(update(LEVEL, "x"), wait(9, "days"), exit_rules=MOVED))
    found = {}
    for n in (2, 10, 300):
        ids = world.enter(2 * n)
        move(world, ids[:n])
        with counted() as statements:
            world.tick()
        world.run()
        found[n] = len(statements.of_work())
    assert found[10] == found[300]
