"""The way out: sends one request to one checked address, within limits, and never raises.

Resolve, check every address, connect to a checked one, compare the other end: between the
check and the connection nothing is looked up again.
"""

from __future__ import annotations

import errno
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from http.client import HTTPException, IncompleteRead

import certifi
import requests
from urllib3.exceptions import HTTPError

from plugin import __version__
from plugin.engine.ports import Reach, Request, Response, unreached
from plugin.errors import BlockedAddress
from plugin.hooks.addresses import BLOCKED, AddressPolicy, Resolver, parse_target, resolve_public
from plugin.hooks.headers import check_headers, retry_after_seconds, sendable
from plugin.hooks.limits import Allowance, LookUp, system_resolver, tls_context
from plugin.hooks.pinned import PinnedAdapter, Route

__all__ = ["MOST_BODY_BYTES", "HttpTransport", "check_headers", "fault_word"]

MOST_BODY_BYTES = 16_384  #: of an answer's body that are read and kept
_MOST_RECEIVED_BYTES = 131_072  #: of an answer in all, headers and framing included
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_NOT_SENT = "bad request"

# In this order: the more special error first. Nothing of an error's text is shown to anybody.
_WORDS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((socket.gaierror,), "dns"),
    ((TimeoutError,), "timeout"),
    ((ssl.SSLError,), "tls"),
    ((ConnectionRefusedError,), "refused"),
    ((ConnectionError, IncompleteRead), "reset"),
    ((HTTPException,), "bad reply"),
)


class HttpTransport:
    """Sends webhooks. Safe for many threads; each request has a connection of its own.

    `clock` dates a Retry-After. `seconds` is the wall-clock limit of one request: look-up,
    connection, TLS, headers and body together. `ca_file` (PEM) replaces the usual authorities.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        clock: Callable[[], datetime],
        *,
        seconds: float = 15.0,
        resolver: Resolver = system_resolver,
        ca_file: str | None = None,
        reach: Reach = unreached,
    ) -> None:
        self._policy = policy
        self._clock = clock
        self._seconds = seconds
        self._look_up = LookUp(resolver)
        self._tls = tls_context(ca_file or certifi.where())
        self._reach = reach

    def send(self, request: Request) -> Response:
        """What came of one try. Never raises for what the network or the other side does.

        `status` is set when the answer came whole, or 16 kB of it; redirects are answers like
        any other. Else it is None and `error` a word: `timeout`, `dns`, `refused`, `reset`
        (also when the answer broke off), `unreachable`, `tls`, `bad reply`, `too large`,
        BLOCKED, or `bad request` for a method or headers that we don't send.
        """
        started = time.monotonic()
        allowance = Allowance(self._seconds, _MOST_RECEIVED_BYTES)
        if request.method not in _METHODS or not sendable(request.headers):
            return _no_answer(_NOT_SENT, 0)
        try:
            status, retry_after, body = self._exchange(request, allowance)
        except BlockedAddress:
            # The time is left out: it would tell something about the inside.
            return _no_answer(BLOCKED, 0)
        except (OSError, HTTPException, HTTPError, ValueError) as error:
            took = _milliseconds_since(started)
            return replace(_no_answer(fault_word(error), took), unsent=not allowance.connected)
        wait = retry_after_seconds(retry_after, self._clock())
        return Response(status, None, body, wait, _milliseconds_since(started))

    def _exchange(self, request: Request, allowance: Allowance) -> tuple[int, str | None, bytes]:
        """Status, Retry-After and the first 16 kB of the body."""
        route = self._route(request.url, allowance)
        self._reach("deliver.after_dns")
        adapter = PinnedAdapter(route)
        reply = adapter.send(
            _prepared(request, route.target.url), stream=True, timeout=allowance.left()
        )
        try:
            self._reach("deliver.after_status")
            return reply.status_code, reply.headers.get("Retry-After"), _first_bytes(reply)
        finally:
            reply.close()

    def _route(self, url: str, allowance: Allowance) -> Route:
        target = parse_target(url, self._policy)
        addresses = resolve_public(
            target, self._policy, lambda host: self._look_up(host, allowance.left())
        )
        return Route(target, tuple(addresses), allowance, self._tls, self._reach)


def fault_word(error: BaseException) -> str:
    """The class word for what went wrong, found in the error or in what caused it."""
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno == errno.EMSGSIZE:
            return "too large"
        for kinds, word in _WORDS:
            if isinstance(cause, kinds):
                return word
    by_system = any(isinstance(cause, OSError) and cause.errno for cause in _causes(error))
    return "unreachable" if by_system else "bad reply"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _prepared(request: Request, url: str) -> requests.PreparedRequest:
    """Prepared piece by piece: `prepare` would parse and respell the URL."""
    headers: Mapping[str, str] = {
        "User-Agent": f"Journeys/{__version__}",
        **request.headers,
        # The answer is kept as it comes; a packed one could unpack to any size.
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    prepared = requests.PreparedRequest()
    prepared.prepare_method(request.method)
    prepared.url = url
    prepared.prepare_headers(headers)
    prepared.prepare_body(request.body, None)
    return prepared


def _first_bytes(reply: requests.Response) -> bytes:
    """At most 16 kB. Raises when the body breaks off before."""
    body = b""
    while len(body) < MOST_BODY_BYTES:
        more: bytes = reply.raw.read(MOST_BODY_BYTES - len(body), decode_content=False)
        if not more:
            break
        body += more
    return body


def _no_answer(word: str, took_ms: int) -> Response:
    return Response(None, word, b"", None, took_ms)


def _milliseconds_since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
