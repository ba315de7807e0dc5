"""The bridge: the manifest, the hand-over token, and events that outlive an outage."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from zoneinfo import ZoneInfo

import pytest
from standardwebhooks.webhooks import Webhook

import plugin
from demo.bridge import Bridge
from demo.events import Event
from demo.manifest import ROOT, BadManifest, read_manifest
from demo.own_tables import create_own_tables
from demo.users import all_users


class Endpoint:
    """A hook endpoint that answers as told and keeps every call."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.answer = 202
        self.refuses_id = ""
        self.server = HTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def taken(self) -> list[str]:
        """Ids of the events in all calls that were answered with 202."""
        return [event["id"] for _, body in self.calls for event in json.loads(body)["events"]]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = endpoint.answer
                if endpoint.refuses_id and endpoint.refuses_id.encode() in body:
                    status = 422
                if status == 202:
                    endpoint.calls.append((dict(self.headers), body))
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        return Handler


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    yield endpoint
    endpoint.server.shutdown()
    endpoint.server.server_close()


@pytest.fixture
def real(engine, tables, endpoint, secret) -> Bridge:
    create_own_tables(engine)
    return Bridge(read_manifest(), engine, endpoint.url, secret, "handover secret")


def event(number=1, type_="subscription"):
    when = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    return Event(type_, when, 1, number, f"person.{number}@example.com")


def test_the_manifest_fits_its_schema_and_the_version():
    manifest = read_manifest()
    assert manifest.content["version"] == plugin.__version__
    assert manifest.content["entry"] == "plugin.app:register"
    assert (ROOT / manifest.content["migrations"]).is_dir()
    assert [item["title"] for item in manifest.menu("User.Campaigns")] == ["Journeys"]


@pytest.mark.parametrize(
    "change",
    [
        {"entry": "plugin.app"},
        {"version": "one"},
        {"hooks": [{"hook": "Track.Open", "event": "opened"}]},
        {"colour": "red"},
        {"url_prefix": "journeys"},
    ],
)
def test_a_manifest_with_a_fault_is_refused_with_its_place(tmp_path, change):
    (tmp_path / "manifest.schema.json").write_text((ROOT / "manifest.schema.json").read_text())
    content = json.loads((ROOT / "manifest.json").read_text()) | change
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(BadManifest, match=r"\$"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("permissions", "rights"),
    [
        ({"Plugin.octjourneys", "Campaigns.Get"}, ["view"]),
        ({"Plugin.octjourneys", "Campaigns.Get", "Campaign.Update"}, ["view", "draft"]),
        ({"Plugin.octjourneys", "Campaign.Create"}, ["view", "draft", "manage"]),
        ({"*"}, ["view", "draft", "manage"]),
        ({"Campaign.Create"}, []),
        ({"Plugin.octjourneys"}, []),
    ],
)
def test_rights_follow_from_the_permissions_of_the_host(permissions, rights):
    assert read_manifest().rights(permissions) == rights


def test_the_hand_over_token_says_who_comes_and_is_signed(real, engine, tables):
    with engine.connect() as connection:
        editor = all_users(connection, tables)[1]
    began = int(time.time())
    form = real.hand_over(editor, "http://host.example/")
    assert form.action == "/journeys/session"
    payload, _, signature = form.token.partition(".")
    digest = hmac.new(
        b"handover secret", f"journeys-handover.{payload}".encode(), hashlib.sha256
    ).digest()
    assert base64.urlsafe_b64decode(signature + "=") == digest
    content = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert set(content) == {
        "aud", "user_id", "group_id", "rights", "time_zone", "language", "nonce", "exp", "home",
    }  # fmt: skip
    assert (content["aud"], content["user_id"], content["group_id"]) == ("journeys", 2, 2)
    assert content["rights"] == ["view", "draft"]
    assert content["home"] == "http://host.example/"
    assert ZoneInfo(content["time_zone"]) and len(content["nonce"]) >= 22
    assert began < content["exp"] <= time.time() + 60
    assert "=" not in form.token
    assert real.hand_over(editor, "http://host.example/").token != form.token


def test_events_arrive_signed_in_the_form_of_the_hook(real, endpoint, secret):
    sent = event()
    real.report([sent])
    assert real.spool.flush() == 1
    ((headers, body),) = endpoint.calls
    assert Webhook(secret).verify(body, headers) == {
        "events": [
            {
                "id": sent.id,
                "type": "subscription",
                "occurred_at": "2026-11-22T12:00:00Z",
                "list_id": 1,
                "subscriber_id": 1,
                "email": "person.1@example.com",
                "data": {},
            }
        ]
    }
    assert headers["Content-Type"] == "application/json"


def test_events_wait_while_journeys_is_down_and_then_arrive_once(real, endpoint):
    endpoint.answer = 503
    sent = [event(number) for number in range(1, 4)]
    for one in sent:
        real.report([one])
        assert real.spool.flush() == 0
    assert real.spool.waiting() == 3
    endpoint.answer = 202
    assert real.spool.flush() == 3
    assert real.spool.flush() == 0
    assert endpoint.taken() == [one.id for one in sent]


def test_nobody_waits_for_an_endpoint_that_is_not_there(real, endpoint):
    endpoint.server.shutdown()
    endpoint.server.server_close()
    real.spool.start()
    began = time.monotonic()
    real.report([event()])
    assert time.monotonic() - began < 0.5
    real.spool.stop()
    assert real.spool.waiting() == 1


def test_the_thread_delivers_without_being_asked(real, endpoint):
    real.spool.start()
    real.report([event()])
    deadline = time.monotonic() + 5
    while not endpoint.calls and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    real.spool.stop()
    assert len(endpoint.calls) == 1


def test_one_bad_event_does_not_hold_up_the_others(real, endpoint):
    sent = [event(number) for number in range(1, 4)]
    endpoint.refuses_id = sent[1].id
    real.report(sent)
    assert real.spool.flush() == 2
    assert endpoint.taken() == [sent[0].id, sent[2].id]
    assert real.spool.waiting() == 0


def test_what_no_hook_of_the_manifest_names_is_not_reported(real):
    real.report([event(type_="forward")])
    assert real.spool.waiting() == 0
