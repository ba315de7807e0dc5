"""Waits for what comes of the e-mail that an earlier step has sent, or of any."""

from __future__ import annotations

import pytest

from plugin.errors import InvalidDocument
from tests.documents import journey, step, wait, wait_for
from tests.engine.asking import EMAIL, OTHER_EMAIL, SEND, Mailing, message
from tests.engine.awaiting import branches, happens, waiters
from tests.world_host import OWNER


@pytest.fixture
def mailing(make_world):
    world = make_world(more_actions=[Mailing])
    world.host.mail(campaigns={}, emails={EMAIL: OWNER, OTHER_EMAIL: OWNER})
    return world


def opened(**data):
    return {"type": "open", "data": data}


def test_only_what_comes_of_their_own_message_of_that_step_ends_the_wait(mailing):
    """By our key, whatever else was sent; what came before the wait counts as well."""
    world = mailing
    made = world.publish(
        journey(
            SEND,
            step("Mailing") | {"id": 6},
            wait(1, "hours"),
            wait_for("opened", step=5),
            wait(9, "days"),
        )
    )
    first, second = made.steps[:2]
    ann, bob, eve = world.enter(3)
    world.run()
    rows = {who: world.person(who) for who in (ann, bob, eve)}
    keys = {who: message(world, rows[who], first) for who in rows}
    others = {who: message(world, rows[who], second, email_id=OTHER_EMAIL) for who in rows}
    happens(world, eve, **opened(message=keys[eve]))  # before they wait
    world.turn(hours=1)
    world.run()
    assert branches(world) == {ann: [], bob: [], eve: ["happened"]}
    happens(world, ann, **opened(message=others[ann]))
    happens(world, ann, **opened())
    happens(world, ann, **opened(message=keys[bob]))  # a message of somebody else's
    happens(world, ann, **opened(message=keys[ann], automated=True))
    assert branches(world)[ann] == []
    happens(world, ann, **opened(message=keys[ann]))
    happens(world, bob, **opened(email_id=EMAIL))  # the last one with that e-mail
    assert branches(world) == {ann: ["happened"], bob: ["happened"], eve: ["happened"]}
    assert waiters(world) == []


def test_an_answer_that_names_a_message_which_is_known_later_counts_at_the_time_out(mailing):
    """The host's own name for it may come after the open does."""
    world = mailing
    made = world.publish(journey(SEND, wait_for("clicked", step=5), wait(9, "days")))
    (ann,) = world.enter(1)
    world.run()
    happens(world, ann, type="click", data={"message_id": "host-1"})
    message(world, world.person(ann), made.steps[0], host_message_id="host-1")
    world.turn(days=1)
    world.run()
    assert branches(world) == {ann: ["happened"]}


def test_an_import_names_the_step_by_its_new_number(mailing):
    made = mailing.publish(journey(SEND, wait_for("opened", step=5), wait()))
    document = mailing.services.authoring.export(OWNER, made.id)
    assert document.steps[1].params["step"] == document.steps[0].id == made.steps[0]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([SEND, wait_for("opened", step=9)], "There is no step|This journey has no step"),
        ([wait() | {"id": 4}, wait_for("opened", step=4)], "is a Wait, which sends no e-mail"),
        ([wait_for("opened", step=5), SEND], "who comes here"),
        ([wait_for("clicked", [SEND], [wait_for("opened", step=5)])], "who comes here"),
    ],
)
def test_a_step_that_sent_them_nothing_is_refused_with_its_place(mailing, steps, words):
    with pytest.raises(InvalidDocument, match=words) as refused:
        mailing.publish(journey(*steps, wait()))
    assert refused.value.problems[0].path.endswith("/params/step")


def test_a_step_of_another_branch_is_known_below_it(mailing):
    within = wait_for("clicked", [SEND, wait_for("opened", step=5)])
    mailing.publish(journey(within, wait_for("opened", step=5), wait()))


@pytest.mark.parametrize(
    "params", [{"email_ids": [EMAIL]}, {"since": "journey"}, {"since": "days", "days": 1}]
)
def test_what_an_earlier_steps_email_needs_not_is_refused(mailing, params):
    with pytest.raises(InvalidDocument):
        mailing.publish(journey(SEND, wait_for("opened", step=5, **params), wait()))
