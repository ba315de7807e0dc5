"""Lists through the host's API: the call, the wait for its answer, and what the answer does."""

from __future__ import annotations

import json

import pytest

from tests.documents import journey, step, update, wait, webhook
from tests.engine.modes import API_URL, by_call
from tests.world_host import LEVEL, LIST, OTHER_LIST, OWNER
from tests.world_parts import Died, answered, no_answer

KEY = "key-of-the-owner"
SUBSCRIBE = step("Subscribe", list_id=OTHER_LIST)
SUCCESS = answered(200, b'{"Success":true,"ErrorCode":0}')


def failed(code):
    return answered(200, json.dumps({"Success": False, "ErrorCode": code}).encode())


@pytest.fixture
def world(make_world):
    made = by_call(make_world)
    made.host.set_user(OWNER, APIKey=KEY)
    made.other_side.answer = lambda request: SUCCESS
    return made


def enter(world, *emails):
    return world.enter(world.host.subscribe([{"EmailAddress": email} for email in emails]))


def told(world, subscriber_id):
    """The details of everything that happened to somebody, without who asked."""
    return [row["detail"] for row in world.history(world.person(subscriber_id)["id"])]


def test_the_host_is_asked_and_its_answer_lets_people_go_on(world):
    published = world.publish(journey(SUBSCRIBE, update(LEVEL, "on")))
    (ann,) = enter(world, "ann@example.com")
    world.run()
    (request,) = world.other_side.requests
    assert (request.method, request.url) == ("POST", API_URL)
    assert request.headers == {"Content-Type": "application/json"}
    assert world.other_side.calls() == [
        {
            "Command": "subscriber.create",
            "ResponseFormat": "JSON",
            "ListID": OTHER_LIST,
            "EmailAddress": "ann@example.com",
            "Status": "Subscribed",
            "BounceType": "Not Bounced",
            "SubscriptionDate": "2026-03-02 08:00:00",
            "SubscriptionIP": "0.0.0.0",
            "OptInDate": "2026-03-02 08:00:00",
            "UpdateIfDuplicate": False,
            "UpdateIfUnsubscribed": False,
            "ApplyBehaviors": True,
            "SendConfirmationEmail": False,
            "UpdateStatistics": True,
            "TriggerWebServices": True,
            "TriggerAutoResponders": True,
            "Source": "Other",
            "SourceRef": f"journey {published.id}",
            "APIKey": KEY,
        }
    ]
    assert told(world, ann)[:2] == [
        {"asked": "subscribe", "list_id": OTHER_LIST},
        {"list_id": OTHER_LIST, "result": "subscribed"},
    ]
    assert world.path(world.person(ann)["id"]) == [
        "Subscribe stay",
        "Subscribe next",
        "UpdateCustomFieldValue next",
    ]
    assert world.host.values(LEVEL) == {ann: "on"}
    assert world.host.roll(OTHER_LIST) == {}
    assert world.rows(world.tables.inbox, source=b"journeys") == []


def test_the_key_is_in_the_request_and_nowhere_else(world, caplog):
    world.publish(journey(SUBSCRIBE))
    world.other_side.answer = lambda request: answered(
        200, b'{"Success":false,"x":"%b"}' % KEY.encode()
    )
    enter(world, "ann@example.com")
    world.run()
    assert KEY.encode() in world.other_side.requests[0].body
    for table in world.tables.metadata.sorted_tables:
        assert KEY not in str(world.rows(table))
    assert "***" in world.rows(world.tables.delivery_tries)[0]["answer"]
    assert KEY not in caplog.text


def test_the_key_is_read_when_the_call_is_made(world):
    world.publish(journey(SUBSCRIBE))
    enter(world, "ann@example.com")
    world.tick()
    world.host.set_user(OWNER, APIKey="changed")
    world.run()
    assert world.other_side.calls()[0]["APIKey"] == "changed"


def test_unsubscribe_names_the_row_and_who_has_left_leaves_the_journey(world):
    world.publish(journey(step("Unsubscribe"), update(LEVEL, "too far")))
    (ann,) = enter(world, "ann@example.com")
    world.other_side.answer = lambda request: world.host.unsubscribe([ann]) or SUCCESS
    world.run()
    (call,) = world.other_side.calls()
    assert call == {
        "Command": "subscriber.unsubscribe",
        "ResponseFormat": "JSON",
        "ListID": LIST,
        "SubscriberID": ann,
        "IPAddress": "0.0.0.0",
        "Channel": "Journey",
        "APIKey": KEY,
    }
    assert world.person(ann)["end_reason"] == "unsubscribed"


