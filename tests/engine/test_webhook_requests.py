"""What a webhook's request is made of: address, method, headers, body, signature, secrets."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging

import pytest
from cryptography.fernet import Fernet

from plugin.errors import InvalidDocument
from tests.documents import journey, webhook
from tests.world_host import LIST, OWNER
from tests.world_parts import answered

URL = "https://example.com/hook"


def the_request(world, people=1, **settings):
    """What leaves for one person."""
    world.publish(journey(webhook(**settings)))
    world.enter(people)
    world.run()
    (request,) = world.other_side.requests
    return request


def keep_secret(world, name, text):
    ciphertext = Fernet(world.settings.encryption_keys[0]).encrypt(text.encode()).decode()
    with world.services.begin() as work:
        work.library.add_secret(OWNER, name, ciphertext, world.now)


def problems_of(world, **settings):
    with pytest.raises(InvalidDocument) as refused:
        world.publish(journey(webhook(**settings)))
    return {problem.path.removeprefix("/steps/0/params") for problem in refused.value.problems}


def test_tags_in_path_and_query_are_escaped_by_place(world):
    city = "a/b?c&d=é #"
    people = world.host.subscribe([{"CustomField3": city}])
    url = URL + "/{{ Subscriber:City }}?c={{ Subscriber:City }}&x=%20"
    request = the_request(world, people, url=url)
    escaped = "a%2Fb%3Fc%26d%3D%C3%A9%20%23"
    assert request.url == f"{URL}/{escaped}?c={escaped}&x=%20"


@pytest.mark.parametrize(
    "url",
    [
        "https://{{ Subscriber:City }}/hook",
        "https://example.com{{ Subscriber:City }}",
        "https://example.com:{{ Subscriber:City }}/",
        "{{ Subscriber:City }}",
        "https://u:p@example.com/",
        "https://example.com/a b",
        "https://example.com/é",
        "https://example.com/a/../b",
        "https://example.com/#{{ Subscriber:City }}",
        "https://example.com:99999/",
        "https://example.com\\@127.0.0.1/",
        "ftp://example.com/",
    ],
)
def test_no_value_says_where_a_request_goes(world, url):
    assert problems_of(world, url=url) == {"/url"}


def test_a_value_that_would_climb_out_of_the_path_fails_alone(world):
    world.publish(journey(webhook(url=URL + "/{{ Subscriber:City }}/x")))
    good, bad = world.host.subscribe([{"CustomField3": "ok"}, {"CustomField3": ".."}])
    world.enter([good, bad])
    world.run()
    assert [r.url for r in world.other_side.requests] == [URL + "/ok/x"]
    assert world.person(bad)["cause"] == "bad_value"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_get_and_delete_send_no_body_of_themselves(world, method):
    request = the_request(world, method=method)
    assert (request.method, request.body) == (method, b"")
    assert "Content-Type" not in request.headers
    assert {"webhook-id", "webhook-signature"} <= set(request.headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_other_methods_describe_the_person(world, method):
    request = the_request(world, method=method)
    assert request.method == method
    assert json.loads(request.body)["data"]["list_id"] == LIST


def test_a_form_is_one_level_of_fields(world):
    body = {"city": "{{ Subscriber:City }}", "n": 1, "yes": True, "no": None}
    people = world.host.subscribe([{"CustomField3": "a&b=ø"}])
    request = the_request(world, people, encoding="form", body=body)
    assert request.body == b"city=a%26b%3D%C3%B8&n=1&yes=true&no="
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_settings_that_do_not_fit_together_are_refused(world):
    assert problems_of(world, method="GET", body={"a": "b"}) == {"/body"}
    assert problems_of(world, payload={"a": "b"}) == {"/payload"}
    assert problems_of(world, encoding="form") == {"/encoding"}
    assert problems_of(world, encoding="form", body={"a": ["b"]}) == {"/encoding"}
    assert problems_of(world, encoding="form", body="host") == {"/encoding"}
    assert problems_of(world, method="TRACE") == {"/method"}
    headers = {"headers": {"X-A": "1"}, "secret_headers": {"x-a": "crm"}}
    assert problems_of(world, **headers) == {"/secret_headers"}
    same = {"signing": "host", "headers": {"x-octeth-signature": "mine"}}
    assert problems_of(world, **same) == {"/signature_header"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil"},
        {"Content-Length": "1"},
        {"Transfer-Encoding": "chunked"},
        {"Connection": "close"},
        {"Cookie": "a=b"},
        {"webhook-id": "mine"},
        {"Proxy-Authorization": "x"},
        {"X A": "1"},
        {"X-A": "1", "x-a": "2"},
        {"X-A": "\u0130"},
        {f"X-{n}": "1" for n in range(21)},
    ],
)
def test_headers_that_are_not_the_users_are_refused(world, headers):
    assert problems_of(world, headers=headers) == {"/headers"}


def test_a_value_in_a_header_starts_no_new_line(world):
    people = world.host.subscribe([{"CustomField3": "x\r\nX-Evil: 1\u2028y\0 "}])
    headers = {"X-City": "in {{ Subscriber:City }}", "Content-Type": "application/vnd.me+json"}
    request = the_request(world, people, headers=headers)
    assert request.headers["X-City"] == "in x X-Evil: 1 y"
    assert request.headers["Content-Type"] == "application/vnd.me+json"


def test_a_value_that_no_header_can_carry_fails_alone(world):
    world.publish(journey(webhook(headers={"X-City": "{{ Subscriber:City }}"})))
    good, bad = world.host.subscribe([{"CustomField3": "Ålesund"}, {"CustomField3": "İzmir"}])
    world.enter([good, bad])
    world.run()
    assert [r.headers["X-City"] for r in world.other_side.requests] == ["Ålesund"]
    assert world.person(bad)["cause"] == "bad_value"


def test_the_hosts_form_of_signing_is_hex_over_the_raw_body(world):
    keep_secret(world, "crm", "any text ø")
    request = the_request(world, signing="host", secret="crm", body={"e": "é"})
    expected = hmac.new("any text ø".encode(), request.body, hashlib.sha256).hexdigest()
    assert request.headers["X-Octeth-Signature"] == expected
    assert "webhook-signature" not in request.headers
    assert len(request.headers["webhook-id"]) == 36


def test_the_signature_may_have_another_header_or_be_left_out(world):
    keep_secret(world, "crm", "k")
    host = webhook(signing="host", secret="crm", signature_header="X-Mine")
    world.publish(journey(host, webhook(signing="none", secret="gone")))
    world.enter(1)
    world.run()
    mine, none = world.other_side.requests
    assert len(mine.headers["X-Mine"]) == 64
    assert not [name for name in none.headers if "signature" in name.lower()]
    assert none.headers["webhook-id"]


def test_the_hosts_body_tells_what_its_own_journeys_tell(world):
    row = {"CustomField3": "Oslo", "CustomField5": 7, "SubscriptionIP": "192.0.2.1"}
    people = world.host.subscribe([row])
    payload = {"who": "{{ Subscriber:City }}", "list": "{{ List:Name }}"}
    body = json.loads(the_request(world, people, body="host", payload=payload).body)
    (enrollment,) = world.people()
    assert body["Journey"] == {
        "JourneyID": enrollment["journey_id"],
        "JourneyName": "Test journey",
        "JourneyTrigger": "ListSubscription:1",
    }
    assert body["List"] == {"ListID": 1, "ListName": "List 1"}
    assert body["CustomFields"]["3"] == "City" and "28" in body["CustomFields"]
    assert "13" not in body["CustomFields"]
    subscriber = body["Subscriber"]
    assert subscriber["SubscriberID"] == people[0]
    assert subscriber["EmailAddress"].endswith("@list1.example.com")
    assert (subscriber["SubscriptionStatus"], subscriber["SubscriptionIP"]) == (
        "Subscribed",
        "192.0.2.1",
    )
    assert set(subscriber) == {
        *("SubscriberID", "EmailAddress", "BounceType", "SubscriptionStatus", "SubscriptionDate"),
        *("SubscriptionIP", "UnsubscriptionDate", "UnsubscriptionIP", "OptInDate", "CustomFields"),
    }
    assert (subscriber["CustomFields"]["3"], subscriber["CustomFields"]["5"]) == ("Oslo", "7")
    assert set(subscriber["CustomFields"]) == set(body["CustomFields"])
    assert body["CustomPayload"] == {"who": "Oslo", "list": "List 1"}
    assert list(body) == ["Journey", "List", "CustomFields", "Subscriber", "CustomPayload"]


CANARY = "Bearer canary-5f2e"


def test_a_secret_header_is_in_the_request_and_nowhere_else(world, caplog):
    caplog.set_level(logging.DEBUG)
    keep_secret(world, "crm", CANARY)
    world.other_side.answer = lambda request: answered(500, f"you sent {CANARY}".encode())
    published = world.publish(journey(webhook(secret_headers={"Authorization": "crm"})))
    world.enter(1)
    world.run()
    (request,) = world.other_side.requests
    assert request.headers["Authorization"] == CANARY
    assert CANARY not in repr(request)
    document = world.services.authoring.export(OWNER, published.id)
    everything = [repr(document), caplog.text]
    everything += [repr(world.rows(table)) for table in world.tables.metadata.tables.values()]
    assert [text for text in everything if "canary" in text] == []
    (tried,) = world.rows(world.tables.delivery_tries)
    assert tried["answer"] == "you sent ***"


def test_a_secret_header_that_the_account_lacks_is_refused_and_no_strangers(world):
    keep_secret(world, "crm", CANARY)
    header = {"secret_headers": {"Authorization": "gone"}}
    assert problems_of(world, **header) == {"/secret_headers/Authorization"}
    text = journey(webhook(secret_headers={"Authorization": "crm"}), lists=None)
    with pytest.raises(InvalidDocument):
        world.publish(text, user_id=2)


def test_a_secret_that_is_lost_later_fails_the_request(world):
    keep_secret(world, "crm", CANARY)
    world.publish(journey(webhook(secret_headers={"Authorization": "crm"})))
    with world.host.engine.begin() as connection:
        table = world.tables.secrets
        connection.execute(table.delete().where(table.c.name == "crm"))
    world.enter(1)
    world.run()
    assert world.other_side.requests == []
    assert [row["error"] for row in world.deliveries()] == ["no secret"]
