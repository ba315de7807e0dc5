"""The gateway's codes and their HTTP statuses, which the newest hosts chose otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response

from demo.api.answers import as_json

Version = tuple[int, ...]

TEXTS = {
    1: "Missing SenderAPIKey",
    2: "Invalid DomainID or invalid user account",
    3: "From parameter is either missing or invalid",
    8: "Missing Subject or To email address",
    9: "Missing ContentType",
    10: "Missing HTMLContent",
    11: "Missing PlainContent",
    12: "Invalid or deactivated user account",
    13: "Invalid SenderAPIKey",
    14: "Email address is in the suppression list. Email delivery is blocked.",
    15: "Invalid TemplateID",
    16: "Invalid TargetListID",
    17: "Email sending limit reached",
    18: "Recipient name or email address is missing",
    19: "Recipient email address is invalid",
    20: "There is no recipient set for the email, or there are too many",
    21: "CC name or email address is missing",
    22: "CC email address is invalid",
    23: "Invalid from email address format",
    24: "BCC email addresses must be set as an array",
    25: "BCC name or email address is missing",
    26: "BCC email address is invalid",
    27: "The number of BCC email addresses exceeds the allowed email address count",
    28: "Reply-To email addresses must be set as an array",
    29: "Reply-To name or email address is missing",
    30: "Reply-To email address is invalid",
    31: "The number of Reply-To email addresses exceeds the allowed email address count",
    32: "Domain is not activated",
    34: "User account is not verified",
    35: "Invalid ListID",
    36: "Invalid SubscriberID",
    37: "Invalid JourneyID",
    38: "Invalid ActionID",
    39: "Failed to resolve list recipients",
    40: "User account is not trusted",
    429: "Too many requests. Wait before sending another email.",
}
#: The release that refuses untrusted owners, and says more by its statuses.
STRICT_SINCE: Version = (6, 0, 1)
_STATUSES = {39: 502, 429: 429}
_STRICT_STATUSES = {12: 403, 17: 429, 32: 403, 40: 403}


class Refusal(Exception):
    """The gateway does not take the message; `codes` say why, one or several."""

    def __init__(self, *codes: int) -> None:
        super().__init__(", ".join(TEXTS[code] for code in codes))
        self.codes = codes


def refused(codes: Sequence[int], version: Version, retry_after: int = 0) -> Response:
    """Form B. Most codes come with status 200: only that no MessageID is there tells."""
    statuses = _STATUSES | (_STRICT_STATUSES if version >= STRICT_SINCE else {})
    body = {"Errors": [{"Code": code, "Message": TEXTS[code]} for code in codes]}
    answer = as_json(body, max(statuses.get(code, 200) for code in codes))
    if retry_after:
        answer.headers["Retry-After"] = str(retry_after)
    return answer