def test_delete_names_the_row_and_the_journey_ends(world):
    world.publish(journey(step("DeleteSubscriber"), update(LEVEL, "too far")))
    (ann,) = enter(world, "ann@example.com")
    world.other_side.answer = lambda request: world.host.delete([ann]) or SUCCESS
    world.run()
    (call,) = world.other_side.calls()
    assert (call["Command"], call["SubscriberListID"]) == ("subscribers.delete", LIST)
    assert call["Subscribers"] == str(ann)
    assert world.person(ann)["end_reason"] == "subscriber_deleted"


def test_who_needs_no_call_gets_none(world):
    world.publish(journey(SUBSCRIBE, wait(1, "days")))
    there = {"EmailAddress": "there@example.com"}
    gone = {"EmailAddress": "gone@example.com", "SubscriptionStatus": "Unsubscribed"}
    world.host.subscribe([there, gone], OTHER_LIST)
    a, b = enter(world, "there@example.com", "gone@example.com")
    world.run()
    assert world.other_side.requests == []
    assert told(world, a)[0]["result"] == "already_subscribed"
    assert told(world, b)[0]["reason"] == "unsubscribed"


def test_a_refusal_is_a_reason_and_people_go_on(world):
    world.publish(journey(SUBSCRIBE, update(LEVEL, "on")))
    world.other_side.answer = lambda request: failed(26)
    (ann,) = enter(world, "ann@example.com")
    world.run()
    refused = {"list_id": OTHER_LIST, "result": "refused", "reason": "required_field"}
    assert told(world, ann)[1] == refused
    assert world.host.values(LEVEL) == {ann: "on"}
    assert world.counted("result") == {"refused:required_field": 1}
    assert world.deliveries()[0]["state"] == "done"


def test_a_code_that_nobody_knows_holds_and_the_host_is_asked_again_an_hour_later(world):
    world.publish(journey(SUBSCRIBE, update(LEVEL, "on")))
    world.other_side.answer = lambda request: failed(4711)
    (ann,) = enter(world, "ann@example.com")
    world.run()
    row = world.person(ann)
    assert (row["state"], row["cause"]) == ("held", "unknown_code")
    for _ in range(5):
        world.turn(minutes=10)
        world.run()
    assert len(world.other_side.requests) == 1
    assert world.person(ann)["visit"] == 2
    world.other_side.answer = lambda request: SUCCESS
    world.turn(minutes=20)
    world.run()
    assert len(world.other_side.requests) == 2
    assert world.host.values(LEVEL) == {ann: "on"}


@pytest.mark.parametrize(
    ("values", "cause"),
    [({"APIKey": ""}, "no_api_key"), ({"AccountStatus": "Disabled"}, "account_disabled")],
)
def test_without_a_key_people_hold_and_nothing_is_asked(world, values, cause):
    world.host.set_user(OWNER, **values)
    world.publish(journey(SUBSCRIBE))
    (ann,) = enter(world, "ann@example.com")
    world.run()
    assert world.person(ann)["cause"] == cause
    assert (world.deliveries(), world.other_side.requests) == ([], [])
    world.host.set_user(OWNER, APIKey=KEY, AccountStatus="Enabled")
    world.turn(minutes=6)
    world.run()
    assert world.person(ann)["end_reason"] == "completed"


def test_a_key_that_is_gone_between_step_and_call_holds(world):
    world.publish(journey(SUBSCRIBE))
    (ann,) = enter(world, "ann@example.com")
    world.tick()
    world.host.set_user(OWNER, APIKey="")
    world.run()
    assert world.other_side.requests == []
    assert world.person(ann)["cause"] == "no_api_key"


def test_a_host_that_is_away_is_asked_again_when_it_wants(world):
    world.publish(journey(SUBSCRIBE))
    answers = [
        answered(503, b"The database is down.", retry_after=30),
        no_answer("timeout"),
        answered(429, b"", retry_after=120),
        SUCCESS,
    ]
    world.other_side.answer = lambda request: answers[len(world.other_side.requests) - 1]
    (ann,) = enter(world, "ann@example.com")
    world.run()
    pauses = []
    while world.person(ann)["state"] != "ended":
        (delivery,) = world.deliveries()
        pauses.append((delivery["next_at"] - world.now).total_seconds())
        world.now = delivery["next_at"]
        world.run()
    assert pauses == [30, 60, 300]
    assert len({request.body for request in world.other_side.requests}) == 1
    assert told(world, ann)[-1]["result"] == "subscribed"


