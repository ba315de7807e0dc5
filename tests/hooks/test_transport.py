"""The transport against real servers: what it sends, what it makes of answers and of faults."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from plugin.engine.ports import Request
from plugin.hooks.transport import MOST_BODY_BYTES
from tests.hooks.conftest import post, transport
from tests.hooks.servers import answer, raw, reset_after, serving, silent


def test_a_request_arrives_as_it_was_given_and_its_answer_comes_back():
    with serving(answer("202 Accepted", b"thanks", "X-Other: 1\r\n")) as server:
        body = '{"name":"Ørn"}'.encode()
        response = transport(server.place).send(post(server.url + "?q=%2Fa%7E", body, X_Key="é"))
    assert (response.status, response.error, response.body) == (202, None, b"thanks")
    assert response.retry_after is None
    assert 0 <= response.took_ms < 5000
    head, _, arrived = server.requests[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert arrived == body
    assert lines[0] == b"POST /in?q=%2Fa%7E HTTP/1.1"
    assert f"Host: {server.place}".encode() in lines
    assert sorted(line.split(b":")[0].lower() for line in lines[1:]) == sorted(
        [
            b"host",
            b"user-agent",
            b"content-type",
            b"webhook-id",
            b"x_key",
            b"accept-encoding",
            b"connection",
            b"content-length",
        ]
    )
    assert b"Accept-Encoding: identity" in lines
    assert "X_Key: é".encode("latin-1") in lines


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_each_method_is_sent(method):
    with serving(answer()) as server:
        response = transport(server.place).send(Request(method, server.url, {}, b""))
    assert response.status == 200
    assert server.requests[0].startswith(method.encode() + b" /in ")


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("CONNECT", {}),
        ("post", {}),
        ("GET\r\nX: 1", {}),
        ("", {}),
        ("TRACE", {}),
        ("POST", {"Host": "x"}),
        ("POST", {"X": "a\r\nHost: x"}),
        ("POST", {"Cookie": "c"}),
        ("POST", {"Transfer-Encoding": "chunked"}),
        ("POST", {"webhook-id": "a\nb"}),
    ],
)
def test_a_request_that_could_steer_the_connection_is_not_sent(method, headers):
    with serving(answer()) as server:
        response = transport(server.place).send(Request(method, server.url, headers, b"x"))
    assert (response.status, response.error) == (None, "bad request")
    assert server.connections == []


@pytest.mark.parametrize("status", [200, 204, 299, 400, 404, 410, 429, 500, 503])
def test_the_status_is_reported_as_it_is(status):
    with serving(answer(f"{status} Whatever")) as server:
        response = transport(server.place).send(post(server.url))
    assert (response.status, response.error) == (status, None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("Sun, 22 Nov 2026 12:10:00 GMT", 600),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("1e9", None),
        ("later", None),
        ("1000000000", 10**9),
    ],
)
def test_retry_after_is_read_by_the_given_clock(text, seconds):
    with serving(answer("503 Busy", b"", f"Retry-After: {text}\r\n")) as server:
        response = transport(server.place).send(post(server.url))
    assert (response.status, response.retry_after) == (503, seconds)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_status_and_is_not_followed(status):
    with serving(answer()) as other:
        location = f"Location: {other.url}\r\n"
        with serving(answer(f"{status} Moved", b"there", location)) as server:
            response = transport(server.place, other.place).send(post(server.url))
    assert (response.status, response.body) == (status, b"there")
    assert len(server.requests) == 1
    assert other.connections == []


def test_cookies_are_neither_kept_nor_sent():
    with serving(answer(headers="Set-Cookie: a=b; Path=/\r\n")) as server:
        out = transport(server.place)
        assert [out.send(post(server.url)).status for _ in range(2)] == [200, 200]
    assert len(server.requests) == 2
    assert all(b"cookie" not in request.lower() for request in server.requests)


def test_proxies_and_passwords_of_the_environment_are_ignored(monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login planted password planted\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    with serving(answer("299 From proxy")) as proxy, serving(answer()) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy.place}")
        response = transport(server.place).send(post(server.url))
    assert response.status == 200
    assert proxy.connections == []
    assert b"authorization" not in server.requests[0].lower()


def test_nobody_listening_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = f"127.0.0.1:{listener.getsockname()[1]}"
    response = transport(place).send(post(f"http://{place}/"))
    assert (response.status, response.error, response.body) == (None, "refused", b"")
    assert response.unsent


def test_whether_anything_can_have_left_is_told_by_the_connection():
    stop = threading.Event()
    with serving(silent(stop)) as stalled:
        slow = transport(stalled.place, seconds=0.4).send(post(stalled.url))
        stop.set()
    assert (slow.error, slow.unsent) == ("timeout", False)
    with serving(raw(b"no TLS here")) as plain:
        answer = transport(plain.place).send(post(f"https://{plain.place}/"))
    assert (answer.error, answer.unsent) == ("tls", True)


PARTS = {
    "before the status": b"",
    "in the status": b"HTTP/1.1 20",
    "in the headers": b"HTTP/1.1 200 OK\r\nX-A: 1\r\n",
    "before the body": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
    "in the body": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
    "in a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf",
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_an_answer_that_is_reset_is_no_answer(part):
    with serving(reset_after(part)) as server:
        response = transport(server.place).send(post(server.url))
    assert (response.status, response.error) == (None, "reset")
    assert len(server.requests) == 1


@pytest.mark.parametrize("name", ["before the status", "in the body", "in a chunk"])
def test_an_answer_that_ends_too_early_is_no_answer(name):
    with serving(raw(PARTS[name])) as server:
        response = transport(server.place).send(post(server.url))
    assert (response.status, response.error) == (None, "reset")


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"-ERR unknown command\r\n" * 4,
        b"\x00" * 200,
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * 101 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 70_000 + b"\r\n\r\n",
    ],
    ids=lambda data: ascii(data[:20]),
)
def test_an_answer_that_is_not_http_is_a_word_and_shows_nothing_of_it(data):
    with serving(raw(data)) as server:
        response = transport(server.place).send(post(server.url))
    assert response.status is None
    assert response.error in ("bad reply", "reset")
    assert response.body == b""


@pytest.mark.parametrize(
    "planted",
    [
        b"Set-Cookie: \xff=\x00; Expires=Thu, 99 Foo 99999 99:99:99 GMT",
        b"Content-Type: ;;;=\xff",
        b"Content-Encoding: gzip",
        b"Location: http://[",
        b"\xff\xfe: \x80",
        b"Retry-After: \xb2",
    ],
)
def test_strange_headers_of_an_answer_do_no_harm(planted):
    data = b"HTTP/1.1 200 OK\r\n" + planted + b"\r\nContent-Length: 2\r\n\r\nok"
    with serving(raw(data)) as server:
        response = transport(server.place).send(post(server.url))
    assert (response.status, response.body) == (200, b"ok")


def test_a_large_body_goes_out_whole_to_a_server_that_reads_it():
    body = bytes(range(256)) * 4096
    with serving(answer()) as server:
        assert transport(server.place).send(post(server.url, body)).status == 200
    assert server.requests[0].endswith(b"\r\n\r\n" + body)


def test_an_early_refusal_is_read_though_the_body_was_not_taken():
    ended = threading.Event()

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            conn, _ = listener.accept()
            with conn:
                conn.recv(1024)
                conn.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
                conn.shutdown(socket.SHUT_WR)
                ended.wait(5)

        worker = threading.Thread(target=serve)
        worker.start()
        place = f"127.0.0.1:{listener.getsockname()[1]}"
        response = transport(place).send(post(f"http://{place}/", b"x" * 20_000))
        ended.set()
        worker.join()
    assert response.status == 413


def test_many_threads_send_at_once_and_nothing_is_mixed_up():
    def echo(conn: socket.socket, request: bytes) -> None:
        body = request.partition(b"\r\n\r\n")[2]
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with serving(echo) as server, ThreadPoolExecutor(8) as pool:
        out = transport(server.place, seconds=10)
        bodies = [f"body {n}".encode() * (n + 1) for n in range(120)]
        answers = list(pool.map(lambda body: out.send(post(server.url, body)), bodies))
    assert [response.body for response in answers] == [b[:MOST_BODY_BYTES] for b in bodies]
    assert {response.status for response in answers} == {200}


def test_a_stalled_request_does_not_hold_up_others():
    stop = threading.Event()
    with serving(silent(stop)) as stalled, serving(answer()) as server:
        out = transport(stalled.place, server.place)
        slow = threading.Thread(target=out.send, args=(post(stalled.url),))
        slow.start()
        started = time.monotonic()
        assert all(out.send(post(server.url)).status == 200 for _ in range(10))
        assert time.monotonic() - started < 4
        stop.set()
        slow.join()


def test_ipv6_places_are_reached():
    with serving(answer(), address="::1") as server:
        place = f"[::1]:{server.port}"
        assert transport(place).send(post(f"http://{place}/")).status == 200
    assert f"Host: {place}\r\n".encode() in server.requests[0]
