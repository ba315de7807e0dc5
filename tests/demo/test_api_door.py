"""The door of the API: forms and JSON, hard failures, the rate limit, faults, an outage."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
import requests
import waitress
from werkzeug.serving import make_server

from demo.api.controls import LIMIT_CALLS, Controls, Fault
from devtools.process import free_port
from devtools.servers import private_mariadb
from tests.demo.api_world import OWNER_KEY, ApiWorld
from tests.demo.lists_world import IP

ADA = "ada@example.com"


@pytest.fixture
def world(sqlite_url) -> Iterator[ApiWorld]:
    made = ApiWorld(sqlite_url)
    yield made
    made.engine.dispose()


@contextmanager
def served(app, kind):
    """The host on a port, by the demo's own server or by Flask's."""
    port = free_port()
    if kind == "waitress":
        server = waitress.create_server(app, host="127.0.0.1", port=port, threads=4)
        run, stop = server.run, partial(stop_waitress, server)
    else:
        server = make_server("127.0.0.1", port, app, threaded=True)
        run, stop = server.serve_forever, server.shutdown
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}/api.php"
    finally:
        stop()
        thread.join(5)
        assert not thread.is_alive()
        server.server_close() if kind == "werkzeug" else None


def stop_waitress(server):
    """Ends it when what it does is done. Its own thread closes the sockets: under the feet of a
    thread that looks at them they would be bad file descriptors."""
    server.task_dispatcher.shutdown()
    server.trigger.pull_trigger(server.close)


def ask(url, **options):
    with requests.Session() as session:
        session.trust_env = False
        values = {"Command": "user.current", "APIKey": OWNER_KEY}
        return session.post(url, data=values, timeout=options.get("timeout", 5))


def test_a_form_and_json_say_the_same_in_any_case(world):
    client = world.app.test_client()
    form = {"COMMAND": "Subscriber.Subscribe", "listid": "1", "EMAILADDRESS": ADA, "IpAddress": IP}
    assert client.post("/api.php", data=form).get_json()["SubscriberID"] == 1
    update = {
        "command": "subscriber.update",
        "ApiKey": OWNER_KEY,
        "subscriberid": "1",
        "SubscriberListId": "1",
        "Fields[CustomField1]": "Ada",
        "fields[CUSTOMFIELD2]": "code",
    }
    assert client.post("/api.php", data=update).get_json()["ErrorCode"] == 0
    person = world.person(1, ADA)
    assert (person["CustomField1"], person["CustomField2"]) == ("Ada", "code")


def test_several_values_of_one_field_come_in_brackets(world):
    client = world.app.test_client()
    form = {"Command": "subscriber.subscribe", "ListID": "1", "EmailAddress": ADA, "IPAddress": IP}
    answer = client.post("/api.php", data={**form, "CustomField1[]": [""]})
    assert answer.get_json()["ErrorCode"] == 6


def test_the_key_may_stand_in_a_header(world):
    client = world.app.test_client()
    answer = client.post(
        "/api.php", json={"Command": "user.current"}, headers={"APIKey": OWNER_KEY}
    )
    assert answer.get_json()["UserInfo"]["UserID"] == 1


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"data": "{", "content_type": "application/json"}, 100000),
        ({"data": "[1]", "content_type": "application/json"}, 100000),
        ({"json": {"Command": "no.such"}}, 100003),
        ({"json": {}}, 100003),
        ({"data": {"Command": ""}}, 100003),
    ],
)
def test_a_call_that_reaches_no_command_is_a_hard_failure(world, options, code):
    answer = world.app.test_client().post("/api.php", **options)
    content = answer.get_json()
    assert (answer.status_code, content["ErrorCode"], content["Success"]) == (400, code, False)
    assert content["Errors"][0]["Code"] == code


def test_looking_at_the_address_is_no_call(world):
    answer = world.app.test_client().get("/api.php?Command=user.current")
    assert (answer.status_code, answer.get_json()["ErrorCode"]) == (400, 100001)


def test_none_of_these_commands_has_an_address_of_its_own(world):
    answer = world.app.test_client().post("/api/v1/subscriber.subscribe", json={})
    assert answer.status_code == 404
    assert set(answer.get_json()) == {"Errors"}


def test_the_rate_limit_counts_per_command_and_key_and_ends_after_a_minute(world):
    now = [1000.0]
    controls = Controls(lambda: now[0])
    assert controls.wait_seconds("user.current", "a") == 0
    controls.limited = True
    for _ in range(LIMIT_CALLS):
        assert controls.wait_seconds("user.current", "a") == 0
    now[0] += 20
    assert controls.wait_seconds("user.current", "a") == 40
    assert controls.wait_seconds("user.current", "b") == 0
    assert controls.wait_seconds("lists.get", "a") == 0
    now[0] += 40
    assert controls.wait_seconds("user.current", "a") == 0


def test_too_many_calls_are_answered_429_with_the_time_to_wait(world):
    world.controls.limited = True
    for _ in range(LIMIT_CALLS):
        assert world.code("user.current") == 0
    answer = world.post(key=OWNER_KEY, Command="user.current")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert answer.get_json()["ErrorCode"] == 429
    assert world.code("lists.get") == 0


@pytest.mark.parametrize(
    ("form", "status", "part"),
    [
        ("scalar", 200, {"ErrorCode": 17}),
        ("list", 200, {"ErrorCode": [17]}),
        ("mixed", 200, {"ErrorCode": [{"Code": 17, "Message": "Error 17"}]}),
        ("v1", 422, {"Errors": [{"Code": 17, "Message": "Error 17"}]}),
    ],
)
def test_an_error_code_is_played_in_each_of_the_hosts_forms(world, form, status, part):
    world.controls.play(Fault("error", code=17, form=form))
    answer = world.post(key=OWNER_KEY, Command="user.current")
    assert answer.status_code == status
    assert part.items() <= answer.get_json().items()
    assert world.code("user.current") == 0


@pytest.mark.parametrize(
    ("kind", "status", "type_"),
    [
        ("500", 500, "application/json"),
        ("html", 200, "text/html"),
        ("503", 503, "text/plain"),
        ("429", 429, "application/json"),
    ],
)
def test_a_fault_is_played_as_often_as_asked_and_does_no_work(world, kind, status, type_):
    world.controls.play(Fault(kind, "subscriber.subscribe", times=2))
    assert world.code("user.current") == 0
    values = {"ListID": 2, "EmailAddress": ADA, "IPAddress": IP}
    for _ in range(2):
        answer = world.post(Command="subscriber.subscribe", **values)
        assert (answer.status_code, answer.mimetype) == (status, type_)
        assert ("Retry-After" in answer.headers) is (kind in ("503", "429"))
    assert world.count(2) == 0
    assert world.post(Command="subscriber.subscribe", **values).get_json()["ErrorCode"] == 0


@pytest.mark.parametrize("bad", [{"kind": "no"}, {"kind": "error", "form": "x"}, {"times": 0}])
def test_what_is_no_fault_is_refused(bad):
    with pytest.raises(ValueError, match=r"fault|times"):
        Fault(**{"kind": "500", **bad})


@pytest.mark.parametrize("server", ["waitress", "werkzeug"])
@pytest.mark.parametrize("kind", ["drop", "cut"])
def test_a_dropped_connection_has_done_its_work(world, kind, server):
    world.controls.play(Fault(kind, "subscriber.subscribe"))
    values = {"Command": "subscriber.subscribe", "ListID": 2, "IPAddress": IP, "EmailAddress": ADA}
    with served(world.app, server) as url, requests.Session() as session:
        session.trust_env = False
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            session.post(url, data=values, timeout=5)
        assert ask(url).json()["ErrorCode"] == 0
    assert world.status(2, ADA) == "Subscribed"


def test_a_call_that_hangs_makes_the_caller_give_up(world):
    world.controls.play(Fault("hang", seconds=1))
    with served(world.app, "waitress") as url:
        with pytest.raises(requests.Timeout):
            ask(url, timeout=0.3)
        assert ask(url).status_code == 200
    assert {call.result for call in world.controls.calls()} == {"played: hang", "200"}


@pytest.mark.services
def test_without_its_database_the_host_answers_503_in_plain_words(tmp_path):
    with private_mariadb(tmp_path / "mariadb") as server:
        world = ApiWorld(server.create_database("away"))
        assert world.code("user.current") == 0
    answer = world.post(key=OWNER_KEY, Command="user.current")
    assert (answer.status_code, answer.mimetype) == (503, "text/plain")
    assert answer.headers["Retry-After"] == "30"
    world.engine.dispose()
