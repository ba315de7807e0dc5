"""The one-time token by which the host hands a user over to us.

token = P "." S; P is base64url JSON, S is base64url HMAC-SHA256 over "journeys-handover." + P,
both without padding.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast, get_args
from urllib.parse import urlsplit

from marshmallow import RAISE, Schema, ValidationError, fields, validate
from werkzeug.exceptions import BadRequest

from plugin.domain.journey import Right
from plugin.domain.waits import find_zone
from plugin.errors import BadValue, NotAuthentic
from plugin.routes.json_input import parse_json
from plugin.routes.strict import Text, Whole

MAX_TOKEN = 4096
MAX_SECONDS_AHEAD = 60

_REFUSAL = "This link from the host is out of date. Open Journeys from the host's menu again."

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HandOver:
    """What the host says about its user. `zone` is an IANA name that exists."""

    user_id: int
    rights: frozenset[Right]
    zone: str
    language: str
    home: str  #: http(s) address, a path, or ''
    nonce: str


class _Claims(Schema):
    class Meta:
        unknown = RAISE

    aud = fields.String(required=True, validate=validate.Equal("journeys"))
    user_id = Whole(required=True)
    group_id = Whole(low=0, required=True)
    rights = fields.List(Text(1, 16, required=True), required=True)
    time_zone = Text(0, 64, required=True)
    language = Text(0, 16, required=True)
    nonce = Text(22, 128, required=True)
    exp = Whole(required=True)
    home = Text(0, 500, required=True)


def read_token(secret: str, token: str, now: datetime) -> HandOver:
    """Raises NotAuthentic, with one text for every reason; the log says which.

    The nonce is not looked at: the caller uses it up.
    """
    payload, _, signature = token.partition(".")
    if not secret or len(token) > MAX_TOKEN or not token.isascii():
        raise _refused("no secret or no token")
    if not hmac.compare_digest(signature, signature_of(secret, payload)):
        raise _refused("wrong signature")
    claims = _claims(payload)
    if not 0 < claims["exp"] - now.timestamp() <= MAX_SECONDS_AHEAD:
        raise _refused("expired, or valid for too long")
    if not set(claims["rights"]) <= set(get_args(Right)):
        raise _refused("unknown right")
    if not _is_address(claims["home"]):
        raise _refused("home is no web address")
    return HandOver(
        user_id=claims["user_id"],
        rights=cast("frozenset[Right]", frozenset(claims["rights"])),
        zone=_zone(claims["time_zone"]),
        language=claims["language"],
        home=claims["home"],
        nonce=claims["nonce"],
    )


def signature_of(secret: str, payload: str) -> str:
    """The S of a token with this P."""
    signed = f"journeys-handover.{payload}".encode()
    digest = hmac.digest(secret.encode(), signed, hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _claims(payload: str) -> dict[str, Any]:
    try:
        plain = base64.b64decode(payload + "=" * (-len(payload) % 4), b"-_", validate=True)
        return dict(_Claims().load(parse_json(plain)))
    except (binascii.Error, BadRequest, ValidationError) as error:
        raise _refused(f"malformed: {type(error).__name__}") from None


def _zone(name: str) -> str:
    """UTC when the host's name for a zone is none of the world's."""
    try:
        find_zone(name)
    except BadValue:
        return "UTC"
    return name


def _is_address(home: str) -> bool:
    if home == "" or (home.startswith("/") and home[1:2] not in ("/", "\\")):
        return True
    try:
        parts = urlsplit(home)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _refused(reason: str) -> NotAuthentic:
    log.info("hand-over refused: %s", reason)
    return NotAuthentic(_REFUSAL)
