"""Rules about messages: what became of the one of a step, and what journeys have sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.domain.enrollment import person_key
from tests.documents import journey, step, wait
from tests.engine.asking import EMAIL, OTHER_EMAIL, SEND, Mailing, asked, message, told
from tests.world_host import OTHER_LIST, OWNER

DID = ("sent", "not_sent", "opened", "not_opened", "clicked", "not_clicked")


@pytest.fixture
def mailing(make_world):
    return make_world(more_actions=(Mailing,))


def test_what_became_of_a_message_answers_each_question(mailing):
    """Seven people, of whose message something else became."""
    world = mailing
    criteria = {"any": [{"message": 5, "did": word} for word in DID]}
    made = world.publish(asked(criteria, SEND, wait(1, "hours")))
    people = world.enter(7)
    world.run()
    rows = {row["subscriber_id"]: row for row in world.people()}
    opened, clicked = {"opened_at": world.now}, {"clicked_at": world.now}
    became = [
        (None, "", "not sent"),
        ({"state": "queued"}, "", "not sent"),
        ({"state": "failed"}, "", "not sent"),
        ({}, "sent", "sent"),
        ({"state": "unknown"}, "sent", "sent"),
        (opened, "sent opened", "sent, opened"),
        (opened | clicked, "sent opened clicked", "sent, opened, clicked"),
    ]
    for person, (what, _, _) in zip(people, became, strict=True):
        if what is not None:
            message(world, rows[person], made.steps[0], **what)
    world.turn(hours=1)
    world.run()
    for person, (_, words, seen) in zip(people, became, strict=True):
        answers = dict(zip(DID, told(world, person), strict=True))
        for word in ("sent", "opened", "clicked"):
            assert answers[word] == (word in words.split(), seen)
            assert answers[f"not_{word}"] == (word not in words.split(), seen)


def test_a_message_of_another_step_or_passage_is_another_message(mailing):
    world = mailing
    criteria = {"any": [{"message": 5, "did": "opened"}, {"message": 6, "did": "opened"}]}
    text = asked(
        criteria, SEND, step("Mailing") | {"id": 6}, wait(1, "hours"), reentry="every_time"
    )
    made = world.publish(text)
    (ann,) = world.enter(1)
    world.run()
    world.turn(minutes=1)
    world.enter([ann])
    world.run()
    first, second = world.people(made)
    message(world, first, made.steps[1], opened_at=world.now)
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
        ("is", "https://example.com/shop", True),
        ("is", "https://example.com/Shop", False),
        ("begins_with", "https://example.com/", True),
        ("contains", "/shop", True),
        ("contains", "/cart", False),
    ],
)
def test_which_address_was_clicked_is_known_from_the_events(mailing, operator, value, fits):
    world = mailing
    url = {"operator": operator, "value": value}
    criteria = {"any": [{"message": 5, "did": w, "url": url} for w in ("clicked", "not_clicked")]}
    made = world.publish(asked(criteria, SEND, wait(1, "hours")))
    ann, bob = world.enter(2)
    world.run()
    rows = {row["subscriber_id"]: row for row in world.people()}
    keys = {
        who: message(world, rows[who], made.steps[0], clicked_at=world.now) for who in (ann, bob)
    }
    shop = {"url": "https://example.com/shop"}
    world.accept(
        world.event(ann, type="click", data={"message": keys[ann], **shop}),
        world.event(bob, type="click", data={"message": keys[bob], **shop, "automated": True}),
        world.event(bob, type="click", data={"message": keys[bob], "url": "https://x.example/"}),
        world.event(bob, type="click", data={"message": keys[ann], **shop}),
    )
    world.turn(hours=1)
    world.run()
    assert [truth for truth, _ in told(world, ann)] == [fits, not fits]
    assert [truth for truth, _ in told(world, bob)] == [False, True]


def test_which_address_was_clicked_long_ago_cannot_be_told(mailing):
    world = mailing
    url = {"operator": "contains", "value": "/shop"}
    criteria = {"message": 5, "did": "not_clicked", "url": url}
    made = world.publish(asked(criteria, SEND, wait(40, "days")))
    world.enter(2)
    world.run()
    first, second = world.people()
    message(world, first, made.steps[0], clicked_at=world.now)
    message(world, second, made.steps[0])
    world.turn(days=40)
    world.run()
    assert [row["cause"] for row in world.people()] == ["cannot_tell", None]


@pytest.mark.parametrize(
    ("email", "sent_at", "days", "truth"),
    [
        (EMAIL, 0, None, True),
        (EMAIL, 2, 2, True),
        (EMAIL, 3, 2, False),
        (OTHER_EMAIL, 0, None, False),
    ],
)
def test_whether_an_e_mail_was_sent_is_known_of_all_journeys(mailing, email, sent_at, days, truth):
    world = mailing
    world.host.mail(campaigns={}, emails={EMAIL: OWNER, OTHER_EMAIL: OWNER})
    within = {} if days is None else {"days": days}
    criteria = {
        "any": [
            {"sent": [EMAIL], "operator": "sent", **within},
            {"sent": [EMAIL], "operator": "not_sent", **within},
            {"sent": [], "operator": "sent", **within},
        ]
    }
    other = world.publish(journey(SEND, wait(9, "days"), lists=(OTHER_LIST,)))
    world.publish(asked(criteria))
    (ann,) = world.host.subscribe([{"EmailAddress": "ann@example.com"}])
    (there,) = world.host.subscribe([{"EmailAddress": "Ann@example.com"}], OTHER_LIST)
    world.enter([there], OTHER_LIST)
    world.run()
    at = world.now - timedelta(days=sent_at)
    (row,) = world.people(other)
    assert bytes(row["person_key"]) == person_key(OWNER, "ann@example.com")
    message(world, row, other.steps[0], email_id=email, sent_at=at, asked_at=at)
    world.enter([ann])
    world.run()
    any_email = days is None or sent_at <= days
    assert [answer for answer, _ in told(world, ann)] == [truth, not truth, any_email]


def test_a_message_that_was_not_sent_was_not_sent(mailing):
    world = mailing
    made = world.publish(asked({"sent": [], "operator": "sent"}, SEND, wait(1, "hours")))
    (ann,) = world.enter(1)
    world.run()
    message(world, world.person(ann), made.steps[0], state="failed")
    world.turn(hours=1)
    world.run()
    assert told(world, ann) == [(False, "never sent")]


def test_an_exit_rule_about_a_message_names_the_step_by_its_new_number(mailing):
    world = mailing
    rule = {"criteria": {"message": 5, "did": "clicked"}}
    made = world.publish(journey(SEND, wait(1, "hours"), wait(9, "days"), exit_rules=[rule]))
    assert made.steps[0] != 5
    _ann, _bob = world.enter(2)
    world.run()
    _first, second = world.people(made)
    message(world, second, made.steps[0], clicked_at=world.now)
    world.turn(hours=1)
    world.run()
    assert [row["end_reason"] for row in world.people(made)] == [None, "exit_rule"]
