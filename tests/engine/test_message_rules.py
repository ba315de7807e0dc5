"""Rules about messages: what became of the one of a step, and what journeys have sent."""

from __future__ import annotations

import pytest

from plugin.errors import InvalidDocument
from tests.documents import journey, wait
from tests.engine.asking import SEND, asked, told
from tests.engine.mail import API, EMAIL, can_send, send
from tests.world_host import LIST, OTHER_LIST, OWNER

DID = ("sent", "not_sent", "opened", "not_opened", "clicked", "not_clicked")
SHOP = "https://example.com/shop"


@pytest.fixture
def mailing(make_world):
    world = make_world(host_api_url=API)
    can_send(world)
    return world


def happen(world, person, type_, **more):
    """The host reports it of the person's only message."""
    (row,) = world.rows(world.tables.messages, subscriber_id=person, list_id=LIST)
    world.accept(world.event(person, type=type_, data={"message": row["delivery_key"]} | more))
    world.run()


def test_what_became_of_a_message_answers_each_question(mailing):
    """Five people, of whose message something else became."""
    world = mailing
    criteria = {"any": [{"message": 5, "did": word} for word in DID]}
    world.publish(asked(criteria, SEND, wait(1, "hours")))
    people = world.host.subscribe(5)
    world.host.suppress(f"person{people[0]}@list1.example.com", 0, OWNER)
    world.enter(people)
    world.run()
    happen(world, people[2], "open", automated=True)
    happen(world, people[3], "open")
    happen(world, people[4], "open")
    happen(world, people[4], "click")
    world.turn(hours=1)
    world.run()
    became = ("", "sent", "sent", "sent opened", "sent opened clicked")
    for person, words in zip(people, became, strict=True):
        answers = dict(zip(DID, told(world, person), strict=True))
        seen = words.replace(" ", ", ") or "not sent"
        for word in ("sent", "opened", "clicked"):
            assert answers[word] == (word in words.split(), seen)
            assert answers[f"not_{word}"] == (word not in words.split(), seen)


def test_a_message_of_another_step_or_passage_is_another_message(mailing):
    world = mailing
    criteria = {"any": [{"message": 5, "did": "opened"}, {"message": 6, "did": "opened"}]}
    text = asked(criteria, SEND, send() | {"id": 6}, wait(1, "hours"), reentry="every_time")
    made = world.publish(text)
    (ann,) = world.enter(1)
    world.run()
    world.turn(minutes=1)
    world.enter([ann])
    world.run()
    first, second = world.people(made)
    (row,) = world.rows(world.tables.messages, enrollment_id=first["id"], step_id=made.steps[1])
    world.accept(world.event(ann, type="open", data={"message": row["delivery_key"]}))
    world.turn(hours=1)
    world.run()
    seen = {
        line["enrollment_id"]: [answer["truth"] for answer in line["detail"]["rules"]]
        for line in world.rows(world.tables.step_log)
        if "rules" in (line["detail"] or {})
    }
    assert seen == {first["id"]: [False, True], second["id"]: [False, False]}


@pytest.mark.parametrize(
    ("operator", "value", "fits"),
    [
        ("is", SHOP, True),
        ("is", "https://example.com/Shop", False),
        ("begins_with", "https://example.com/", True),
        ("contains", "/shop", True),
        ("contains", "/cart", False),
    ],
)
def test_which_address_was_clicked_is_known_from_the_events(mailing, operator, value, fits):
    """A robot clicked for the second one, who clicked something else in person."""
    world = mailing
    url = {"operator": operator, "value": value}
    criteria = {"any": [{"message": 5, "did": w, "url": url} for w in ("clicked", "not_clicked")]}
    world.publish(asked(criteria, SEND, wait(1, "hours")))
    ann, bob, eve = world.enter(3)
    world.run()
    happen(world, ann, "click", url=SHOP)
    happen(world, bob, "click", url=SHOP, automated=True)
    happen(world, bob, "click", url="https://x.example/")
    world.turn(hours=1)
    world.run()
    assert [truth for truth, _ in told(world, ann)] == [fits, not fits]
    assert told(world, bob) == [
        (False, "sent, opened, clicked elsewhere"),
        (True, "sent, opened, clicked elsewhere"),
    ]
    assert told(world, eve) == [(False, "sent"), (True, "sent")]


