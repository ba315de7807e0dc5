"""Rules about journeys and suppression: each answer by hand, and where rules may stand."""

from __future__ import annotations

import pytest

from plugin.errors import InvalidDocument
from tests.documents import decide, journey, step, wait
from tests.engine.asking import asked, told
from tests.world_host import LEVEL, LIST, OTHER_LIST, OWNER, STRANGER

# Journeys

WORDS = ("inside", "not_inside", "finished", "not_finished", "entered", "not_entered")


def about(journey_id):
    """All six questions about a journey."""
    return {"any": [{"journey": journey_id, "operator": word} for word in WORDS]}


def test_where_somebody_is_and_was_answers_each_question(world):
    """Eight people, each of whom has another past in the other journey."""
    other = world.publish(
        journey(
            decide(
                {"field": "CustomField3", "operator": "is", "value": "goes"}, [wait(1, "hours")]
            ),
            decide(
                {"field": "CustomField3", "operator": "is", "value": "out"},
                [step("ExitThisJourney")],
            ),
            decide({"field": "CustomField3", "operator": "is", "value": "in"}, [wait(9, "days")]),
            lists=None,
            reentry="every_time",
        )
    )
    asking = world.publish(asked(about(other.id), lists=None))
    cities = ("never", "in", "done", "out", "done then in")
    people = world.host.subscribe([{"CustomField3": city} for city in cities])
    enroll = world.services.enrolling.enroll
    world.host.change(people[4:], CustomField3="done")
    enroll(OWNER, other.id, LIST, people[1:])
    world.run()
    world.host.change(people[4:], CustomField3="in")
    enroll(OWNER, other.id, LIST, people[4:])
    world.run()
    enroll(OWNER, asking.id, LIST, people)
    world.run()
    expected = {
        "never": ("not_inside not_finished not_entered", "never entered"),
        "in": ("inside not_finished entered", "inside"),
        "done": ("not_inside finished entered", "finished"),
        "out": ("not_inside not_finished entered", "has left"),
        "done then in": ("inside finished entered", "inside"),
    }
    for city, person in zip(cities, people, strict=True):
        (row,) = world.people(asking, subscriber_id=person)
        (line,) = [line for line in world.history(row["id"]) if "rules" in (line["detail"] or {})]
        answers = line["detail"]["rules"]
        words, seen = expected[city]
        assert {word for word, a in zip(WORDS, answers, strict=True) if a["truth"]} == set(
            words.split()
        ), city
        assert {answer["seen"] for answer in answers} == {seen}, city


def test_the_same_person_on_another_list_is_the_same_person(world):
    other = world.publish(journey(wait(9, "days"), lists=(OTHER_LIST,)))
    world.publish(asked({"journey": other.id, "operator": "inside"}))
    (ann,) = world.host.subscribe([{"EmailAddress": "ann@example.com"}])
    (there,) = world.host.subscribe([{"EmailAddress": "ANN@example.com"}], OTHER_LIST)
    world.enter([there], OTHER_LIST)
    world.run()
    world.enter([ann])
    world.run()
    assert world.host.values(LEVEL) == {ann: "yes"}


def test_the_passage_in_which_it_is_asked_counts_as_none(world):
    made = world.publish(journey(wait(1, "hours"), name="Twice", reentry="every_time"))
    document = asked(about(made.id), wait(1, "hours"), reentry="every_time", name="Twice")
    number = world.row(world.tables.journeys, id=made.id)["draft_revision"]
    world.services.editing.update_text(OWNER, made.id, document, "cli", number)
    world.services.publishing.publish(OWNER, made.id, "cli")
    (ann,) = world.enter(1)
    world.run()
    world.turn(hours=1)
    world.run()
    world.turn(minutes=30)
    world.enter([ann])
    world.run()
    world.turn(hours=1)
    world.run()
    first, second = world.people(made)
    seen = {}
    for row in (first, second):
        for line in world.history(row["id"]):
            if "rules" in (line["detail"] or {}):
                seen[row["id"]] = {answer["seen"] for answer in line["detail"]["rules"]}
    assert seen == {first["id"]: {"never entered"}, second["id"]: {"inside"}}


# Entry criteria, exit rules, orders


def test_entry_criteria_may_ask_where_else_somebody_is(world):
    other = world.publish(journey(wait(9, "days"), lists=None))
    asking = world.publish(
        journey(wait(), entry_criteria={"journey": other.id, "operator": "not_inside"})
    )
    ann, bob = world.host.subscribe(2)
    world.services.enrolling.enroll(OWNER, other.id, LIST, [bob])
    world.enter([ann, bob])
    world.run()
    assert [row["subscriber_id"] for row in world.people(asking)] == [ann]
    assert world.counted("refused", journey_id=asking.id) == {"entry_criteria": 1}


def test_an_exit_rule_may_ask_where_else_somebody_is(world):
    other = world.publish(journey(wait(9, "days"), lists=None))
    rule = {"criteria": {"journey": other.id, "operator": "entered"}}
    asking = world.publish(journey(wait(1, "hours"), wait(9, "days"), exit_rules=[rule]))
    _ann, bob = world.enter(2)
    world.run()
    world.services.enrolling.enroll(OWNER, other.id, LIST, [bob])
    world.turn(hours=1)
    world.run()
    assert [row["end_reason"] for row in world.people(asking)] == [None, "exit_rule"]


def test_of_those_who_wait_the_regular_look_asks_it_too(world):
    other = world.publish(journey(wait(9, "days"), lists=None))
    rule = {"criteria": {"journey": other.id, "operator": "entered"}}
    asking = world.publish(journey(wait(9, "days"), exit_rules=[rule]))
    _ann, bob = world.enter(2)
    world.run()
    world.services.enrolling.enroll(OWNER, other.id, LIST, [bob])
    for _ in range(3):
        world.turn(minutes=11)
        world.seconds += 60
        world.run()
    assert [row["end_reason"] for row in world.people(asking)] == [None, "exit_rule"]


# Suppression


def test_suppression_decides_by_scope(world):
    world.publish(asked({"suppression": "suppressed", "scopes": ["account", "everywhere"]}))
    people = world.host.subscribe(4)
    rows = [(LIST, OWNER), (0, OWNER), (0, 0), (0, STRANGER)]
    for person, (list_id, user_id) in zip(people, rows, strict=True):
        world.host.suppress(f"person{person}@list1.example.com", list_id, user_id)
    world.enter(people)
    world.run()
    assert list(world.host.values(LEVEL).values()) == ["no", "yes", "yes", "no"]
    assert told(world, people[0]) == [(False, "suppressed on the list")]
    assert told(world, people[3]) == [(False, "not suppressed")]


# What cannot be published


@pytest.mark.parametrize(
    ("criteria", "path"),
    [
        ({"journey": 4000, "operator": "inside"}, "/journey"),
        ({"not": {"segment": 4000, "operator": "in"}}, "/not/segment"),
    ],
)
def test_what_the_account_does_not_have_is_refused(world, criteria, path):
    with pytest.raises(InvalidDocument) as refused:
        world.publish(asked(criteria))
    (problem,) = refused.value.problems
    assert problem.path == f"/steps/0/params/criteria{path}"


def test_another_accounts_journey_does_not_exist(world):
    theirs = world.publish(journey(wait(), lists=None), STRANGER)
    with pytest.raises(InvalidDocument):
        world.publish(asked({"journey": theirs.id, "operator": "inside"}))
