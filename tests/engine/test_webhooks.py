"""Webhooks: one parcel per visit, promised with the step and sent after it, signed and the same."""

import json
from datetime import UTC, datetime
from uuid import UUID, uuid5

from cryptography.fernet import Fernet

from plugin.hooks.signing import verify
from tests.documents import HOOK, journey, update, wait, webhook
from tests.world_host import LEVEL
from tests.world_parts import answered


def bodies(world):
    return [json.loads(request.body) for request in world.other_side.requests]


def test_without_a_body_the_person_and_the_journey_are_described(world):
    published = world.publish(journey(webhook(), name="Tell"))
    (ann,) = world.enter(1)
    world.run()
    (request,) = world.other_side.requests
    assert (request.method, request.url) == ("POST", HOOK)
    assert request.headers["Content-Type"] == "application/json"
    assert bodies(world) == [
        {
            "type": "journeys.webhook",
            "timestamp": "2026-03-02T08:00:00+00:00",
            "data": {
                "journey_id": published.id,
                "journey_name": "Tell",
                "step_id": published.steps[0],
                "enrollment_id": world.person(ann)["id"],
                "list_id": 1,
                "subscriber_id": ann,
                "email": "person1@list1.example.com",
            },
        }
    ]


def test_a_body_keeps_its_shape_whatever_the_values_hold(world):
    body = {
        "email": "{{ Subscriber:EmailAddress }}",
        "deep": [{"city": '{{ Subscriber:City|"?" }}'}, 1, 2.5, True, None, "fixed"],
        "{{ Subscriber:City }}": "a key is never filled in",
    }
    world.publish(journey(webhook(body)))
    evil = '","admin":true,"x":"{{ Subscriber:EmailAddress }}\n😀\\'
    world.enter(world.host.subscribe([{"CustomField3": evil}, {"CustomField3": None}]))
    world.run()
    first, second = bodies(world)
    assert first == body | {
        "email": "person1@list1.example.com",
        "deep": [{"city": world.host.kept(evil)}, 1, 2.5, True, None, "fixed"],
    }
    assert second["deep"][0] == {"city": "?"}


def test_a_request_is_signed_with_the_accounts_own_secret(world):
    world.publish(journey(webhook(), webhook(secret="crm"), webhook(secret=None)))
    world.enter(1)
    world.run()
    default, crm, unsigned = world.other_side.requests
    with world.services.begin():
        secrets = {name: secret_of(world, name) for name in ("default", "crm")}
    assert secrets["default"] != secrets["crm"]
    assert verify([secrets["default"]], default.headers, default.body, world.now)
    assert verify([secrets["crm"]], crm.headers, crm.body, world.now)
    assert "webhook-signature" not in unsigned.headers
    assert {"webhook-id", "webhook-timestamp"} <= set(unsigned.headers)
    assert default.headers["webhook-timestamp"] == str(int(world.now.timestamp()))


def secret_of(world, name):
    """Opened with the key of the settings, as an admin could."""
    row = world.row(world.tables.secrets, user_id=1, name=name)
    return Fernet(world.settings.encryption_keys[0]).decrypt(row["ciphertext"]).decode()


def test_each_visit_has_one_parcel_with_a_key_of_its_own(world):
    world.publish(journey(webhook(), wait(1, "seconds"), webhook(), reentry="every_time"))
    people = world.enter(5)
    world.turn(seconds=1)
    world.enter(people)
    world.run()
    world.turn(seconds=1)
    world.run()
    ids = world.other_side.ids()
    assert len(ids) == len(set(ids)) == 20
    assert {(d["state"], d["attempts"]) for d in world.deliveries()} == {("done", 1)}
    assert {len(i) for i in ids} == {36}


def test_nothing_leaves_before_the_step_is_committed(world):
    world.publish(journey(webhook(), update(LEVEL, "x")))
    world.enter(3)
    world.fate.act = lambda name: None if name != "step.before_commit" else note(world)
    world.tick()
    assert world.other_side.requests == []
    assert len(world.deliveries()) == 3
    world.run()
    assert len(world.other_side.requests) == 3


def note(world):
    assert world.other_side.requests == []


def test_a_failure_of_a_later_step_takes_no_parcel_back(world):
    world.publish(journey(webhook(), update(5, "no number")))
    world.enter(2)
    world.run()
    assert world.states() == ["held", "held"]
    assert len(world.other_side.requests) == 2
    world.turn(minutes=15)
    world.run()
    assert len(world.other_side.requests) == 2


def test_two_hundreds_are_done(world):
    statuses = [200, 201, 202, 204, 299]
    left = iter(statuses)
    world.other_side.answer = lambda request: answered(next(left), b"thanks")
    world.publish(journey(webhook()))
    world.enter(5)
    world.run()
    for status, row in zip(statuses, world.deliveries(), strict=True):
        assert (row["state"], row["status"], row["error"]) == ("done", status, None)
        assert row["finished_at"] == world.now
    for tried in world.rows(world.tables.delivery_tries):
        assert (tried["answer"], tried["attempt"], tried["next_at"]) == ("thanks", 1, None)
    assert world.counted("delivered") == {"": 5}


def test_parcels_leave_in_batches_of_as_many_as_one_receiver_may_have(make_world):
    world = make_world(delivery_threads=16, deliveries_per_receiver=7)
    world.publish(journey(webhook()))
    world.enter(16)
    while world.tick():
        pass
    assert [world.deliver() for _ in range(4)] == [7, 7, 2, 0]
    assert len(set(world.other_side.ids())) == 16


def test_the_answer_is_kept_for_people_up_to_two_kilobytes(world):
    world.other_side.answer = lambda request: answered(200, b"\xff<b>" + b"x" * 10_000)
    world.publish(journey(webhook()))
    world.enter(1)
    world.run()
    (tried,) = world.rows(world.tables.delivery_tries)
    assert tried["answer"].startswith("\ufffd<b>xxx")
    assert len(tried["answer"]) == 2048


def test_the_key_of_a_visit_is_a_function_of_installation_person_and_visit(world):
    world.publish(journey(wait(1, "seconds"), webhook()))
    (ann,) = world.enter(1)
    world.run()
    world.turn(seconds=1)
    world.run()
    number = world.row(world.tables.sequences, user_id=0, name="installation")["next_value"]
    origin = UUID("6f6a79d2-0c8b-4f43-9a4e-6d1c3f1f2b60")
    expected = uuid5(
        uuid5(origin, str(number)), f"{world.person(ann)['id']}|2|person1@list1.example.com"
    )
    assert world.other_side.ids() == [str(expected)]


def test_a_text_that_grows_too_long_fails_the_person_and_sends_nothing(world):
    body = {f"k{n}": "{{ Subscriber:City }}" for n in range(3)}
    world.publish(journey(webhook(body | {"long": "{{ Subscriber:City }}" * 40})))
    good, bad = world.host.subscribe([{"CustomField3": "x"}, {"CustomField3": "x" * 3000}])
    world.enter([good, bad])
    world.run()
    assert (world.person(good)["state"], world.person(bad)["cause"]) == ("ended", "bad_template")
    assert len(world.other_side.requests) == 1


def test_time_of_the_signature_is_that_of_the_attempt(world):
    world.other_side.answer = lambda request: answered(500)
    world.publish(journey(webhook()))
    world.enter(1)
    world.run()
    world.turn(seconds=10)
    world.run()
    first, second = world.other_side.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    stamps = [int(r.headers["webhook-timestamp"]) for r in (first, second)]
    assert stamps[1] - stamps[0] == 10
    assert datetime.fromtimestamp(stamps[1], UTC) == world.now
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
