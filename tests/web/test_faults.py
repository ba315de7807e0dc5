"""Errors on pages: the right status, a way on, and nothing that is not for strangers."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from flask import Flask

from devtools.page_world import MANAGER, PageWorld
from plugin.errors import (
    Conflict,
    HostMismatch,
    Interrupted,
    NotAuthentic,
    NotFound,
    Unavailable,
    UnknownAction,
)
from plugin.logs import JsonFormatter
from plugin.routes import create_blueprint
from tests.web.conftest import Visit, text_of
from tests.web.test_access import doors, rules

SECRET = "SELECT password FROM users at 10.0.0.7"


class Broken:
    """Whatever is asked of it, it raises."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Callable[..., object]:
        return self

    def __call__(self, *_: object, **__: object) -> object:
        raise self._error


def broken_app(world: PageWorld, error: Exception) -> Flask:
    """Pages whose every service but the sessions fails."""
    kept = {"sessions", "wall_clock", "actions", "triggers"}
    names = {field.name for field in fields(world.services)} - kept
    services = replace(world.services, **{name: Broken(error) for name in names})
    app = Flask("broken")
    app.register_blueprint(create_blueprint(services, world.settings))
    return app


def broken_visit(world: PageWorld, error: Exception) -> tuple[Visit, str]:
    """A visitor whose services fail, and the token for forms."""
    whole = Visit(world.visitor(MANAGER, "manage"))
    token, cookie = whole.csrf(), whole.client.get_cookie("journeys_session")
    visit = Visit(broken_app(world, error).test_client())
    visit.client.set_cookie("journeys_session", cookie.value)
    return visit, token


def test_a_fault_of_ours_is_500_on_every_page_and_tells_nothing(made_world, caplog):
    visit, token = broken_visit(made_world, RuntimeError(SECRET))
    for name, method, address, _ in doors(made_world):
        if name in ("leave", "import_form"):
            continue
        with caplog.at_level(logging.CRITICAL):
            form = {"csrf": token, "text": "{}"} if method == "POST" else None
            answer = visit.client.open(f"/journeys{address}", method=method, data=form)
        expected = (name, 500)
        assert (name, answer.status_code) == expected
        assert "Something went wrong on our side" in text_of(answer)
        assert "SELECT" not in answer.text
        assert "Traceback" not in answer.text
        assert answer.headers["X-Request-Id"] in answer.text


def test_the_log_has_the_number_and_the_stack_of_a_500(made_world, caplog):
    visit, _ = broken_visit(made_world, RuntimeError(SECRET))
    answer = visit.get("/")
    record = next(r for r in caplog.records if r.name == "plugin.routes.faults")
    assert record.ids == {"request": answer.headers["X-Request-Id"]}
    assert record.exc_info


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (NotFound(SECRET), 404, "There is nothing here"),
        (NotAuthentic("Come in by the menu."), 401, "Come in by the menu."),
        (Conflict("busy", "It is on already."), 409, "It is on already."),
        (UnknownAction("No module declares “X”."), 422, "No module declares “X”."),
        (Unavailable(SECRET), 503, "cannot reach its database"),
        (Interrupted(SECRET), 503, "cannot reach its database"),
        (HostMismatch(SECRET), 503, "cannot reach its database"),
    ],
)
def test_each_error_has_its_status_and_its_words(made_world, error, status, says, caplog):
    visit, _ = broken_visit(made_world, error)
    with caplog.at_level(logging.CRITICAL):
        answer = visit.get("/")
    assert answer.status_code == status
    assert says in text_of(answer)
    assert "SELECT" not in answer.text
    assert ("Retry-After" in answer.headers) == (status == 503)


def test_when_even_the_sessions_are_away_the_page_says_so(made_world, caplog):
    services = replace(made_world.services, sessions=Broken(Unavailable(SECRET)))
    app = Flask("away")
    app.register_blueprint(create_blueprint(services, made_world.settings))
    client = app.test_client()
    client.set_cookie("journeys_session", "x")
    answer = client.get("/journeys/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


def test_the_pulse_is_503_while_the_database_is_away(made_world, caplog):
    assert made_world.app().test_client().get("/journeys/alive").json == {"ok": True}
    answer = broken_app(made_world, Unavailable(SECRET)).test_client().get("/journeys/alive")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert answer.json["error"]["code"] == "unavailable"


def test_addresses_that_lead_nowhere_and_methods_that_nobody_takes(visit):
    assert visit.get("/nothing/here").status_code == 404
    assert visit.client.delete("/journeys/").status_code == 405
    assert visit.client.put("/journeys/import").status_code == 405
    answer = visit.client.post("/journeys/1/people")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_a_body_of_more_than_a_mebibyte_is_413(visit):
    big = "x" * (1024 * 1024)
    answer = visit.client.post("/journeys/import", data={"csrf": visit.csrf(), "text": big})
    assert answer.status_code == 413
    assert "at most 1 MiB" in text_of(answer)


def test_every_answer_tells_the_browser_what_it_must_not_do(made_world, visit):
    paths = {address for name, method, address, _ in doors(made_world) if method == "GET"}
    stranger = made_world.app().test_client()
    answers = [visit.get(path) for path in sorted(paths)]
    answers += [
        visit.get("/nothing"),
        visit.get("/alive"),
        visit.get("/static/journeys.css", buffered=True),
    ]
    answers += [stranger.get("/journeys/"), stranger.post("/journeys/hooks/events")]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"].split("; ")
        assert {"default-src 'self'", "object-src 'none'", "base-uri 'none'"} <= set(policy)
        assert {"frame-ancestors 'self'", "form-action 'self'"} <= set(policy)
        assert "unsafe" not in str(policy)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in answer.headers
        if answer.mimetype == "text/html":
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_no_page_has_anything_that_the_policy_would_block(made_world, visit):
    for name, method, address, foreign in doors(made_world):
        if method == "GET" and not foreign and not name.startswith("export"):
            text = visit.get(address).text
            for forbidden in ("style=", "<style", "<script>", " onclick", " onload", "javascript:"):
                assert forbidden not in text, (name, forbidden)


def test_static_files_may_be_kept_when_their_address_names_their_content(visit):
    page = visit.get("/").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = visit.client.get(address, buffered=True)
    assert answer.mimetype == "text/css"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000"
    assert visit.client.get("/journeys/static/../pages.py").status_code == 404


def test_every_address_of_ours_begins_the_same(made_world):
    assert all(address.startswith("/journeys") for _, address, _ in rules(made_world.app()))


def test_a_request_that_fails_is_in_the_log_under_the_number_that_was_told(made_world, caplog):
    answer = broken_app(made_world, RuntimeError(SECRET)).test_client().get("/journeys/alive")
    (line,) = [record for record in caplog.records if record.name == "plugin.routes.faults"]
    assert line.ids == {"request": answer.headers["X-Request-Id"]}
    told = json.loads(JsonFormatter().format(line))
    assert told["request"] == answer.json["error"]["request_id"]
