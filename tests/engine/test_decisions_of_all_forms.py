"""Decisions about other lists, opens and clicks: the branch, and the reason that is kept."""

import pytest

from plugin.errors import InvalidDocument
from tests.documents import decide, journey, rule, step, update, wait
from tests.world_host import CITY, LEVEL, LIST, OTHER_LIST, OWNER, STRANGER, STRANGERS_LIST

ON_OTHER = {"list": OTHER_LIST, "operator": "subscribed"}


def told(world, person):
    """Truth and value of each rule of the person's decision."""
    row = world.person(person)
    (line,) = [line for line in world.history(row["id"]) if "rules" in (line["detail"] or {})]
    return [(answer["truth"], answer["seen"]) for answer in line["detail"]["rules"]]


def decided(world, criteria, action="Decision"):
    branches = {"true": [update(LEVEL, "yes")], "false": [update(LEVEL, "no")]}
    world.publish(journey(step(action, branches, criteria=criteria), wait(1, "days")))


@pytest.mark.parametrize("action", ["Decision", "YesNo"])
def test_membership_of_another_list_decides(world, action):
    decided(world, ON_OTHER, action)
    names = ("in", "out", "gone")
    people = world.host.subscribe([{"EmailAddress": f"{name}@example.com"} for name in names])
    world.host.subscribe([{"EmailAddress": "IN@example.com"}], OTHER_LIST)
    gone = {"EmailAddress": "gone@example.com", "SubscriptionStatus": "Unsubscribed"}
    world.host.subscribe([gone], OTHER_LIST)
    world.enter(people)
    world.run()
    assert list(world.host.values(LEVEL).values()) == ["yes", "no", "no"]
    assert [told(world, person) for person in people] == [
        [(True, "Subscribed")],
        [(False, "not on the list")],
        [(False, "Unsubscribed")],
    ]


def test_opens_and_clicks_decide_as_of_the_moment_of_the_step(world):
    criteria = {
        "all": [
            {
                "activity": "opened",
                "campaigns": [5],
                "when": {"operator": "in_last_days", "value": 7},
                "count": {"operator": "at_least", "value": 2},
            },
            {"not": {"activity": "clicked", "url": {"operator": "contains", "value": "/bye"}}},
            {"activity": "not_clicked", "emails": [9]},
        ]
    }
    world.host.mail(campaigns={5: OWNER}, emails={9: OWNER})
    decided(world, criteria)
    ann, bob = world.host.subscribe(2)
    for person in (ann, bob):
        world.host.open(person, "2026-03-01 09:00:00", RelCampaignID=5)
    world.host.open(ann, "2026-02-24 09:00:00", RelCampaignID=5)
    world.host.open(bob, "2026-01-01 09:00:00", RelCampaignID=5)
    world.host.click(bob, "2026-01-01 09:00:00", LinkURL="https://example.com/bye", RelEmailID=9)
    world.enter([ann, bob])
    world.run()
    assert world.host.values(LEVEL) == {ann: "yes", bob: "no"}
    assert told(world, ann) == [(True, "2 opens"), (False, "0 clicks"), (True, "0 clicks")]
    assert told(world, bob) == [(False, "1 open"), (True, "1 click"), (False, "1 click")]


def test_rules_of_all_forms_stand_together_and_keep_their_places(world):
    criteria = {
        "any": [
            {"all": [{"activity": "clicked"}, rule(CITY, "is", "Oslo")]},
            {"list": LIST, "operator": "absent"},
            rule("EmailAddress", "is_not_set"),
        ]
    }
    world.publish(journey(decide(criteria)))
    (ann,) = world.host.subscribe([{"CustomField3": "Oslo"}])
    world.host.click(ann, "2026-03-01 09:00:00", IsAutomated=1)
    world.enter([ann])
    world.run()
    (line,) = world.history(world.person(ann)["id"])
    address = f"person{ann}@list1.example.com"
    robot_counts = not world.host.knows_robots
    assert line["detail"] == {
        "truth": robot_counts,
        "rules": [
            {
                "path": "/any/0/all/0",
                "truth": robot_counts,
                "seen": "1 click" if robot_counts else "0 clicks",
            },
            {"path": "/any/0/all/1", "truth": True, "seen": "Oslo"},
            {"path": "/any/1", "truth": False, "seen": "Subscribed"},
            {"path": "/any/2", "truth": False, "seen": address},
        ],
    }


@pytest.mark.parametrize(
    ("criteria", "table", "cause"),
    [
        (ON_OTHER, f"subscribers_{OTHER_LIST}", "list_missing"),
        ({"activity": "not_opened"}, "stats_open", "activity_missing"),
        ({"not": {"activity": "clicked"}}, "stats_link", "activity_missing"),
    ],
)
def test_people_are_held_while_the_table_is_gone_and_decided_when_it_is_back(
    world, criteria, table, cause
):
    decided(world, criteria)
    (ann,) = world.host.subscribe(1)
    world.host.rename(table, "gone")
    world.enter([ann])
    world.run()
    row = world.person(ann)
    assert (row["state"], row["cause"], row["attempts"]) == ("held", cause, 0)
    assert world.host.values(LEVEL) == {ann: None}
    world.host.rename("gone", table)
    world.turn(hours=1)
    world.run()
    assert world.states() == ["waiting"]
    assert world.host.values(LEVEL)[ann] in ("yes", "no")


@pytest.mark.parametrize(
    ("criteria", "path"),
    [
        ({"all": [{"list": STRANGERS_LIST, "operator": "present"}]}, "/all/0/list"),
        ({"list": 77, "operator": "present"}, "/list"),
        ({"activity": "opened", "campaigns": [5, 6]}, "/campaigns/1"),
        ({"not": {"activity": "clicked", "emails": [10, 9]}}, "/not/emails/0"),
        ({"activity": "opened", "campaigns": [99]}, "/campaigns/0"),
    ],
)
def test_anothers_lists_campaigns_and_emails_cannot_be_published(world, criteria, path):
    world.host.mail(campaigns={5: OWNER, 6: STRANGER}, emails={9: OWNER, 10: STRANGER})
    with pytest.raises(InvalidDocument) as refused:
        decided(world, criteria)
    (problem,) = refused.value.problems
    assert problem.path == f"/steps/0/params/criteria{path}"
    assert problem.text.startswith("There is no ")
    assert problem.text.endswith(".")


def test_a_fault_in_a_rule_is_told_with_its_place(world):
    about_two = {"activity": "opened", "count": {"operator": "about", "value": 2}}
    with pytest.raises(InvalidDocument) as refused:
        decided(world, {"any": [about_two]})
    (problem,) = refused.value.problems
    assert problem.path == "/steps/0/params/criteria/any/0/count/operator"
