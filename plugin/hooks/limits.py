"""Limits on one request as a whole: seconds on the wall, bytes received; sockets that keep them.

A socket's own time-out starts again with every byte, so that a server that drips never trips
it. Here each call on the socket gets only what is left of the whole.
"""

from __future__ import annotations

import errno
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from ipaddress import ip_address
from typing import TYPE_CHECKING, cast

from plugin.errors import BlockedAddress
from plugin.hooks.addresses import BLOCKED, Resolver

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class Allowance:
    """What one request may still use: seconds until its end, bytes to come in.

    Used by one thread. `monotonic` gives seconds.
    """

    def __init__(
        self, seconds: float, received: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._end = monotonic() + seconds
        self._received = received
        self.connected = False  #: whether anything of the request can have left

    def left(self) -> float:
        """Seconds left, more than 0. Raises TimeoutError when there are none."""
        left = self._end - self._monotonic()
        if left <= 0:
            raise TimeoutError("the time for this request is over")
        return left

    def receive(self, count: int) -> int:
        """Note that `count` bytes came in; gives it back. Raises OSError(EMSGSIZE) when too many.

        What counts is what the socket gave, headers and framing included.
        """
        self._received -= count
        if self._received < 0:
            raise OSError(errno.EMSGSIZE, "the answer is too large")
        return count


class LimitedSocket(socket.socket):
    """A TCP socket that keeps the allowance of its request."""

    allowance: Allowance

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        self.settimeout(self.allowance.left())
        return self.allowance.receive(super().recv_into(buffer, nbytes, flags))

    def sendall(self, data: ReadableBuffer, flags: int = 0, /) -> None:
        self.settimeout(self.allowance.left())
        super().sendall(data, flags)


class LimitedTlsSocket(ssl.SSLSocket):
    """The same, inside TLS. Its `sendall` is a loop over `send`."""

    allowance: Allowance

    def recv_into(self, buffer: WriteableBuffer, nbytes: int | None = None, flags: int = 0) -> int:
        self.settimeout(self.allowance.left())
        return self.allowance.receive(super().recv_into(buffer, nbytes, flags))

    def send(self, data: ReadableBuffer, flags: int = 0) -> int:
        self.settimeout(self.allowance.left())
        return super().send(data, flags)


def tls_context(ca_file: str) -> ssl.SSLContext:
    """Certificates and names are verified against `ca_file` (PEM) alone; TLS 1.2 or newer.

    Built by hand: the ready-made contexts of the library follow the process's environment
    (SSL_CERT_FILE, SSLKEYLOGFILE).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cafile=ca_file)
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = LimitedTlsSocket
    return context


def open_socket(address: str, port: int, allowance: Allowance, share: int) -> LimitedSocket:
    """Connect to this address within a `share`-th of the time left. Raises OSError.

    Raises BlockedAddress when the other end turns out to be another address.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = LimitedSocket(family, socket.SOCK_STREAM)
    try:
        sock.allowance = allowance
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(allowance.left() / share)
        sock.connect((address, port))
        check_peer(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


def wrap_tls(sock: LimitedSocket, context: ssl.SSLContext, host: str) -> LimitedTlsSocket:
    """Shake hands with `host` within the time left. Raises OSError, then all is closed.

    `context` comes from tls_context.
    """
    try:
        sock.settimeout(sock.allowance.left())
        wrapped = cast(LimitedTlsSocket, context.wrap_socket(sock, server_hostname=host))
    except BaseException:
        sock.close()
        raise
    wrapped.allowance = sock.allowance
    return wrapped


def check_peer(sock: socket.socket, address: str) -> None:
    """Raises BlockedAddress unless the socket's other end is this very address."""
    if ip_address(sock.getpeername()[0]) != ip_address(address):
        raise BlockedAddress(BLOCKED)


class LookUp:
    """A resolver with a time limit. Look-ups can't be interrupted, so each has its own thread.

    One that comes too late ends unheard; at most `at_once` are under way. Safe for threads.
    """

    def __init__(self, resolver: Resolver, at_once: int = 64) -> None:
        self._resolver = resolver
        self._slots = threading.BoundedSemaphore(at_once)

    def __call__(self, host: str, seconds: float) -> Sequence[str]:
        """The resolver's answer. Raises TimeoutError after `seconds`, else what it raises."""
        end = time.monotonic() + seconds
        if not self._slots.acquire(timeout=seconds):
            raise TimeoutError("too many look-ups are under way")
        answer: Future[Sequence[str]] = Future()
        try:
            threading.Thread(target=self._run, args=(host, answer), daemon=True).start()
        except RuntimeError:
            self._slots.release()
            raise
        return answer.result(timeout=max(0.0, end - time.monotonic()))

    def _run(self, host: str, answer: Future[Sequence[str]]) -> None:
        try:
            answer.set_result(self._resolver(host))
        except BaseException as error:
            # Nobody may be left who waits; the thread itself has nothing to tell.
            answer.set_exception(error)
        finally:
            self._slots.release()


def system_resolver(host: str) -> list[str]:
    """Ask the operating system, as every other program on this machine would. Raises OSError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]
