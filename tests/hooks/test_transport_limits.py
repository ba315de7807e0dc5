"""The transport's limits: the wall clock against every kind of delay, bytes against every flood."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from plugin.engine.ports import Response
from plugin.hooks.limits import Allowance, LookUp, open_socket, tls_context, wrap_tls
from plugin.hooks.transport import MOST_BODY_BYTES
from tests.hooks.conftest import LIMIT_SECONDS, Authority, hasty, post, transport
from tests.hooks.servers import Behaviour, answer, drip, endless, serving, silent

#: For a busy machine. The servers here go on for 5 seconds or for ever if they are let.
SLACK_SECONDS = 2.5
MEGABYTE = 1024 * 1024


def timed(send: Callable[[], Response]) -> tuple[Response, float]:
    started = time.monotonic()
    response = send()
    return response, time.monotonic() - started


def assert_timed_out(response: Response, seconds: float) -> None:
    assert (response.status, response.error) == (None, "timeout")
    assert LIMIT_SECONDS * 0.9 <= response.took_ms / 1000 <= seconds
    assert seconds <= LIMIT_SECONDS + SLACK_SECONDS


DRIPS = {
    "status line": (b"HTTP/1.1 2", b"0"),
    "header names": (b"HTTP/1.1 200 OK\r\n", b"X"),
    "header lines": (b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n"),
    "continues": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
    "body without length": (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "chunk size": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    "trailers": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: 1\r\n"),
}


@pytest.mark.parametrize("name", DRIPS)
def test_a_server_that_drips_is_left_when_the_time_is_over(name):
    head, piece = DRIPS[name]
    stop = threading.Event()
    with serving(drip(stop, head, piece)) as server:
        response, seconds = timed(lambda: hasty(server.place).send(post(server.url)))
        stop.set()
    assert_timed_out(response, seconds)


@pytest.mark.parametrize("behave", ["silent", "drip"])
def test_the_limit_holds_inside_tls(authority: Authority, behave):
    stop = threading.Event()
    how = silent(stop) if behave == "silent" else drip(stop, b"HTTP/1.1 200 OK\r\n\r\n", b"x")
    with serving(how, authority.context_for("127.0.0.1")) as server:
        out = hasty(server.place, ca_file=authority.file)
        response, seconds = timed(lambda: out.send(post(f"https://{server.place}/")))
        stop.set()
    assert_timed_out(response, seconds)


def test_the_limit_holds_while_shaking_hands(authority: Authority):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = f"127.0.0.1:{listener.getsockname()[1]}"
        out = hasty(place, ca_file=authority.file)
        assert_timed_out(*timed(lambda: out.send(post(f"https://{place}/"))))


def test_the_limit_holds_for_a_server_that_does_not_read():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = f"127.0.0.1:{listener.getsockname()[1]}"
        body = b"x" * (32 * MEGABYTE)
        assert_timed_out(*timed(lambda: hasty(place).send(post(f"http://{place}/", body))))


@contextmanager
def deaf() -> Iterator[int]:
    """A port on 127.0.0.1 at which connections are neither taken nor refused."""
    with ExitStack() as open_sockets:
        listener = open_sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            waiting = open_sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_the_limit_holds_while_connecting():
    with deaf() as port:
        out = hasty(f"127.0.0.1:{port}")
        assert_timed_out(*timed(lambda: out.send(post(f"http://127.0.0.1:{port}/"))))


def test_a_deaf_address_leaves_time_for_the_next_one():
    with deaf() as port, serving(answer(), address="127.0.0.2", port=port) as server:
        out = transport(
            f"hooks.example.com:{port}",
            resolver=lambda _: ["127.0.0.1", "127.0.0.2"],
            seconds=2.0,
        )
        response, seconds = timed(lambda: out.send(post(f"http://hooks.example.com:{port}/")))
    assert response.status == 200
    assert len(server.requests) == 1
    assert 0.9 <= seconds < 2.0


def test_the_limit_holds_while_looking_up():
    answered = threading.Event()

    def slow(_: str) -> list[str]:
        answered.wait(5)
        return ["8.8.8.8"]

    out = hasty(resolver=slow)
    response, seconds = timed(lambda: out.send(post("https://slow.example.com/")))
    answered.set()
    assert_timed_out(response, seconds)


def test_look_ups_that_hang_do_not_pile_up():
    answered = threading.Event()
    asked: list[str] = []

    def slow(host: str) -> list[str]:
        asked.append(host)
        answered.wait(5)
        return ["8.8.8.8"]

    look_up = LookUp(slow, at_once=2)
    for host in ("a", "b", "c"):
        with pytest.raises(TimeoutError):
            look_up(host, 0.05)
    answered.set()
    assert look_up("d", 5) == ["8.8.8.8"]
    assert "c" not in asked


def test_the_allowance_counts_down_by_its_clock_and_never_gives_nothing():
    readings = iter([100.0, 100.5, 101.9, 102.0])
    allowance = Allowance(2.0, 10, lambda: next(readings))
    assert allowance.left() == pytest.approx(1.5)
    assert allowance.left() == pytest.approx(0.1)
    with pytest.raises(TimeoutError):
        allowance.left()
    assert [allowance.receive(4), allowance.receive(6)] == [4, 6]
    with pytest.raises(OSError, match="too large"):
        allowance.receive(1)


@pytest.mark.parametrize("tls", [False, True])
def test_no_byte_moves_on_a_socket_whose_time_is_over(authority: Authority, tls):
    now = [0.0]
    context = authority.context_for("127.0.0.1") if tls else None
    with serving(answer(), context) as server:
        plain = open_socket("127.0.0.1", server.port, Allowance(9, 9999, lambda: now[0]), 1)
        sock = wrap_tls(plain, tls_context(authority.file), "127.0.0.1") if tls else plain
        with sock:
            sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
            now[0] = 8.5
            assert sock.recv_into(bytearray(4)) == 4
            assert sock.gettimeout() == pytest.approx(0.5)
            now[0] = 9.0
            with pytest.raises(TimeoutError):
                sock.sendall(b"x")
            with pytest.raises(TimeoutError):
                sock.recv_into(bytearray(4))


CHUNK = b"ff\r\n" + b"x" * 255 + b"\r\n"
FLOODS = {
    "known length": (b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n", b"x" * 65536),
    "length beyond reason": (
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n",
        b"x" * 65536,
    ),
    "no length": (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536),
    "endless chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", CHUNK * 256),
    "one chunk without end": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n",
        b"x" * 65536,
    ),
    "a redirect": (
        b"HTTP/1.1 200 OK\r\nLocation: /x\r\nContent-Length: 104857600\r\n\r\n".replace(
            b"200 OK", b"302 Found"
        ),
        b"x" * 65536,
    ),
}


def flooded(behave: Behaviour) -> tuple[Response, int]:
    """The response and the most memory that Python held meanwhile, both ends together."""
    with serving(behave) as server:
        out = transport(server.place)
        out.send(post(server.url))
        tracemalloc.start()
        try:
            response = out.send(post(server.url))
            return response, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("name", FLOODS)
def test_of_a_flood_sixteen_kilobytes_are_read_and_the_status_counts(name):
    head, piece = FLOODS[name]
    sent = [0]
    response, memory = flooded(endless(head, piece, sent))
    assert response.status == (302 if name == "a redirect" else 200)
    assert response.error is None
    assert response.body == b"x" * MOST_BODY_BYTES
    assert memory < MEGABYTE
    assert sent[0] < 2 * 16 * MEGABYTE


def test_a_packed_answer_is_kept_as_it_came():
    bomb = gzip.compress(bytes(50 * MEGABYTE))
    response, memory = flooded(answer("200 OK", bomb, "Content-Encoding: gzip\r\n"))
    assert response.status == 200
    assert response.body == bomb[:MOST_BODY_BYTES]
    assert memory < MEGABYTE


@pytest.mark.parametrize(
    ("head", "piece", "words"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X: " + b"a" * 60_000 + b"\r\n", {"too large"}),
        (b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n" * 100, {"bad reply"}),
        (b"HTTP/1.1 200 OK\r\nX: ", b"a" * 65_536, {"bad reply"}),
        (b"HTTP/1.1 200 ", b"K" * 65_536, {"bad reply"}),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, {"too large"}),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            b"X: 1\r\n" * 9000,
            {"too large"},
        ),
    ],
    ids=["long headers", "many headers", "one header", "status line", "continues", "trailers"],
)
def test_a_flood_before_or_after_the_body_is_cut_off(head, piece, words):
    response, memory = flooded(endless(head, piece))
    assert response.status is None
    assert response.error in words
    assert memory < MEGABYTE
