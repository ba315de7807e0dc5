"""Standard Webhooks signatures, written apart from the add-on's own: each checks the other."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping

_TOLERANCE_SECONDS = 300


def new_secret() -> str:
    """A fresh `whsec_…` secret."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """`v1,<base64>` over `id.timestamp.body`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    message = b"%b.%b.%b" % (message_id.encode(), timestamp.encode(), body)
    return "v1," + base64.b64encode(hmac.digest(key, message, hashlib.sha256)).decode()


def signed_headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id, str(timestamp), body),
    }


def verdict(secret: str | None, headers: Mapping[str, str], body: bytes, now: float) -> str:
    """ "not signed", "not checked" (no secret is known), "valid" or "not valid".

    `headers` with names in lower case, `now` in unix seconds; more than five minutes off is
    not valid.
    """
    given = headers.get("webhook-signature", "")
    if not given:
        return "not signed"
    if secret is None:
        return "not checked"
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(now - int(timestamp)) > _TOLERANCE_SECONDS:
        return "not valid"
    right = signature(secret, message_id, timestamp, body).encode()
    fits = any(hmac.compare_digest(right, one.encode()) for one in given.split(" "))
    return "valid" if fits else "not valid"
