"""Small real servers on 127.0.0.x for the transport to meet, most of them badly behaved."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

#: Called with the connection and the whole request as it came.
Behaviour = Callable[[socket.socket, bytes], None]


@dataclass
class Server:
    """Answers each connection by its behaviour, in a thread of its own."""

    address: str
    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"{self.address}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}/in"


@contextmanager
def serving(
    behave: Behaviour, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1", port: int = 0
) -> Iterator[Server]:
    """A server while the block runs; the port is free unless given."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, port), family=family) as listener:
        server = Server(address, listener.getsockname()[1])
        workers: list[threading.Thread] = []
        accepting = threading.Thread(
            target=_accept, args=(listener, server, behave, tls, workers), daemon=True
        )
        accepting.start()
        try:
            yield server
        finally:
            # Ends the accept that is under way.
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join(5)
            for worker in workers:
                worker.join(5)


def _accept(
    listener: socket.socket,
    server: Server,
    behave: Behaviour,
    tls: ssl.SSLContext | None,
    workers: list[threading.Thread],
) -> None:
    while True:
        try:
            conn, peer = listener.accept()
        except OSError:
            return
        server.connections.append(peer[0])
        worker = threading.Thread(target=_handle, args=(conn, server, behave, tls), daemon=True)
        workers.append(worker)
        worker.start()


def _handle(
    conn: socket.socket, server: Server, behave: Behaviour, tls: ssl.SSLContext | None
) -> None:
    conn.settimeout(5)
    with conn:
        try:
            if tls is not None:
                with tls.wrap_socket(conn, server_side=True) as wrapped:
                    _converse(wrapped, server, behave)
            else:
                _converse(conn, server, behave)
        except OSError:
            # The other end may hang up at any time; that is what is tested.
            pass


def _converse(conn: socket.socket, server: Server, behave: Behaviour) -> None:
    request = read_request(conn)
    if request:
        server.requests.append(request)
        behave(conn, request)


def read_request(conn: socket.socket) -> bytes:
    """Headers and as much body as Content-Length says; b'' when the client left before.

    The greeting of TLS to a server without TLS counts as a request, too.
    """
    data = b""
    while b"\r\n\r\n" not in data and not data.startswith(b"\x16\x03"):
        more = conn.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(x.split(b":")[1])
            for x in head.split(b"\r\n")
            if x.lower().startswith(b"content-len")
        ),
        0,
    )
    while len(body) < length:
        more = conn.recv(65536)
        if not more:
            return b""
        body += more
    return head + b"\r\n\r\n" + body


def answer(status: str = "200 OK", body: bytes = b"", headers: str = "") -> Behaviour:
    """A complete answer with these extra header lines (each ending in CRLF)."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode("latin-1")

    def behave(conn: socket.socket, request: bytes) -> None:
        conn.sendall(head + body)

    return behave


def raw(data: bytes) -> Behaviour:
    """Exactly these bytes, then the end."""

    def behave(conn: socket.socket, request: bytes) -> None:
        conn.sendall(data)

    return behave


def endless(head: bytes, piece: bytes, sent: list[int] | None = None) -> Behaviour:
    """`head`, then `piece` again and again, as fast as the client takes it (256 MB at most)."""

    def behave(conn: socket.socket, request: bytes) -> None:
        conn.sendall(head)
        for _ in range(256 * 1024 * 1024 // len(piece)):
            conn.sendall(piece)
            if sent is not None:
                sent[0] += len(piece)

    return behave


def drip(stop: threading.Event, head: bytes, piece: bytes, pause: float = 0.03) -> Behaviour:
    """`head`, then a `piece` every `pause` seconds until the client leaves or `stop` is set."""

    def behave(conn: socket.socket, request: bytes) -> None:
        conn.sendall(head)
        while not stop.wait(pause):
            conn.sendall(piece)

    return behave


def reset_after(data: bytes) -> Behaviour:
    """These bytes, then a reset instead of an end."""

    def behave(conn: socket.socket, request: bytes) -> None:
        if data:
            conn.sendall(data)
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        conn.close()

    return behave


def silent(stop: threading.Event) -> Behaviour:
    """Reads the request and never answers."""

    def behave(conn: socket.socket, request: bytes) -> None:
        stop.wait(5)

    return behave
