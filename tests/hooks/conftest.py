"""What the tests of the transport share: a way to send, a certificate authority."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from plugin.engine.ports import Request, Response
from plugin.hooks.addresses import AddressPolicy
from plugin.hooks.transport import HttpTransport

#: Short, so that the tests of stalling servers are.
LIMIT_SECONDS = 0.5
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

Send = Callable[..., Response]


def transport(*allowed: str, **options: object) -> HttpTransport:
    """A transport whose admin allows these places, with a clock that stands."""
    settings = {"seconds": 5.0, **options}
    return HttpTransport(AddressPolicy(frozenset(allowed)), lambda: NOW, **settings)


def hasty(*allowed: str, **options: object) -> HttpTransport:
    """The same with the short limit."""
    return transport(*allowed, seconds=LIMIT_SECONDS, **options)


def post(url: str, body: bytes = b'{"a":1}', **headers: str) -> Request:
    """A signed-looking request of the usual kind."""
    usual = {"Content-Type": "application/json", "webhook-id": "evt_1"}
    return Request("POST", url, {**usual, **headers}, body)


class Authority:
    """A certificate authority of our own and certificates that it gives out."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.file = str(folder / "ca.pem")
        self._ca.cert_pem.write_to_path(self.file)

    def context_for(self, *names: str, until: datetime | None = None) -> ssl.SSLContext:
        """A server's context with a certificate for these names, valid until then."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(*names, not_after=until).configure_cert(context)
        return context


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """One for the whole run; making keys takes a while."""
    yield Authority(tmp_path_factory.mktemp("authority"))
