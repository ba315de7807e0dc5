"""Decisions: each person down their own branch, with the reason kept; nobody by a guess."""

import pytest

from tests.documents import decide, journey, rule, update, wait
from tests.world_host import BORN, CITY, LANGUAGE, LEVEL, LIST, ORDERS, OTHER_LIST

OSLO = {"all": [rule(CITY, "is", "Oslo")]}


def columns(**values):
    """`f3="x"` is CustomField3."""
    return {f"CustomField{name[1:]}": value for name, value in values.items()}


def test_each_person_goes_down_their_branch_and_on_below(world):
    decision = decide(OSLO, [update(LEVEL, "here")], [update(LEVEL, "there")])
    published = world.publish(journey(decision, wait(1, "hours")))
    people = world.host.subscribe([columns(f3="Oslo"), columns(f3="Bergen"), columns(f3=None)])
    world.enter(people)
    world.run()
    assert list(world.host.values(LEVEL).values()) == ["here", "there", "there"]
    assert {row["step_id"] for row in world.people()} == {published.steps[-1]}
    assert world.path(world.person(people[0])["id"])[0] == "Decision branch true"
    assert world.path(world.person(people[1])["id"])[0] == "Decision branch false"
    decided = published.steps[0]
    assert world.counted("left", step_id=decided) == {"branch:true": 1, "branch:false": 2}


def test_decisions_inside_decisions_meet_again_below(world):
    inner = decide(
        {"any": [rule(ORDERS, "at_least", 10)]},
        [update(LEVEL, "big {{ Subscriber:City }}")],
        [decide({"not": rule(ORDERS, "is_set")}, [update(LEVEL, "none")])],
    )
    world.publish(journey(decide(OSLO, [inner], [update(LEVEL, "away")]), wait(1, "hours")))
    rows = [("Oslo", 10), ("Oslo", 9), ("Oslo", None), ("Rome", 50)]
    people = world.host.subscribe([columns(f3=city, f5=orders) for city, orders in rows])
    world.enter(people)
    assert world.tick() == 4
    assert list(world.host.values(LEVEL).values()) == ["big Oslo", None, "none", "away"]
    assert world.states() == ["waiting"] * 4
    assert world.path(world.person(people[1])["id"]) == [
        "Decision branch true",
        "Decision branch false",
        "Decision branch false",
        "Wait until",
    ]


def test_the_history_keeps_truth_and_value_of_every_rule(world):
    criteria = {
        "all": [
            rule(CITY, "is", "Oslo"),
            {"any": [rule(ORDERS, "greater_than", 3), {"not": rule(BORN, "before", "2000-01-01")}]},
            rule("SubscriptionStatus", "is_not", "Unsubscribed"),
            rule(LANGUAGE, "is_set"),
        ]
    }
    world.publish(journey(decide(criteria)))
    person = columns(f3="oslo", f5=3, f6="1999-12-31") | {"EmailAddress": "ann@example.com"}
    (ann,) = world.host.subscribe([person])
    world.host.give_account_value(LANGUAGE, "ann@example.com", "nb")
    world.enter([ann])
    world.run()
    (line,) = world.history(world.person(ann)["id"])
    assert (line["outcome"], line["branch"]) == ("branch", "false")
    assert line["detail"] == {
        "truth": False,
        "rules": [
            {"path": "/all/0", "truth": True, "seen": "oslo"},
            {"path": "/all/1/any/0", "truth": False, "seen": "3"},
            {"path": "/all/1/any/1/not", "truth": True, "seen": "1999-12-31"},
            {"path": "/all/2", "truth": True, "seen": "Subscribed"},
            {"path": "/all/3", "truth": True, "seen": "nb"},
        ],
    }


def test_what_is_not_set_is_seen_as_nothing(world):
    criteria = {"any": [rule(CITY, "is_set"), rule(ORDERS, "equals", 0), rule(BORN, "is_set")]}
    world.publish(journey(decide(criteria)))
    (ann,) = world.enter(world.host.subscribe([columns(f3="", f5=None, f6="0000-00-00")]))
    world.run()
    (line,) = world.history(world.person(ann)["id"])
    assert [(r["truth"], r["seen"]) for r in line["detail"]["rules"]] == [(False, None)] * 3


def test_today_is_the_day_of_the_journeys_zone(world):
    """22:00 UTC on 2 March is 3 March in Kolkata."""
    world.turn(hours=14)
    for zone in ("UTC", "Asia/Kolkata"):
        criteria = {"all": [rule(BORN, "in_next_days", 1), rule(BORN, "on", "2026-03-04")]}
        world.publish(
            journey(decide(criteria, [update(LEVEL, zone)], [update(CITY, zone)]), time_zone=zone)
        )
    (ann,) = world.enter(world.host.subscribe([columns(f6="2026-03-04")]))
    world.run()
    assert world.host.values(LEVEL) == {ann: "Asia/Kolkata"}
    assert world.host.values(CITY) == {ann: "UTC"}


def test_a_field_that_is_gone_holds_everybody_until_it_is_back(world):
    published = world.publish(journey(decide(OSLO, [update(LEVEL, "yes")]), wait(1, "days")))
    people = world.host.subscribe([columns(f3="Oslo"), columns(f3="Rome")])
    world.host.rename_column(LIST, f"CustomField{CITY}", "Gone", "TEXT")
    world.enter(people)
    world.restart()
    world.run()
    assert world.states() == ["held", "held"]
    row = world.person(people[0])
    assert (row["cause"], row["step_id"]) == ("field_missing", published.steps[0])
    assert "CustomField3" in row["cause_text"]
    assert row["due_at"] > world.now
    assert row["attempts"] == 0
    world.turn(hours=1)
    world.run()
    assert world.states() == ["held", "held"]
    world.host.rename_column(LIST, "Gone", f"CustomField{CITY}", "TEXT")
    world.restart()
    world.turn(hours=1)
    world.run()
    assert world.states() == ["waiting", "waiting"]
    assert world.host.values(LEVEL) == {people[0]: "yes", people[1]: None}
    assert world.path(row["id"]) == [
        "Decision hold",
        "Decision branch true",
        "UpdateCustomFieldValue next",
        "Wait until",
    ]
    assert world.person(people[0])["cause"] is None


def test_a_field_whose_definition_is_gone_is_gone_though_its_column_is_there(world):
    world.publish(journey(decide(OSLO)))
    world.host.forget_field(CITY)
    world.restart()
    (ann,) = world.enter(1)
    world.run()
    assert world.person(ann)["cause"] == "field_missing"


def test_somebody_from_another_list_is_held_by_a_field_that_they_cannot_have(world):
    published = world.publish(journey(decide(OSLO)))
    (ann,) = world.host.subscribe(1, OTHER_LIST)
    world.services.enrolling.enroll(1, published.id, OTHER_LIST, [ann])
    world.run()
    row = world.person(ann)
    assert (row["state"], row["cause"]) == ("held", "field_missing")


@pytest.mark.parametrize("value", ["'; DROP TABLE jny_inbox; --", "%", "_", "\\", "😀", "Ünï"])
def test_a_value_is_a_value_whatever_stands_in_it(world, value):
    world.publish(journey(decide({"all": [rule(CITY, "is", value)]}, [update(LEVEL, "same")])))
    same, other = world.host.subscribe([columns(f3=value), columns(f3="x")])
    world.enter([same, other])
    world.run()
    same_text = world.host.kept(value) == value
    assert world.host.values(LEVEL) == {same: "same" if same_text else None, other: None}