def test_a_host_that_stays_away_holds_people_in_sight(world):
    world.publish(journey(SUBSCRIBE))
    world.other_side.answer = lambda request: no_answer("refused")
    (ann,) = enter(world, "ann@example.com")
    for _ in range(14):
        world.run()
        world.turn(hours=3)
    assert world.person(ann)["state"] == "active"
    assert world.person(ann)["visit"] == 1
    world.turn(days=1)
    world.run()
    row = world.person(ann)
    assert (row["state"], row["cause"]) == ("held", "host_away")
    assert world.deliveries()[0]["state"] == "failed"


def test_whose_time_out_comes_first_stays_without_a_second_call(world):
    world.publish(journey(SUBSCRIBE))
    (ann,) = enter(world, "ann@example.com")
    world.tick()
    world.turn(days=3)
    world.tick()
    row = world.person(ann)
    assert (row["state"], row["visit"], len(world.deliveries())) == ("active", 1, 1)
    world.run()
    assert world.person(ann)["end_reason"] == "completed"
    assert len(world.other_side.requests) == 1


def test_an_answer_wakes_those_who_wait_for_it_and_nobody_else(world):
    world.publish(journey(SUBSCRIBE, wait(1, "days")))
    a, b = enter(world, "a@example.com", "b@example.com")
    world.tick()
    world.other_side.answer = lambda request: (
        SUCCESS if b'"a@example.com"' in request.body else no_answer("timeout")
    )
    world.deliver()
    world.deliver()
    assert world.person(a)["due_at"] == world.now
    assert world.person(b)["due_at"] > world.now


def test_an_answer_for_somebody_who_is_frozen_is_kept_until_they_go_on(world):
    published = world.publish(journey(SUBSCRIBE))
    (ann,) = enter(world, "ann@example.com")
    world.tick()
    world.disable(published)
    world.turn(days=2)
    world.tick()
    assert world.person(ann)["due_at"] is None
    world.deliver()
    assert world.person(ann)["due_at"] is None
    world.enable(published)
    world.run()
    assert world.person(ann)["end_reason"] == "completed"


def test_a_list_that_asks_for_confirmation_has_its_mail_sent_by_the_host(world):
    world.host.set_rules(OTHER_LIST, OptInMode="Double")
    world.publish(journey(SUBSCRIBE, wait(1, "days")))
    pending = {"SubscriptionStatus": "Opt-In Pending"}
    body = json.dumps({"Success": True, "ErrorCode": 0, "SubscriberInformation": pending})
    world.other_side.answer = lambda request: answered(200, body.encode())
    (ann,) = enter(world, "ann@example.com")
    world.run()
    (call,) = world.other_side.calls()
    assert (call["Status"], call["SendConfirmationEmail"]) == ("Opt-In Pending", True)
    assert "OptInDate" not in call
    assert told(world, ann)[1]["result"] == "asked_to_confirm"


def test_revive_is_left_to_the_host(world):
    world.publish(journey(step("Subscribe", list_id=OTHER_LIST, revive=True)))
    gone = {"EmailAddress": "ann@example.com", "SubscriptionStatus": "Unsubscribed"}
    world.host.subscribe([gone], OTHER_LIST)
    enter(world, "ann@example.com")
    world.run()
    (call,) = world.other_side.calls()
    assert (call["UpdateIfUnsubscribed"], call["UpdateIfDuplicate"]) == (True, True)


@pytest.mark.parametrize("point", ["deliver.after_send", "deliver.before_commit"])
def test_a_call_whose_answer_was_lost_is_made_again_and_already_is_done(world, point):
    world.publish(journey(SUBSCRIBE, wait(1, "days")))
    (ann,) = enter(world, "ann@example.com")
    world.tick()
    world.fate.point = point
    with pytest.raises(Died):
        world.deliver()
    world.restart()
    world.other_side.answer = lambda request: failed(20)
    world.turn(minutes=2)
    world.run()
    assert len(world.other_side.requests) == 2
    assert told(world, ann)[1]["result"] == "subscribed"


def test_calls_and_webhooks_of_one_batch_go_each_their_way(world):
    world.publish(journey(webhook(), SUBSCRIBE))
    enter(world, "ann@example.com")
    world.run()
    assert len(world.other_side.webhooks()) == len(world.other_side.calls()) == 1
    assert KEY.encode() not in world.other_side.webhooks()[0].body


def test_nothing_is_said_of_autoresponders_that_do_start(world):
    catalog = world.services.catalog(OWNER)
    subscribe = world.services.actions.load("Subscribe", {"list_id": OTHER_LIST})
    assert list(subscribe.notes(catalog)) == []
