"""Entry criteria: asked of everybody who would enter, by whatever door, and never guessed."""

import pytest

from tests.documents import journey, rule, step, wait
from tests.world_host import CITY, LIST, OTHER_LIST, OWNER
from tests.world_parts import counted

OSLO = {"all": [rule(CITY, "is", "Oslo")]}


def picky(*steps, **more):
    return journey(*(steps or (wait(9, "days"),)), entry_criteria=OSLO, **more)


def people(world, *cities):
    return world.host.subscribe([{f"CustomField{CITY}": city} for city in cities])


def gone(world):
    """The field is not there any more."""
    world.host.rename_column(LIST, f"CustomField{CITY}", "Gone", "TEXT")
    world.restart()


def back(world):
    world.host.rename_column(LIST, "Gone", f"CustomField{CITY}", "TEXT")
    world.restart()


def look_again(world):
    """Held events are looked at every few minutes."""
    world.seconds += 301
    world.turn(seconds=301)
    world.run()


def test_only_those_whom_they_fit_enter_and_the_others_are_counted(world):
    published = world.publish(picky())
    ann, bob, cat = people(world, "Oslo", "Rome", None)
    world.enter([ann, bob, cat])
    assert [row["subscriber_id"] for row in world.people(published)] == [ann]
    assert world.counted("refused") == {"entry_criteria": 2}
    assert world.inbox() == [("routed", None)] * 3


def test_the_history_keeps_the_answers_that_let_somebody_in(world):
    world.publish(picky())
    (ann,) = people(world, "Oslo")
    world.enter([ann])
    world.run()
    row = world.person(ann)
    assert world.path(row["id"]) == ["entered", "Wait until"]
    told = {"path": "/all/0", "truth": True, "seen": "Oslo"}
    assert world.history(row["id"])[0]["detail"] == {"truth": True, "rules": [told]}


def test_they_are_asked_when_somebody_enters_and_not_again(world):
    world.publish(picky(wait(1, "hours"), wait(1, "hours")))
    (ann,) = people(world, "Oslo")
    world.enter([ann])
    world.host.change([ann], **{f"CustomField{CITY}": "Rome"})
    world.run()
    world.turn(hours=2)
    world.run()
    assert world.person(ann)["state"] == "waiting"


def test_who_was_refused_may_enter_when_they_fit_later(world):
    published = world.publish(picky(reentry="once_ever"))
    (ann,) = people(world, "Rome")
    world.enter([ann])
    world.host.change([ann], **{f"CustomField{CITY}": "Oslo"})
    world.turn(seconds=1)
    world.enter([ann])
    assert len(world.people(published)) == 1


def test_an_event_is_held_while_it_cannot_be_told_and_enrolls_when_it_can(world):
    published = world.publish(picky())
    ann, bob = people(world, "Oslo", "Rome")
    gone(world)
    world.enter([ann, bob])
    assert world.inbox() == [("held", "entry_criteria")] * 2
    look_again(world)
    assert world.inbox() == [("held", "entry_criteria")] * 2
    assert (world.people(), world.counted("refused")) == ([], {})
    back(world)
    look_again(world)
    assert [row["subscriber_id"] for row in world.people(published)] == [ann]
    assert world.counted("refused") == {"entry_criteria": 1}
    assert world.inbox() == [("routed", None)] * 2


def test_other_journeys_do_not_see_a_held_event_again(world):
    other = world.publish(journey(wait(1, "seconds"), reentry="once_at_a_time"))
    held = world.publish(picky())
    (ann,) = people(world, "Oslo")
    gone(world)
    world.enter([ann])
    world.run()
    look_again(world)
    assert [row["state"] for row in world.people(other)] == ["ended"]
    back(world)
    look_again(world)
    assert len(world.people(other)) == len(world.people(held)) == 1
    assert world.counted("refused") == {}


def test_a_held_event_whose_journey_is_turned_off_starts_nothing(world):
    published = world.publish(picky())
    gone(world)
    world.enter(people_without(world))
    world.disable(published)
    look_again(world)
    assert world.inbox() == [("ignored", "no_journey")]


def people_without(world):
    return world.host.subscribe([{"EmailAddress": "x@example.com"}])


def test_by_hand_who_does_not_fit_is_told_apart_from_who_cannot_be_told_about(world):
    published = world.publish(picky(lists=None))
    ids = people(world, "Oslo", "Rome")
    done = world.services.enrolling.enroll(OWNER, published.id, LIST, ids)
    assert (done.entered, done.refused, done.turned_away, done.undecided) == (1, 0, 1, 0)
    gone(world)
    done = world.services.enrolling.enroll(OWNER, published.id, LIST, ids)
    assert (done.entered, done.refused, done.turned_away, done.undecided) == (0, 0, 0, 2)
    assert world.counted("refused") == {"entry_criteria": 1}


def test_a_step_that_starts_the_journey_goes_on_with_the_refusal_or_holds(world):
    target = world.publish(picky(lists=None))
    starter = world.publish(journey(step("StartJourney", journey_id=target.id), wait(1, "days")))
    ann, bob = people(world, "Oslo", "Rome")
    world.enter([ann, bob])
    world.run()
    results = [world.history(row["id"])[0]["detail"] for row in world.people(starter)]
    assert [result.get("reason", result["result"]) for result in results] == [
        "entered",
        "entry_criteria",
    ]
    (cat,) = people(world, "Oslo")
    gone(world)
    world.enter([cat])
    world.run()
    row = world.person(cat)
    assert (row["state"], row["cause"]) == ("held", "entry_criteria")
    back(world)
    world.turn(minutes=6)
    world.run()
    assert [row["subscriber_id"] for row in world.people(target)] == [ann, cat]


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ({"entry_criteria": rule(CITY, "is", "x"), "lists": [OTHER_LIST]}, "/entry_criteria/field"),
        ({"entry_criteria": {"list": 777, "operator": "subscribed"}}, "/entry_criteria/list"),
        ({"exit_rules": [{"criteria": rule(4711, "is", "x")}]}, "/exit_rules/0/criteria/field"),
        ({"exit_rules": [{"event": {"type": "Gone"}}]}, "/exit_rules/0/event/type"),
        ({"exit_rules": [{"event": {"type": "Manual"}}]}, "/exit_rules/0/event/type"),
        (
            {"exit_rules": [{"event": {"type": "EmailOpen", "params": {"x": 1}}}]},
            "/exit_rules/0/event/params/x",
        ),
        (
            {"exit_rules": [{"event": {"type": "ListSubscription", "params": {"list_ids": [77]}}}]},
            "/exit_rules/0/event/params/list_ids/0",
        ),
    ],
)
def test_what_the_account_does_not_have_is_found_before_publishing(world, part, path):
    problems = world.services.authoring.lint(OWNER, journey(wait(), **part))
    assert [problem.path for problem in problems] == [path]


def test_hundreds_are_asked_in_as_many_statements_as_ten(world):
    world.publish(picky())
    found = {}
    for n in (1, 10, 300):
        world.report(people(world, *["Oslo", "Rome", None] * n))
        with counted() as statements:
            world.services.intake.route()
        found[n] = len(statements.of_work())
    assert found[10] == found[300]