def test_which_address_was_clicked_long_ago_cannot_be_told(mailing):
    world = mailing
    url = {"operator": "contains", "value": "/shop"}
    world.publish(asked({"message": 5, "did": "not_clicked", "url": url}, SEND, wait(40, "days")))
    ann, _ = world.enter(2)
    world.run()
    happen(world, ann, "click", url="https://x.example/")
    world.turn(days=40)
    world.run()
    assert [row["cause"] for row in world.people()] == ["cannot_tell", None]


@pytest.mark.parametrize(
    ("email", "ago", "days", "truth"),
    [
        (EMAIL, 0, None, True),
        (EMAIL, 2, 2, True),
        (EMAIL, 3, 2, False),
        (EMAIL + 1, 0, None, False),
    ],
)
def test_whether_an_e_mail_was_sent_is_known_of_all_journeys(mailing, email, ago, days, truth):
    """To the same person, on another list."""
    world = mailing
    world.host.letter(EMAIL + 1)
    within = {} if days is None else {"days": days}
    criteria = {
        "any": [
            {"sent": [EMAIL], "operator": "sent", **within},
            {"sent": [EMAIL], "operator": "not_sent", **within},
            {"sent": [], "operator": "sent", **within},
        ]
    }
    world.publish(journey(send(email_id=email), wait(9, "days"), lists=(OTHER_LIST,)))
    world.publish(asked(criteria))
    (ann,) = world.host.subscribe([{"EmailAddress": "ann@example.com"}])
    (there,) = world.host.subscribe([{"EmailAddress": "Ann@example.com"}], OTHER_LIST)
    world.enter([there], OTHER_LIST)
    world.run()
    world.turn(days=ago)
    world.enter([ann])
    world.run()
    any_email = days is None or ago <= days
    assert [answer for answer, _ in told(world, ann)] == [truth, not truth, any_email]


def test_a_message_that_was_not_sent_was_not_sent(mailing):
    world = mailing
    world.publish(asked({"sent": [], "operator": "sent"}, SEND, wait(1, "hours")))
    (ann,) = world.host.subscribe(1)
    world.host.suppress(f"person{ann}@list1.example.com", 0, OWNER)
    world.enter([ann])
    world.run()
    world.turn(hours=1)
    world.run()
    assert told(world, ann) == [(False, "never sent")]


def test_an_exit_rule_about_a_message_names_the_step_by_its_new_number(mailing):
    world = mailing
    rule = {"criteria": {"message": 50, "did": "clicked"}}
    steps = (send() | {"id": 50}, wait(1, "hours"), wait(9, "days"))
    made = world.publish(journey(*steps, exit_rules=[rule]))
    assert made.steps[0] != 50
    _, bob = world.enter(2)
    world.run()
    happen(world, bob, "click", url=SHOP)
    world.turn(hours=1)
    world.run()
    assert [row["end_reason"] for row in world.people(made)] == [None, "exit_rule"]


@pytest.mark.parametrize(
    ("criteria", "path"),
    [
        ({"message": 77, "did": "sent"}, "/message"),
        ({"not": {"message": 6, "did": "sent"}}, "/not/message"),
        ({"sent": [EMAIL, 99], "operator": "sent"}, "/sent/1"),
    ],
)
def test_what_the_journey_does_not_send_is_refused(mailing, criteria, path):
    with pytest.raises(InvalidDocument) as refused:
        mailing.publish(asked(criteria, SEND, wait() | {"id": 6}))
    (problem,) = refused.value.problems
    assert problem.path == f"/steps/2/params/criteria{path}"


def test_nobody_has_a_message_of_the_journey_before_they_enter(mailing):
    criteria = {"any": [{"message": 5, "did": "sent"}, {"kept": "x", "operator": "is_set"}]}
    with pytest.raises(InvalidDocument) as refused:
        mailing.publish(journey(SEND, wait(), entry_criteria=criteria))
    paths = [problem.path for problem in refused.value.problems]
    assert paths[:2] == ["/entry_criteria/any/0", "/entry_criteria/any/1"]
