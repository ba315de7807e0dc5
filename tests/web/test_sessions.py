"""Sessions: their cookie, their age, their end."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from devtools.page_world import MANAGER
from tests.web.conftest import Visit, text_of


def enter(client, world, path="/journeys/session", **options):
    return client.post(path, data={"token": world.token(MANAGER, "manage")}, **options)


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(made_world):
    cookie = enter(made_world.app().test_client(), made_world).headers["Set-Cookie"]
    assert cookie.startswith("journeys_session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(made_world):
    app = made_world.app(public_url="https://mail.example.com/app")
    cookie = enter(app.test_client(), made_world, base_url="https://mail.example.com").headers[
        "Set-Cookie"
    ]
    assert cookie.startswith("__Host-journeys_session=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_the_database_holds_no_id_that_would_open_a_session(world):
    client = world.app().test_client()
    enter(client, world)
    session_id = client.get_cookie("journeys_session").value
    with world.engine.begin() as connection:
        for table in (world.tables.sessions, world.tables.nonces):
            for row in connection.execute(sa.select(table)):
                assert session_id not in str(tuple(row))
                assert session_id.encode() not in b"".join(v for v in row if type(v) is bytes)


def test_each_hand_over_gives_a_new_id_and_ends_the_old_session(world):
    client = world.app().test_client()
    enter(client, world)
    first = client.get_cookie("journeys_session").value
    enter(client, world)
    second = client.get_cookie("journeys_session").value
    assert first != second
    client.set_cookie("journeys_session", first)
    assert client.get("/journeys/").status_code == 401
    client.set_cookie("journeys_session", second)
    assert client.get("/journeys/").status_code == 200


def test_an_id_that_somebody_planted_is_never_taken_over(world):
    client = world.app().test_client()
    client.set_cookie("journeys_session", "planted")
    enter(client, world)
    assert client.get_cookie("journeys_session").value != "planted"


def test_a_session_ends_after_half_an_hour_without_use(world):
    client = world.app().test_client()
    enter(client, world)
    world.now += timedelta(minutes=30)
    assert client.get("/journeys/").status_code == 200
    world.now += timedelta(minutes=30, seconds=1)
    answer = client.get("/journeys/")
    assert answer.status_code == 401
    assert "Your session has ended." in text_of(answer)
    assert client.get("/journeys/").status_code == 401


def test_a_session_ends_after_twelve_hours_however_busy(world):
    client = world.app().test_client()
    enter(client, world)
    for _ in range(36):
        world.now += timedelta(minutes=20)
        assert client.get("/journeys/").status_code == 200
    world.now += timedelta(minutes=1)
    assert client.get("/journeys/").status_code == 401


def test_log_out_ends_the_session_for_good(world):
    visit = Visit(world.visitor(MANAGER, "view"))
    session_id = visit.client.get_cookie("journeys_session").value
    assert "logged out" in text_of(visit.post("/session/end"))
    assert visit.client.get_cookie("journeys_session") is None
    visit.client.set_cookie("journeys_session", session_id)
    assert visit.get("/").status_code == 401


def test_sessions_and_nonces_long_out_of_use_are_dropped(world):
    for _ in range(3):
        enter(world.app().test_client(), world)
        world.now += timedelta(days=2)
    enter(world.app().test_client(), world)
    with world.engine.begin() as connection:
        for table in (world.tables.sessions, world.tables.nonces):
            assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 1


def test_strange_cookies_are_no_session_and_no_error(made_world):
    for value in ("x", "é", "a" * 4000, "%00", "' OR 1=1"):
        client = made_world.app().test_client()
        client.set_cookie("journeys_session", value)
        assert client.get("/journeys/").status_code == 401
