"""Forms: only our own pages can send them."""

from __future__ import annotations

import pytest

from devtools.page_world import MANAGER, PageWorld
from tests.web.conftest import Visit, text_of
from tests.web.test_access import ACCESS, BY_SESSION, rules


def forms(world: PageWorld) -> list[str]:
    """The address of every form that needs a session."""
    own = str(world.journeys["welcome"])
    return [
        rule.replace("<int(max=9007199254740992):journey_id>", own)
        for name, rule, method in rules(world.app())
        if method == "POST" and name in BY_SESSION
    ]


def test_all_changes_are_forms_and_no_get_changes_anything(made_world):
    posts = {name for name, _, method in rules(made_world.app()) if method == "POST"}
    assert posts == {"enter", "leave", "import", "enable", "disable", "events", "redrive"} | {
        "nowhere",
        "no_such_hook",
    }
    assert set(ACCESS) >= posts


@pytest.mark.parametrize(
    ("what", "form", "headers"),
    [
        ("no token", {}, {}),
        ("an empty token", {"csrf": ""}, {}),
        ("a token made up", {"csrf": "0" * 64}, {}),
        ("letters beyond ASCII", {"csrf": "é" * 64}, {}),
        ("another session's token", {"csrf": "other"}, {}),
        ("another site", {"csrf": "own"}, {"Origin": "https://evil.example"}),
        ("another port", {"csrf": "own"}, {"Origin": "http://localhost:8000"}),
        ("no origin at all", {"csrf": "own"}, {"Origin": "null"}),
        ("a cross-site fetch", {"csrf": "own"}, {"Sec-Fetch-Site": "cross-site"}),
        ("a same-site fetch", {"csrf": "own"}, {"Sec-Fetch-Site": "same-site"}),
    ],
)
def test_a_form_from_elsewhere_is_refused(made_world, what, form, headers):
    visit, other = (Visit(made_world.visitor(MANAGER, "manage")) for _ in range(2))
    tokens = {"own": visit.csrf(), "other": other.csrf()}
    form = {name: tokens.get(value, value) for name, value in form.items()}
    for address in forms(made_world):
        answer = visit.client.post(address, data=form, headers=headers)
        assert (what, address, answer.status_code) == (what, address, 403)
        assert "That form is out of date" in text_of(answer)


def test_a_body_that_is_no_form_is_refused(made_world):
    visit = Visit(made_world.visitor(MANAGER, "manage"))
    token = visit.csrf()
    for content_type in ("text/plain", "application/json"):
        for address in forms(made_world):
            answer = visit.client.post(
                address, data=f"csrf={token}", headers={"Content-Type": content_type}
            )
            assert answer.status_code == 403


def test_our_own_page_may_send_its_form(world):
    visit = Visit(world.visitor(MANAGER, "manage"))
    token, off = visit.csrf(), f"/journeys/{world.journeys['welcome']}/disable"
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert visit.client.post(off, data={"csrf": token}, headers=headers).status_code == 303


def test_a_script_of_ours_may_send_the_token_in_a_header(world):
    visit = Visit(world.visitor(MANAGER, "manage"))
    headers = {"X-CSRF-Token": visit.csrf()}
    off = f"/journeys/{world.journeys['welcome']}/disable"
    assert visit.client.post(off, headers=headers).status_code == 303


def test_behind_a_proxy_the_public_address_counts_as_ours(world):
    app = world.app(public_url="http://mail.example.com/app")
    visit = Visit(app.test_client())
    visit.client.post("/journeys/session", data={"token": world.token(MANAGER, "manage")})
    off = f"/journeys/{world.journeys['welcome']}/disable"
    form = {"csrf": visit.csrf()}
    answer = visit.client.post(off, data=form, headers={"Origin": "http://mail.example.com"})
    assert answer.status_code == 303
