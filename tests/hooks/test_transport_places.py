"""Where the transport goes: only to checked addresses, under the right name."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime

import pytest
import requests
from trustme import CA

from plugin.engine.ports import unreached
from plugin.errors import BlockedAddress
from plugin.hooks.addresses import AddressPolicy, Target, parse_target, resolve_public
from plugin.hooks.limits import Allowance, check_peer, open_socket, system_resolver, tls_context
from plugin.hooks.pinned import PinnedAdapter, PinnedConnection, PinnedTlsConnection, Route
from tests.hooks.conftest import Authority, hasty, post, transport
from tests.hooks.servers import answer, serving

NAME = "hooks.example.com"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "https://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://127.1:{port}/",
        "http://2130706433:{port}/",
        "http://[::ffff:7f00:1]:{port}/",
        "https://example.com\\@127.0.0.1:{port}/",
        "https://example.com@127.0.0.1:{port}/",
    ],
)
def test_a_private_place_is_blocked_before_anything_is_sent(url):
    with serving(answer()) as server:
        response = transport().send(post(url.format(port=server.port)))
    assert (response.status, response.error, response.body) == (None, "blocked address", b"")
    assert server.connections == []


@pytest.mark.parametrize("url", [f"http://{NAME}/", f"https://{NAME}:22/", f"ftp://{NAME}/"])
def test_a_public_name_is_called_by_https_on_a_web_port_only(url):
    asked: list[str] = []
    assert hasty(resolver=asked.append).send(post(url)).error == "blocked address"
    assert asked == []


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["127.0.0.1", "8.8.8.8"],
        ["8.8.8.8", "::1"],
        ["::ffff:127.0.0.1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["garbage"],
    ],
    ids=" ".join,
)
def test_a_name_with_any_private_answer_is_blocked_without_a_trace_of_time(answers):
    response = transport(resolver=lambda _: answers).send(post(f"https://{NAME}/"))
    assert (response.error, response.took_ms) == ("blocked address", 0)


def test_a_name_that_was_public_when_saved_and_is_private_when_sent_is_blocked():
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    policy = AddressPolicy()
    target = parse_target(f"https://{NAME}:8443/", policy)
    assert resolve_public(target, policy, lambda _: next(answers)) == ["8.8.8.8"]
    response = transport(resolver=lambda _: next(answers)).send(post(target.url))
    assert response.error == "blocked address"


def test_a_name_is_looked_up_once_and_the_checked_address_is_the_one_called():
    asked: list[str] = []

    def moving(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.2"] if len(asked) == 1 else ["127.0.0.3"]

    with (
        serving(answer("201 Created"), address="127.0.0.2") as checked,
        serving(answer(), address="127.0.0.3", port=checked.port) as later,
    ):
        out = transport(f"{NAME}:{checked.port}", resolver=moving)
        response = out.send(post(f"http://{NAME}:{checked.port}/a"))
    assert response.status == 201
    assert asked == [NAME]
    assert later.connections == []
    assert f"Host: {NAME}:{checked.port}\r\n".encode() in checked.requests[0]


def test_the_next_address_is_tried_when_one_refuses():
    with serving(answer(), address="127.0.0.2") as server:
        out = transport(f"{NAME}:{server.port}", resolver=lambda _: ["127.0.0.9", "127.0.0.2"])
        assert out.send(post(f"http://{NAME}:{server.port}/")).status == 200


def test_a_socket_that_ended_elsewhere_is_blocked():
    with (
        serving(answer()) as server,
        open_socket("127.0.0.1", server.port, Allowance(1, 1), 1) as sock,
    ):
        check_peer(sock, "127.0.0.1")
        for other in ("127.0.0.2", "8.8.8.8", "::1"):
            with pytest.raises(BlockedAddress):
                check_peer(sock, other)


def test_the_other_end_is_compared_on_every_connection():
    # The system takes 0.0.0.0 for this machine: asked for one address, it connects to another.
    with serving(answer()) as server, pytest.raises(BlockedAddress):
        open_socket("0.0.0.0", server.port, Allowance(1, 1), 1)


def route_to(target: Target) -> Route:
    context = ssl.create_default_context()
    return Route(target, ("127.0.0.1",), Allowance(1, 1000), context, unreached)


@pytest.mark.parametrize(
    ("kind", "scheme", "port", "host"),
    [
        (PinnedTlsConnection, "https", 443, NAME),
        (PinnedTlsConnection, "https", 8443, f"{NAME}:8443"),
        (PinnedConnection, "http", 80, NAME),
        (PinnedConnection, "http", 443, f"{NAME}:443"),
    ],
)
def test_the_host_header_leaves_out_the_schemes_own_port(kind, scheme, port, host):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = kind(route_to(Target(scheme, NAME, port, "/")))
        connection.sock = ours
        connection.request("POST", "/", body=b"", headers={})
        assert f"\r\nHost: {host}\r\n".encode() in theirs.recv(4096)


def test_an_adapter_sends_along_its_own_route_only():
    route = route_to(Target("https", NAME, 443, "/"))
    for url in ("https://other.example.com/", f"http://{NAME}/", "https://127.0.0.1/"):
        with pytest.raises(BlockedAddress):
            PinnedAdapter(route).send(requests.Request("GET", url).prepare())


def test_a_name_that_cannot_be_looked_up_is_an_error_of_dns():
    def unknown(_: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    for resolver in (unknown, lambda _: []):
        response = transport(resolver=resolver).send(post(f"https://{NAME}/"))
        assert (response.status, response.error) == (None, "dns")


def test_the_system_is_asked_for_names():
    with serving(answer()) as server:
        out = transport(f"localhost:{server.port}", resolver=system_resolver)
        assert out.send(post(f"http://localhost:{server.port}/")).status == 200
    assert "127.0.0.1" in system_resolver("127.0.0.1")


def test_tls_is_spoken_with_the_name_though_the_address_was_dialled(authority: Authority):
    names: list[str | None] = []
    context = authority.context_for(NAME)
    context.sni_callback = lambda _sock, name, _context: names.append(name)
    with serving(answer("200 OK", b"hello"), context) as server:
        out = transport(
            f"{NAME}:{server.port}", resolver=lambda _: ["127.0.0.1"], ca_file=authority.file
        )
        response = out.send(post(f"https://{NAME}:{server.port}/a", b"x" * 100_000))
    assert (response.status, response.body) == (200, b"hello")
    assert names == [NAME]
    assert f"Host: {NAME}:{server.port}\r\n".encode() in server.requests[0]


def test_an_address_in_an_https_url_needs_a_certificate_for_that_address(authority: Authority):
    for names, outcome in ((["127.0.0.1"], (200, None)), ([NAME], (None, "tls"))):
        with serving(answer(), authority.context_for(*names)) as server:
            out = transport(server.place, ca_file=authority.file)
            response = out.send(post(f"https://{server.place}/"))
        assert (response.status, response.error) == outcome


@pytest.mark.parametrize("fault", ["other name", "unknown authority", "run out", "no tls"])
def test_a_certificate_that_does_not_hold_ends_the_try_before_the_request(
    authority: Authority, fault
):
    context: ssl.SSLContext | None = authority.context_for(NAME)
    if fault == "other name":
        context = authority.context_for("other.example.com", "*.hooks.example.com")
    elif fault == "run out":
        context = authority.context_for(NAME, until=datetime(2020, 1, 1, tzinfo=UTC))
    elif fault == "unknown authority":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        CA().issue_cert(NAME).configure_cert(context)
    elif fault == "no tls":
        context = None
    with serving(answer(), context) as server:
        out = transport(
            f"{NAME}:{server.port}", resolver=lambda _: ["127.0.0.1"], ca_file=authority.file
        )
        response = out.send(post(f"https://{NAME}:{server.port}/"))
    assert (response.status, response.error) == (None, "tls")
    assert not any(b"HTTP/1.1" in arrived for arrived in server.requests)


def test_authorities_named_by_the_environment_are_ignored(authority: Authority, monkeypatch):
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, authority.file)
    with serving(answer(), authority.context_for("127.0.0.1")) as server:
        response = transport(server.place).send(post(f"https://{server.place}/"))
    assert response.error == "tls"


def test_keys_are_not_written_where_the_environment_says(
    authority: Authority, monkeypatch, tmp_path
):
    keys = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    with serving(answer(), authority.context_for("127.0.0.1")) as server:
        out = transport(server.place, ca_file=authority.file)
        assert out.send(post(f"https://{server.place}/")).status == 200
    assert not keys.exists()


def test_old_protocols_are_not_spoken(authority: Authority):
    context = tls_context(authority.file)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
