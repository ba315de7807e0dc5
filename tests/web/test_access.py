"""Who gets through which door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from devtools.page_world import MANAGER, PageWorld
from plugin.engine.reading import PeopleFilter
from tests.web.conftest import Visit

#: Every route, and the least that it asks for. A route that is not here fails the first test.
ACCESS = {
    "alive": "public",
    "design": "view",
    "disable": "manage",
    "enable": "manage",
    "enter": "public",
    "events": "signature",
    "export_json": "view",
    "export_yaml": "view",
    "import": "draft",
    "import_form": "draft",
    "leave": "view",
    "list": "view",
    "metrics": "token",
    "no_such_hook": "public",
    "nowhere": "public",
    "people": "view",
    "person": "view",
    "redrive": "manage",
    "static": "public",
}
RIGHTS = ("view", "draft", "manage")
BY_SESSION = {name for name, access in ACCESS.items() if access in RIGHTS}


def rules(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Endpoint, address and method of every route of ours."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("journeys."):
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                yield rule.endpoint.removeprefix("journeys."), rule.rule, method


def doors(world: PageWorld) -> Iterator[tuple[str, str, str, bool]]:
    """Name, method, address, and whether what it names is somebody else's."""
    own, foreign = world.journeys["welcome"], world.journeys["others"]
    person = world.services.reading.people(MANAGER, own, PeopleFilter())[0].enrollment_id
    for name, rule, method in rules(world.app()):
        if name not in BY_SESSION:
            continue
        path = rule.replace("<int(max=9007199254740992):enrollment_id>", str(person))
        for journey_id in (own, foreign):
            address = path.replace("<int(max=9007199254740992):journey_id>", str(journey_id))
            if journey_id == own or address != path:
                yield name, method, address.removeprefix("/journeys"), journey_id == foreign


def test_every_route_names_its_access(made_world):
    app = made_world.app()
    found = {
        name: getattr(app.view_functions[f"journeys.{name}"], "access", None)
        for name, _, _ in rules(app)
    }
    assert found == ACCESS


def test_nothing_but_our_own_addresses_is_added_to_the_hosts_app(made_world):
    app, plain = made_world.app(), Flask("plain")
    added = {rule.rule for rule in app.url_map.iter_rules()} - {"/static/<path:filename>"}
    assert all(address.startswith("/journeys/") for address in added)
    assert app.jinja_env.filters.keys() == plain.jinja_env.filters.keys()
    assert app.error_handler_spec.keys() <= {None, "journeys"}
    assert not app.before_request_funcs.get(None)


def test_without_a_session_every_door_for_people_is_shut_and_says_where_to_go(made_world):
    client = made_world.app().test_client()
    for name, method, address, _ in doors(made_world):
        answer = client.open(f"/journeys{address}", method=method)
        assert (name, answer.status_code) == (name, 401)
        assert "Open Journeys from the host&#39;s menu." in answer.text
        assert 'href="http://localhost/campaigns"' in answer.text


@pytest.mark.parametrize("right", RIGHTS)
def test_each_right_opens_its_own_doors_and_those_below_and_none_to_others_journeys(world, right):
    level = RIGHTS.index(right)
    seen = set()
    for name, method, address, foreign in doors(world):
        visit = Visit(world.visitor(MANAGER, right))
        send = visit.get if method == "GET" else visit.post
        status = send(address).status_code
        if RIGHTS.index(ACCESS[name]) > level:
            expected = {403}
        elif foreign:
            expected = {404}
        else:
            expected = {200, 302, 303, 409, 422}
        assert status in expected, (right, method, address, status)
        seen.add(name)
    assert seen == BY_SESSION


def test_a_session_without_any_right_opens_nothing(made_world):
    client = made_world.visitor(MANAGER)
    assert client.get("/journeys/").status_code == 401


def test_a_right_given_alone_includes_those_below_it(made_world):
    client = made_world.visitor(MANAGER, "manage")
    assert client.get("/journeys/").status_code == 200
    assert client.get("/journeys/import").status_code == 200


def test_buttons_appear_only_for_those_who_may_press_them(made_world):
    looker = Visit(made_world.visitor(MANAGER, "view"))
    page = looker.get("/").text
    assert "Turn off" not in page
    assert "Import a journey" not in page
    assert "Turn off" not in looker.get(f"/{made_world.journeys['welcome']}").text
    manager = Visit(made_world.visitor(MANAGER, "manage")).get("/").text
    assert "Turn off" in manager
    assert "Import a journey" in manager


def test_an_unknown_and_a_foreign_journey_answer_alike_to_the_byte(visit, made_world):
    foreign = f"/{made_world.journeys['others']}"
    for tail in ("", "/people", "/people/1", "/export.json", "/export.yaml", "/enable"):
        theirs, nobodys = visit.get(f"{foreign}{tail}"), visit.get(f"/999999{tail}")
        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert theirs.data == nobodys.data
        assert dict(theirs.headers) | {"X-Request-Id": ""} == dict(nobodys.headers) | {
            "X-Request-Id": ""
        }


def test_a_person_of_another_journey_is_not_found_under_this_one(visit, made_world):
    reading, journeys = made_world.services.reading, made_world.journeys
    other = reading.people(MANAGER, journeys["parking"], PeopleFilter())[0].enrollment_id
    assert visit.get(f"/{journeys['parking']}/people/{other}").status_code == 200
    assert visit.get(f"/{journeys['welcome']}/people/{other}").status_code == 404


def test_ids_that_no_database_holds_are_not_found(visit):
    for path in (f"/{10**30}", f"/{2**53 + 1}", f"/1/people/{10**30}", "/-1", "/1.0", "/0x1"):
        assert visit.get(path).status_code == 404
