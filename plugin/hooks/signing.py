"""Signatures in the Standard Webhooks form, for calls that come in and requests that go out.

A secret is `whsec_` and base64 of 24 to 64 bytes. A signature is `v1,` and the base64 of
HMAC-SHA256 over `id.timestamp.body`; the header may hold several, parted by single spaces.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
import re
import secrets as entropy
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from plugin.errors import JourneysError, NotAuthentic

PREFIX = "whsec_"
TOLERANCE_SECONDS = 300  #: how far a timestamp may lie from now, before or after
MOST_SIGNATURES = 16  #: in one header; more is no key change but a guess

_REFUSAL = "The call is not authentic: check the signing secret and the clock of the sender."
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_TIMESTAMP = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)

_log = logging.getLogger(__name__)


def new_secret(random_bytes: Callable[[int], bytes] = entropy.token_bytes) -> str:
    """A fresh secret of 32 random bytes."""
    return PREFIX + base64.b64encode(random_bytes(32)).decode("ascii")


def secret_key(secret: str) -> bytes:
    """The key inside a secret. Raises JourneysError when it is not a `whsec_…` secret."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX).encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        key = b""
    if not secret.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise JourneysError(
            f"A signing secret is {PREFIX} followed by the base64 of 24 to 64 bytes."
        )
    return key


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The signature `v1,<base64>` of these exact bytes. `timestamp`: unix seconds, 1 or more.

    Raises JourneysError for a malformed secret, id or timestamp.
    """
    if not _ID.fullmatch(message_id) or not _TIMESTAMP.fullmatch(str(timestamp)):
        raise JourneysError(
            "A message id is 1 to 64 letters, digits, '-' or '_'; a timestamp is unix seconds."
        )
    return _signature(secret_key(secret), message_id, str(timestamp), body)


def host_signature(secret: str, body: bytes) -> str:
    """The host's own form: HMAC-SHA256 of the body in lower-case hex. The key is the text of the
    secret as it is, of whatever form."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def signed_headers(
    secrets: Sequence[str], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """The three headers of a call, with one signature per secret, in the order given."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(s, message_id, timestamp, body) for s in secrets),
    }


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of an authentic call: any of `secrets` made any of its signatures.

    `headers` in any letter case, `body` as received, `now` aware. A timestamp exactly 300
    seconds off still holds. Raises NotAuthentic with one text for every reason; the log says
    which. Without secrets nothing is authentic. Raises JourneysError for a malformed secret.
    """
    keys = [secret_key(secret) for secret in secrets]
    given = {name.lower(): value for name, value in headers.items()}
    message_id = given.get("webhook-id", "")
    timestamp = given.get("webhook-timestamp", "")
    signatures = given.get("webhook-signature", "").split(" ")
    if not _ID.fullmatch(message_id) or len(signatures) > MOST_SIGNATURES:
        raise _refused("malformed headers")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise _refused("malformed headers")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise _refused("timestamp outside the window")
    expected = [_signature(key, message_id, timestamp, body) for key in keys]
    if not _any_equal(expected, signatures):
        raise _refused("no matching signature")
    return message_id


def _signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    signed = b".".join((message_id.encode("ascii"), timestamp.encode("ascii"), body))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")


def _any_equal(expected: Sequence[str], given: Sequence[str]) -> bool:
    """Compares every pair, so that the time taken says nothing about which one fitted."""
    found = False
    for right in expected:
        for text in given:
            # The text is compared, not the decoded bytes: base64 has several spellings.
            found |= hmac.compare_digest(right.encode("ascii"), text.encode("utf-8", "replace"))
    return found


def _refused(reason: str) -> NotAuthentic:
    _log.info("hook call refused: %s", reason)
    return NotAuthentic(_REFUSAL)
