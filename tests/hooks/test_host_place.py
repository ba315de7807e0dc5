"""The host's API may be inside the network: calls of it get there, and webhooks do not."""

from __future__ import annotations

from plugin.app import Parts, host_transport
from plugin.settings import Settings
from tests.hooks.conftest import post, transport
from tests.hooks.servers import answer, serving

OK = b'{"Success":true}'


def to_host(url: str):
    settings = Settings("sqlite://", host_writes="api", host_api_url=url)
    made = host_transport(settings, Parts())
    assert made is not None
    return made


def test_the_admins_own_place_is_reached_although_it_is_private():
    with serving(answer(body=OK)) as server:
        url = f"http://127.0.0.1:{server.port}/api.php"
        response = to_host(url).send(post(url))
    assert (response.status, response.body) == (200, OK)


def test_no_other_port_and_no_other_place_is_opened_by_it():
    with serving(answer(body=OK)) as server:
        door = to_host("http://127.0.0.1:9/api.php")
        beside = door.send(post(f"http://127.0.0.1:{server.port}/api.php"))
        named = to_host(f"http://127.0.0.1:{server.port}/api.php").send(
            post(f"http://localhost:{server.port}/api.php")
        )
    assert (beside.error, named.error) == ("blocked address", "blocked address")


def test_a_webhook_to_the_hosts_place_is_blocked_all_the_same():
    with serving(answer(body=OK)) as server:
        response = transport().send(post(f"http://127.0.0.1:{server.port}/api.php"))
    assert response.error == "blocked address"


def test_without_an_address_there_is_no_door():
    assert host_transport(Settings("sqlite://"), Parts()) is None
