"""The event hook: 202 only for what is kept, and never a 500."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from devtools.page_world import HOOK_SECRET, PageWorld
from plugin.errors import Unavailable
from plugin.hooks.signing import signed_headers
from plugin.routes import create_blueprint
from tests.web.hostile_bodies import FINE, GOOD, UNREADABLE, WRONG, call

EVENTS = "/journeys/hooks/events"


def send(world: PageWorld, body: bytes, *, secret: str = HOOK_SECRET, **headers: str):
    """A signed call. `headers` replace or, when '', remove."""
    given = signed_headers([secret], "msg_1", int(time.time()), body)
    given |= {"Content-Type": "application/json"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    given = {name: value for name, value in given.items() if value}
    return world.app().test_client().post(EVENTS, data=body, headers=given)


def kept(world: PageWorld) -> int:
    with world.engine.begin() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(world.tables.inbox))


def test_an_event_is_kept_before_the_answer_and_a_repeat_is_known(world):
    before = kept(world)
    answer = send(world, call())
    assert (answer.status_code, answer.json) == (202, {"new": 1, "duplicate": 0})
    assert kept(world) == before + 1
    answer = send(world, call())
    assert (answer.status_code, answer.json) == (202, {"new": 0, "duplicate": 1})
    assert kept(world) == before + 1


def test_a_known_id_with_other_content_is_a_conflict(world):
    send(world, call())
    answer = send(world, call(subscriber_id=2))
    assert answer.status_code == 409
    assert answer.json["error"]["code"] == "event_id_reused"


def test_what_cannot_be_read_in_one_way_only_is_refused_with_400(world):
    before = kept(world)
    for what, body in UNREADABLE.items():
        answer = send(world, body)
        assert (what, answer.status_code) == (what, 400)
        assert answer.json["error"]["code"] == "bad_request"
        assert answer.json["error"]["message"].endswith(".")
    assert kept(world) == before


def test_what_is_read_and_wrong_is_refused_with_422_and_its_place(world):
    before = kept(world)
    for what, (body, place) in WRONG.items():
        answer = send(world, body)
        assert (what, answer.status_code) == (what, 422)
        error = answer.json["error"]
        assert (what, error["code"], error["field"]) == (what, "invalid", place)
        assert error["message"].endswith(".")
    assert kept(world) == before


def test_what_is_unusual_and_right_is_taken(world):
    for n, (what, body) in enumerate(FINE.items()):
        answer = send(world, body.replace(b"evt_1", b"evt_%d" % (n + 10)))
        assert (what, answer.status_code) == (what, 202)


def test_a_call_is_taken_whole_or_not_at_all(world):
    before = kept(world)
    events = [{**GOOD, "id": f"evt_{n}"} for n in range(5)] + [{**GOOD, "id": ""}]
    answer = send(world, json.dumps({"events": events}).encode())
    assert (answer.status_code, answer.json["error"]["field"]) == (422, "/events/5/id")
    assert kept(world) == before


def test_a_thousand_events_are_taken_and_one_more_is_too_many(world):
    events = [{**GOOD, "id": f"evt_{n}"} for n in range(1001)]
    too_many = json.dumps({"events": events}).encode()
    assert send(world, too_many).status_code == 413
    enough = json.dumps({"events": events[1:]}).encode()
    answer = send(world, enough)
    assert (answer.status_code, answer.json["new"] + answer.json["duplicate"]) == (202, 1000)


def test_a_mebibyte_is_read_and_no_more(world):
    room = 1024 * 1024 - len(call()) - 2
    assert send(world, call() + b" " * (room + 2)).status_code == 202
    assert send(world, call() + b" " * (room + 3)).status_code == 413


def test_nothing_is_read_before_the_signature_holds(world):
    before = kept(world)
    for what, headers in {
        "another secret": {"secret": "whsec_" + "QUFB" * 11},
        "no signature": {"webhook_signature": ""},
        "no id": {"webhook_id": ""},
        "no time": {"webhook_timestamp": ""},
        "an old time": {"webhook_timestamp": "1"},
        "a signature of something else": {"webhook_signature": "v1,AAAA"},
    }.items():
        for body in (call(), b"not even JSON"):
            answer = send(world, body, **headers)
            assert (what, answer.status_code) == (what, 401)
            assert answer.json["error"]["code"] == "not_authentic"
    assert kept(world) == before


def test_every_refusal_of_a_signature_reads_the_same(world):
    texts = {
        send(world, call(), **headers).json["error"]["message"]
        for headers in ({"webhook_signature": ""}, {"webhook_timestamp": "1"}, {"webhook_id": "ä"})
    }
    assert len(texts) == 1


@pytest.mark.parametrize("content_type", ["text/plain", "", "application/x-www-form-urlencoded"])
def test_a_body_that_is_not_declared_as_json_is_not_taken(world, content_type):
    assert send(world, call(), Content_Type=content_type).status_code == 415


def test_while_the_database_is_away_the_host_is_asked_to_come_again(world):
    def away(*_: object) -> tuple[int, int]:
        raise Unavailable("no route to the database at 10.0.0.7")

    services = replace(world.services, accept=away)
    app = Flask("away")
    app.register_blueprint(create_blueprint(services, world.settings))
    body = call()
    headers = signed_headers([HOOK_SECRET], "msg_1", int(time.time()), body)
    client = app.test_client()
    answer = client.post(EVENTS, data=body, headers=headers, content_type="application/json")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert answer.json["error"]["code"] == "unavailable"
    assert "10.0.0.7" not in answer.text


def test_every_error_has_the_same_envelope_and_its_number_in_the_header(world):
    answers = [
        send(world, b""),
        send(world, b"{}"),
        send(world, call(), webhook_id=""),
        world.app().test_client().get(EVENTS),
        world.app().test_client().post("/journeys/hooks/nothing"),
    ]
    assert [answer.status_code for answer in answers] == [400, 422, 401, 405, 404]
    for answer in answers:
        error = answer.json["error"]
        assert set(error) == {"code", "message", "field", "request_id"}
        assert error["request_id"] == answer.headers["X-Request-Id"]
        assert answer.json.keys() == {"error"}


def test_a_wrong_method_says_which_ones_are_right(world):
    answer = world.app().test_client().get(EVENTS)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


STRICT = [
    ("tag", {"tag_id": 7, "tag": "vip", "tag_ids": [7, 8]}, None),
    ("tag", {}, "/tag_id"),
    ("tag", {"tag_id": "7"}, "/tag_id"),
    ("untag", {"tag_id": 7, "tag_ids": [7, 0]}, "/tag_ids/1"),
    ("untag", {"tag_id": 7, "tag_ids": [1] * 1001}, "/tag_ids"),
    ("field_changed", {"field_id": 3, "from": None, "to": 7.5}, None),
    ("field_changed", {"field_id": 3, "row_id": 9, "automated": False}, None),
    ("field_changed", {"from": "a", "to": "b"}, "/field_id"),
    ("field_changed", {"field_id": 3, "to": ["b"]}, "/to"),
    ("field_changed", {"field_id": 3, "to": "x" * 5001}, "/to"),
    ("custom", {"name": "cart", "properties": {"items": [{"id": 1}]}}, None),
    ("custom", {"properties": {}}, "/name"),
    ("custom", {"name": "x" * 251}, "/name"),
    ("custom", {"name": "cart", "properties": []}, "/properties"),
    ("custom", {"name": "cart", "properties": {str(n): 1 for n in range(251)}}, "/properties"),
    ("revenue", {"amount": "12.50", "currency": "EUR", "reference": "A-1"}, None),
    ("revenue", {"currency": "EUR"}, "/amount"),
    ("revenue", {"amount": -1}, "/amount"),
    ("revenue", {"amount": "1e3"}, "/amount"),
    ("revenue", {"amount": 10**9 + 1}, "/amount"),
    *((type_, {"surprise": 1}, None) for type_ in ("open", "subscription")),
    *(
        (type_, {"surprise": 1, "name": "x", "field_id": 1, "tag_id": 1, "amount": 1}, "")
        for type_ in ("tag", "untag", "field_changed", "custom", "revenue")
    ),
]


@pytest.mark.parametrize(("type_", "data", "place"), STRICT, ids=lambda v: str(v)[:40])
def test_the_data_of_tags_fields_revenue_and_own_events_is_held_to_its_form(
    world, type_, data, place
):
    answer = send(world, call(id=f"evt_strict_{hash(str(data))}", type=type_, data=data))
    if place is None:
        assert answer.status_code == 202
    else:
        assert answer.status_code == 422
        assert answer.json["error"]["field"].startswith(f"/events/0/data{place}")


@pytest.mark.parametrize("type_", ["date_reached", "pulled", "journey_completed", "leave_list"])
def test_nobody_reports_what_only_we_can_know(world, type_):
    answer = send(world, call(type=type_, data={"journey_id": 1, "slot": "2026-11-16"}))
    assert (answer.status_code, answer.json["error"]["field"]) == (422, "/events/0/type")
