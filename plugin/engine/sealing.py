"""A delivery becomes a request: with its key, its signature and the headers that are secrets.

Secrets are looked up when it is sent, and are nowhere but in the request.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from plugin.domain.request_headers import sendable
from plugin.engine.judging import LOCKED, unsent
from plugin.engine.ports import Delivery, Request, Response, Secrets, Signer, Transport
from plugin.engine.terms import Terms, terms_of
from plugin.errors import JourneysError
from plugin.logs import about, labelled

log = logging.getLogger(__name__)

#: What is known of each secret, by account and name: its text; what is wrong when this worker
#: cannot open it; None when there is none.
Keys = Mapping[tuple[int, str], str | JourneysError | None]
#: sign(secret, body) → the signature in the host's form
HostSigner = Callable[[str, bytes], str]

MASK = "***"


@dataclass(frozen=True, slots=True)
class Sealer:
    """Safe for many threads."""

    transport: Transport
    sign: Signer
    host_sign: HostSigner
    secrets: Secrets

    def keys(self, deliveries: Sequence[Delivery]) -> Keys:
        """The secrets that these need, each looked up once."""
        named = {(d.user_id, name) for d in deliveries for name in _names(d)}
        return {(user_id, name): self._key(user_id, name) for user_id, name in named}

    def _key(self, user_id: int, name: str) -> str | JourneysError | None:
        try:
            return self.secrets(user_id, name)
        except JourneysError as locked:
            where = labelled(user=user_id)
            log.error("the secret %s cannot be opened: %s", name, locked, extra=where)
            return locked

    def send(self, delivery: Delivery, timestamp: int, keys: Keys) -> Response:
        """One attempt. Never raises, and its answer repeats no secret header."""
        missing = [keys.get((delivery.user_id, name)) for name in _names(delivery)]
        for key in missing:
            if not isinstance(key, str):
                return unsent("no secret" if key is None else LOCKED)
        try:
            answer = self.transport.send(self.request(delivery, timestamp, keys))
        except Exception as fault:
            # The others of the batch have been sent: their results must not be lost with it. Its
            # text might hold a header's value.
            known = None if terms_of(delivery.terms).secret_headers else fault
            log.error("a webhook could not be sent", exc_info=known, extra=about(delivery))
            return unsent("internal")
        return _masked(answer, delivery, keys)

    def request(
        self, delivery: Delivery, timestamp: int, keys: Keys, *, masked: bool = False
    ) -> Request:
        """Whole, or `masked` for people to read. Every secret that it names must be in `keys`."""
        terms = terms_of(delivery.terms)
        headers = dict(delivery.headers)
        for header, name in terms.secret_headers.items():
            headers[header] = MASK if masked else str(keys[delivery.user_id, name])
        headers["webhook-id"] = delivery.delivery_key
        headers["webhook-timestamp"] = str(timestamp)
        headers |= self._signature(delivery, terms, timestamp, keys)
        return Request(delivery.method, delivery.url, headers, delivery.body)

    def _signature(
        self, delivery: Delivery, terms: Terms, timestamp: int, keys: Keys
    ) -> Mapping[str, str]:
        if delivery.secret_name is None or terms.signing == "none":
            return {}
        secret = str(keys[delivery.user_id, delivery.secret_name])
        if terms.signing == "host":
            return {terms.header: self.host_sign(secret, delivery.body)}
        key, body = delivery.delivery_key, delivery.body
        return {"webhook-signature": self.sign(secret, key, timestamp, body)}


def fits_a_header(secret: str) -> bool:
    """Whether a secret can be the value of a header."""
    return bool(secret) and sendable({"Authorization": secret})


def _names(delivery: Delivery) -> Iterator[str]:
    terms = terms_of(delivery.terms)
    if delivery.secret_name is not None and terms.signing != "none":
        yield delivery.secret_name
    yield from terms.secret_headers.values()


def _masked(answer: Response, delivery: Delivery, keys: Keys) -> Response:
    """An answer is kept for people to read; one that repeats what it was sent tells no secret."""
    body = answer.body
    for name in terms_of(delivery.terms).secret_headers.values():
        if secret := str(keys[delivery.user_id, name]).encode("latin-1", "replace"):
            body = body.replace(secret, MASK.encode())
    return answer if body is answer.body else replace(answer, body=body)
