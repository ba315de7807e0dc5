"""Waits for what comes of the e-mail that an earlier step has sent, or of any."""

from __future__ import annotations

import pytest

from plugin.errors import InvalidDocument
from tests.documents import journey, wait, wait_for
from tests.engine.awaiting import branches, happens, waiters
from tests.engine.mail import API, EMAIL, can_send, send
from tests.world_host import OWNER

#: A step that sends, under an id by which others name it.
SEND = send() | {"id": 5}


@pytest.fixture
def world(make_world):
    return make_world(host_api_url=API)


@pytest.fixture
def gateway(world):
    return can_send(world)


def opened(**data):
    return {"type": "open", "data": data}


def keys(world, step_id):
    """By subscriber, what goes out with the messages of a step."""
    rows = world.rows(world.tables.messages, step_id=step_id)
    return {row["subscriber_id"]: row["delivery_key"] for row in rows}


def test_only_what_comes_of_their_own_message_of_that_step_ends_the_wait(world, gateway):
    """By our key, whatever else was sent; what came before the wait counts as well."""
    later = [send() | {"id": 6}, wait(1, "hours"), wait_for("opened", step=5), wait(9, "days")]
    made = world.publish(journey(SEND, *later))
    ann, bob, eve = world.enter(3)
    world.run()
    first, second = (keys(world, step_id) for step_id in made.steps[:2])
    happens(world, eve, **opened(message=first[eve]))  # before they wait
    world.turn(hours=1)
    world.run()
    assert branches(world) == {ann: [], bob: [], eve: ["happened"]}
    happens(world, ann, **opened(message=second[ann]))
    happens(world, ann, **opened())
    happens(world, ann, **opened(message=first[bob]))  # a message of somebody else's
    happens(world, ann, **opened(message=first[ann], automated=True))
    assert branches(world)[ann] == []
    happens(world, ann, **opened(message=first[ann]))
    assert branches(world) == {ann: ["happened"], bob: [], eve: ["happened"]}
    world.turn(days=1)
    world.run()
    assert branches(world)[bob] == ["timed_out"]
    assert waiters(world) == []


def test_an_open_that_comes_before_the_hosts_answer_is_found(world, gateway):
    """The message is out before our worker knows it, and somebody opens it at once."""
    made = world.publish(journey(SEND, wait_for("opened", step=5), wait(9, "days")))
    (ann,) = world.enter(1)
    world.tick()
    key = keys(world, made.steps[0])[ann]
    world.accept(world.event(ann, **opened(message=key)))
    world.turn_wheel(world.services.intake.route)
    world.run()
    assert branches(world) == {ann: ["happened"]}


def test_an_event_whose_message_is_known_later_counts_at_the_time_out(world, gateway):
    """It names the host's own name for it, before we know that."""
    world.publish(journey(SEND, wait_for("clicked", step=5), wait(9, "days")))
    (ann,) = world.enter(1)
    world.tick()
    world.accept(world.event(ann, type="click", data={"message_id": "m-1"}))
    world.turn_wheel(world.services.intake.route)
    world.run()
    assert branches(world)[ann] in (["happened"], [])
    world.turn(days=1)
    world.run()
    assert branches(world) == {ann: ["happened"]}


def test_an_import_names_the_step_by_its_new_number(world, gateway):
    made = world.publish(journey(SEND, wait_for("opened", step=5), wait()))
    document = world.services.authoring.export(OWNER, made.id)
    assert document.steps[1].params["step"] == document.steps[0].id == made.steps[0]


REFUSED = [
    ([SEND, wait_for("opened", step=9)], "This journey has no step"),
    ([wait() | {"id": 4}, wait_for("opened", step=4)], "is a Wait, which sends no e-mail"),
    ([wait_for("opened", step=5), SEND], "who comes here"),
    ([wait_for("clicked", [SEND], [wait_for("opened", step=5)])], "who comes here"),
    ([SEND, wait_for("opened", step=5, email_ids=[EMAIL])], "Choose either"),
    ([SEND, wait_for("opened", step=5, since="journey")], "since it was sent"),
    ([SEND, wait_for("opened", step=5, since="days", days=1)], "since it was sent"),
]


def test_a_step_that_sent_them_nothing_is_refused_with_its_place(world, gateway):
    for steps, words in REFUSED:
        with pytest.raises(InvalidDocument, match=words) as refused:
            world.publish(journey(*steps, wait()))
        assert "/params/" in refused.value.problems[0].path, words


def test_a_step_of_another_branch_is_known_below_it(world, gateway):
    within = wait_for("clicked", [SEND, wait_for("opened", step=5)])
    world.publish(journey(within, wait_for("opened", step=5), wait()))
