"""What an answer of the host's e-mail gateway means for a message: the one place that knows.

The codes are those of the host's public API reference (`POST /api/v1/email`). A code that is not
in it holds people with the code in sight. A message is *taken* only when the answer names it: the
host has answered 2xx for messages that it never sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

#: taken: the host has it · refused: not to this person · failed: it was not sent, and a further
#: try would not help · held: to nobody, as things stand · wait: not now · retry · unknown: it may
#: have been taken.
Kind = Literal["taken", "refused", "failed", "held", "wait", "retry", "unknown"]


class Verdict(NamedTuple):
    """`word`: taken → the host's name for the message · refused and failed → why · held → a stable
    code; else ''."""

    kind: Kind
    word: str = ""


RETRY, UNKNOWN, WAIT = Verdict("retry"), Verdict("unknown"), Verdict("wait")


def _held(code: str) -> Verdict:
    return Verdict("held", code)


def _refused(reason: str) -> Verdict:
    return Verdict("refused", reason)


#: Sentences for people who are held.
HELD: Mapping[str, str] = {
    "account_disabled": "The host's account is disabled: it may not send.",
    "account_untrusted": "The host does not trust this account: it may not send.",
    "account_unverified": "The host waits for this account to be verified before it sends.",
    "call_refused": "The host's gateway refused the call as it was made.",
    "copies_refused": "The host's gateway refused an address for copies (CC or BCC).",
    "email_empty": "The e-mail has no subject or no content that could be sent.",
    "email_missing": "The e-mail is not in the host any more.",
    "from_refused": "The host's gateway refused the sender of this e-mail.",
    "gateway_address": "What answers at the host's address is not its e-mail gateway.",
    "gateway_blocked": "The host's e-mail gateway cannot be called. Run `journeys doctor`.",
    "host_away": "The host's e-mail gateway could not be reached for more than a day.",
    "list_missing": "The host does not know this list any more, or it is another account's.",
    "no_gateway": "No e-mail can be sent: JOURNEYS_HOST_API_URL is not set.",
    "no_sender_domain": "The account has no sender domain for the address in “from”.",
    "no_sender_key": "The sender domain of this e-mail has no key in the host.",
    "reply_refused": "The host's gateway refused an address for answers (reply-to).",
    "sender_domain_off": "The sender domain of this e-mail is not active in the host.",
    "sender_key": "The host did not accept the key of the sender domain.",
    "unknown_code": "The host's gateway answered with a code that Journeys does not know.",
}

_CALL = _held("call_refused")
CODES: Mapping[int, Verdict] = {
    1: _held("no_sender_key"),
    2: _held("no_sender_domain"),
    3: _held("from_refused"),
    8: _held("email_empty"),
    9: _CALL,
    10: _held("email_empty"),
    11: _held("email_empty"),
    12: _held("account_disabled"),
    13: _held("sender_key"),
    14: _refused("suppressed"),
    15: _CALL,  # TemplateID, which we do not send
    16: _CALL,  # TargetListID, likewise
    17: WAIT,  # the account's limit, mostly of a day
    18: _refused("invalid_address"),
    19: _refused("invalid_address"),
    20: _CALL,
    **dict.fromkeys((21, 22, 24, 25, 26, 27), _held("copies_refused")),
    23: _held("from_refused"),
    **dict.fromkeys((28, 29, 30, 31), _held("reply_refused")),
    32: _held("sender_domain_off"),
    34: _held("account_unverified"),
    35: _held("list_missing"),
    36: _refused("subscriber_missing"),
    37: _CALL,  # JourneyID and ActionID are the host's own: we never send them
    38: _CALL,
    39: _CALL,  # of list sends alone; comes as HTTP 502 and does not pass
    40: _held("account_untrusted"),
    429: WAIT,
    99998: _held("sender_key"),
    99999: _held("sender_key"),
}
#: What counts when an answer has several codes: what is about everybody, first.
_WEIGHT: Mapping[Kind, int] = {"held": 3, "wait": 2, "refused": 1}

#: Faults after which nothing of the request can have reached anybody.
NEVER_LEFT: Mapping[str, Verdict] = {
    "blocked address": _held("gateway_blocked"),
    "bad request": _held("gateway_blocked"),
    "no sender key": _held("no_sender_key"),
    "receiver away": _held("host_away"),
    "too many tries": _held("host_away"),
    "dns": RETRY,
    "internal": RETRY,
    "refused": RETRY,
    "unreachable": RETRY,
}
#: Answers of a host, or of what stands before it, that has not taken the request.
_NOT_TAKEN = frozenset({408, 425, 503})


def no_answer(error: str, *, unsent: bool) -> Verdict:
    """`unsent`: it is known that nothing of the request has left."""
    return NEVER_LEFT.get(error, RETRY if unsent else UNKNOWN)


def verdict(status: int, body: bytes) -> Verdict:
    """An answer with its HTTP status.

    An error of the server without a code says nothing of what had been done before it.
    """
    answer = _parsed(body)
    if answer is not None:
        told = [CODES.get(code, _held("unknown_code")) for code in _codes(answer)]
        if told:
            return max(told, key=lambda one: _WEIGHT[one.kind])
    if status == 429:
        return WAIT
    if status in _NOT_TAKEN:
        return RETRY
    if status >= 500:
        return UNKNOWN
    if status in (401, 403):
        return _held("sender_key")
    if answer is None or not 200 <= status < 300:
        return _held("gateway_address")
    name = _message_id(answer)
    return Verdict("taken", name) if name else Verdict("failed", "no_message_id")


#: The longest name of a message that is kept.
MOST_NAME = 190


def _message_id(answer: Mapping[str, Any]) -> str:
    data = answer.get("Data") if isinstance(answer.get("Data"), dict) else {}
    for given in (answer.get("MessageID"), (data or {}).get("MessageID")):
        if isinstance(given, str | int) and not isinstance(given, bool) and str(given).strip():
            return str(given).strip()[:MOST_NAME]
    return ""


def _parsed(body: bytes) -> Mapping[str, Any] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _codes(answer: Mapping[str, Any]) -> Iterator[int]:
    """Every code of any of the host's forms; what is no number is a code that nobody knows: -1."""
    for name in ("Errors", "ErrorCode"):
        given = answer.get(name)
        for one in given if isinstance(given, list) else [given]:
            code = one.get("Code") if isinstance(one, dict) else one
            if code in (None, "", 0, "0"):
                continue
            try:
                yield int(code)
            except (TypeError, ValueError):
                yield -1
