"""A `requests` adapter that connects to addresses checked before, and to nothing else."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection

from plugin.engine.ports import Reach
from plugin.errors import BlockedAddress
from plugin.hooks.addresses import BLOCKED, Target
from plugin.hooks.limits import Allowance, LimitedSocket, open_socket, wrap_tls

_MOST_TRIED = 4  #: addresses of one name that are tried in turn


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one request. `addresses`: checked, at least one. `tls` is for https targets."""

    target: Target
    addresses: tuple[str, ...]
    allowance: Allowance
    tls: ssl.SSLContext
    reach: Reach


class PinnedConnection(HTTPConnection):
    """One connection along a route. The host name serves for the Host header only."""

    def __init__(self, route: Route) -> None:
        super().__init__(route.target.host, route.target.port)
        self._route = route
        self._sends_body = False

    def connect(self) -> None:
        """Connect, shake hands where the route has TLS. Raises OSError or BlockedAddress."""
        sock: socket.socket = self._new_conn()
        self.sock = sock
        self._connected()

    def _new_conn(self) -> LimitedSocket:
        """Try the addresses in turn; each gets its share of the time left."""
        addresses = self._route.addresses[:_MOST_TRIED]
        failure: OSError = OSError("no address")
        for tried, address in enumerate(addresses):
            try:
                return open_socket(
                    address, self._route.target.port, self._route.allowance, len(addresses) - tried
                )
            except OSError as error:
                failure = error
        raise failure

    def _connected(self) -> None:
        """Before this nothing of the request can have left."""
        self._route.allowance.connected = True
        self._route.reach("deliver.after_connect")

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send all of the request."""
        super().request(*args, **kwargs)
        self._route.reach("deliver.after_body")

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        """Send the headers; what is sent afterwards is the body."""
        super().endheaders(*args, **kwargs)
        self._sends_body = True

    def send(self, data: Any) -> None:
        """Send bytes, the body in two halves."""
        if not (self._sends_body and isinstance(data, bytes)):
            super().send(data)
            return
        middle = len(data) // 2
        super().send(data[:middle])
        self._route.reach("deliver.half_body")
        super().send(data[middle:])


class PinnedTlsConnection(PinnedConnection):
    """The same over TLS; the certificate must be the host's."""

    default_port: ClassVar[int] = 443  # type: ignore[misc]  # as urllib3 does it

    def connect(self) -> None:
        self.sock = wrap_tls(self._new_conn(), self._route.tls, self._route.target.host)
        self._connected()


class PinnedPool(HTTPConnectionPool):
    """A pool of one connection, for one request."""

    def __init__(self, route: Route) -> None:
        super().__init__(route.target.host, route.target.port, maxsize=1)
        self._route = route

    def _new_conn(self) -> PinnedConnection:
        plain = self._route.target.scheme == "http"
        return (PinnedConnection if plain else PinnedTlsConnection)(self._route)

    def _validate_conn(self, conn: Any) -> None:
        # Connected here and not by the first send, whose errors urllib3 partly swallows.
        if conn.is_closed:
            conn.connect()


class PinnedAdapter(HTTPAdapter):
    """Sends one prepared request along one route: no proxy, no redirect, no cookie, no retry.

    Used without a Session on purpose: a Session reads proxies and passwords from the
    environment, and the body of a redirect, whole and unpacked, even when told not to follow.
    """

    def __init__(self, route: Route) -> None:
        super().__init__()
        self._route = route

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: Any = None,
    ) -> HTTPConnectionPool:
        parts = urlsplit(str(request.url))
        target = self._route.target
        if (parts.scheme, parts.hostname) != (target.scheme, target.host):
            raise BlockedAddress(BLOCKED)
        return PinnedPool(self._route)

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        """Status, headers and the open stream; cookies and encodings are not looked at."""
        response = Response()
        response.status_code = resp.status
        response.headers.update(resp.headers)
        response.raw = resp
        return response
