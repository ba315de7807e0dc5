"""The hand-over: one token, one session."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from demo.bridge import make_token
from devtools.page_world import HANDOVER_SECRET, MANAGER, PageWorld
from plugin.errors import NotAuthentic
from plugin.routes.handover import read_token
from tests.web.conftest import text_of


def spoiled(world: PageWorld) -> dict[str, str]:
    """Tokens that must not hold, by what is wrong with them."""
    now = int(world.now.timestamp())
    good = world.token(MANAGER, "view")
    payload, signature = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))

    def with_claims(**changes: object) -> str:
        return make_token(HANDOVER_SECRET, {**claims, **changes})

    def without(name: str) -> str:
        return make_token(HANDOVER_SECRET, {k: v for k, v in claims.items() if k != name})

    return {
        "no token": "",
        "no signature": payload,
        "an empty signature": f"{payload}.",
        "a padded signature": f"{good}=",
        "the signature of another secret": make_token("another secret", claims),
        "a signature cut short": good[:-1],
        "another payload": payload[:-2]
        + ("AA" if payload[-2:] != "AA" else "BB")
        + "."
        + signature,
        "a third part": f"{good}.x",
        "letters beyond ASCII": f"{good}é",
        "too long": with_claims(home="http://localhost/" + "x" * 5000),
        "expired": with_claims(exp=now),
        "valid for too long": with_claims(exp=now + 61),
        "expiry as text": with_claims(exp=str(now + 30)),
        "expiry as a float": with_claims(exp=now + 30.5),
        "another audience": with_claims(aud="reports"),
        "audience as a list": with_claims(aud=["journeys"]),
        "user id as text": with_claims(user_id="1"),
        "user id true": with_claims(user_id=True),
        "user id zero": with_claims(user_id=0),
        "user id negative": with_claims(user_id=-1),
        "an unknown right": with_claims(rights=["view", "root"]),
        "rights as text": with_claims(rights="view"),
        "rights of null": with_claims(rights=[None]),
        "a short nonce": with_claims(nonce="x" * 21),
        "a home that is a script": with_claims(home="javascript:alert(1)"),
        "a home without a scheme": with_claims(home="//evil.example/"),
        "a home in disguise": with_claims(home="/\\evil.example/"),
        "a key too many": with_claims(admin=True),
        "no nonce": without("nonce"),
        "no expiry": without("exp"),
        "a list for claims": make_token(HANDOVER_SECRET, []),
    }


def test_a_good_token_opens_a_session_and_leads_to_the_list(made_world):
    client = made_world.app().test_client()
    answer = client.post("/journeys/session", data={"token": made_world.token(MANAGER, "view")})
    assert (answer.status_code, answer.location) == (303, "/journeys/")
    assert client.get("/journeys/").status_code == 200


def test_no_spoiled_token_opens_anything(made_world):
    for what, token in spoiled(made_world).items():
        client = made_world.app().test_client()
        answer = client.post("/journeys/session", data={"token": token})
        assert (what, answer.status_code) == (what, 401)
        assert client.get_cookie("journeys_session") is None
        assert "from the host's menu" in text_of(answer)


def test_every_refusal_reads_the_same(made_world):
    client = made_world.app().test_client()
    bodies = {
        client.post("/journeys/session", data={"token": token}).data
        for token in spoiled(made_world).values()
    }
    assert len(bodies) == 1


def test_a_flipped_bit_anywhere_in_the_token_spoils_it(made_world):
    good = made_world.token(MANAGER, "view")
    for place in range(len(good)):
        flipped = good[:place] + chr(ord(good[place]) ^ 1) + good[place + 1 :]
        with pytest.raises(NotAuthentic):
            read_token(HANDOVER_SECRET, flipped, made_world.now)


def test_a_token_works_once(made_world):
    token = made_world.token(MANAGER, "view")
    first, second = (made_world.app().test_client() for _ in range(2))
    assert first.post("/journeys/session", data={"token": token}).status_code == 303
    assert second.post("/journeys/session", data={"token": token}).status_code == 401
    assert first.get("/journeys/").status_code == 200


def test_a_token_lives_for_a_minute(world):
    client, token = world.app().test_client(), world.token(MANAGER, "view")
    world.now += timedelta(seconds=60)
    assert client.post("/journeys/session", data={"token": token}).status_code == 401


def test_without_a_secret_no_token_holds(made_world):
    token = make_token("", {"aud": "journeys"})
    client = made_world.app(handover_secret="").test_client()
    assert client.post("/journeys/session", data={"token": token}).status_code == 401


def test_a_token_in_the_address_is_not_looked_at(made_world):
    client = made_world.app().test_client()
    token = made_world.token(MANAGER, "view")
    assert client.post(f"/journeys/session?token={token}").status_code == 401
    assert client.get(f"/journeys/session?token={token}").status_code == 405


def test_a_zone_that_the_world_does_not_know_becomes_utc(made_world):
    client = made_world.app().test_client()
    token = made_world.token(MANAGER, "view", time_zone="Middle/Earth")
    client.post("/journeys/session", data={"token": token})
    assert "times in UTC" in text_of(client.get("/journeys/"))


def test_times_are_shown_in_the_zone_of_the_user(made_world):
    client = made_world.app().test_client()
    token = made_world.token(MANAGER, "view", time_zone="Asia/Kolkata")
    client.post("/journeys/session", data={"token": token})
    page = client.get("/journeys/")
    assert 'datetime="2026-11-16T13:32:11+05:30"' in page.text
    assert "16 Nov 2026, 13:32" in text_of(page)
