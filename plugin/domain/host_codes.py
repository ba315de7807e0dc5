"""What an answer of the host's API means for whoever waits for it: the one place that knows.

The codes are those of the host's public API reference. A code that is not in it holds people with
the code in sight, so that nobody is sent on by a guess.

A call may be made twice: a worker may die after the answer and before it is noted. That does no
harm. Somebody who is on the list already, or off it, is then where the first call has put them;
and a row that was deleted is deleted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

Kind = Literal["done", "refused", "retry", "held"]


class Verdict(NamedTuple):
    """`word`: done → what was done · refused → why · retry → '' · held → a stable code."""

    kind: Kind
    word: str = ""


RETRY = Verdict("retry")


def _done(word: str) -> Verdict:
    return Verdict("done", word)


def _refused(reason: str) -> Verdict:
    return Verdict("refused", reason)


def _held(code: str) -> Verdict:
    return Verdict("held", code)


#: Sentences for people who are held.
HELD: Mapping[str, str] = {
    "account_unknown": "The host does not accept the owner of this journey.",
    "api_address": "What answers at JOURNEYS_HOST_API_URL is not the host's api.php.",
    "api_blocked": "JOURNEYS_HOST_API_URL cannot be called. Run `journeys doctor`.",
    "api_key": "The host did not accept the account's API key.",
    "api_rights": "The account's API key may not do this in the host.",
    "call_refused": "The host refused the call as it was made.",
    "host_away": "The host's API could not be reached for more than a day.",
    "list_missing": "The host does not know this list any more, or it is another account's.",
    "no_api_address": "Tags are written through the host's API only, and its address,"
    " JOURNEYS_HOST_API_URL, is not set.",
    "no_api_key": "The owner has no API key in the host, or the account is disabled.",
    "subscriber_limit": "The account has as many subscribers as the host lets it have.",
    "tag_missing": "The host does not know this tag any more, or it is another account's.",
    "unknown_code": "The host answered with a code that Journeys does not know.",
}

_CALL, _LIST, _ACCOUNT = _held("call_refused"), _held("list_missing"), _held("account_unknown")

#: Of every command.
COMMON: Mapping[int, Verdict] = {
    429: RETRY,  # too many calls, told with HTTP 200
    99998: _held("api_key"),
    99999: _held("api_rights"),
    100000: _CALL,
    100001: _CALL,
    100002: RETRY,  # half-way through an update of the host
    100003: _CALL,
    100004: RETRY,
    100005: RETRY,
}

#: Of `subscriber.tag` and `subscriber.untag`. The host has two meanings for 6 and 7; those about
#: rules are not possible, for we name the subscriber. Whoever has the tag already is tagged.
_TAGGING: Mapping[int, Verdict] = {
    **dict.fromkeys((1, 2, 7, 8), _CALL),
    4: _LIST,
    6: _held("tag_missing"),
}

_ALREADY_ON = _done("already_subscribed")
CODES: Mapping[str, Mapping[int, Verdict]] = {
    "subscriber.create": {
        **dict.fromkeys((1, 2, *range(5, 18), 24, 25), _CALL),
        3: _refused("invalid_address"),
        4: _LIST,
        18: _held("subscriber_limit"),
        19: _refused("invalid_address"),
        20: _ALREADY_ON,
        21: _refused("unsubscribed"),
        22: _ACCOUNT,
        23: _LIST,
        26: _refused("required_field"),
        27: _refused("not_unique"),
        28: _refused("invalid_field"),
    },
    "subscriber.subscribe": {
        **dict.fromkeys((1, 2, 3), _CALL),
        4: _LIST,
        5: _refused("invalid_address"),
        6: _refused("required_field"),
        7: _refused("not_unique"),
        8: _refused("invalid_field"),
        9: _ALREADY_ON,
        10: RETRY,
        11: _ACCOUNT,
        101: _refused("vetoed"),
    },
    "subscriber.unsubscribe": {
        **dict.fromkeys((1, 2, 3, 8, 10, 11), _CALL),
        4: _LIST,
        5: _ACCOUNT,
        6: _refused("invalid_address"),
        7: _refused("not_on_list"),
        9: _done("already_unsubscribed"),
        12: _held("api_key"),
    },
    "subscriber.tag": _TAGGING,
    "subscriber.untag": _TAGGING,
    "subscribers.delete": {**dict.fromkeys((2, 6, 7, 8), _CALL), 5: _LIST},
}
SUCCESS: Mapping[str, str] = {
    "subscriber.create": "subscribed",
    "subscriber.subscribe": "subscribed",
    "subscriber.unsubscribe": "unsubscribed",
    "subscriber.tag": "tagged",
    "subscriber.untag": "untagged",
    "subscribers.delete": "deleted",
}

#: Ways in which a call never left us, and never will.
_NEVER_LEFT: Mapping[str, Verdict] = {
    "blocked address": _held("api_blocked"),
    "bad request": _held("api_blocked"),
    "no API key": _held("no_api_key"),
    "too many tries": _held("host_away"),
}
_PASSING = frozenset({408, 425, 429})
#: What counts when an answer has several codes.
_WEIGHT: Mapping[Kind, int] = {"held": 3, "refused": 2, "retry": 1, "done": 0}


def no_answer(error: str) -> Verdict:
    """A call without an answer: mostly worth another try."""
    return _NEVER_LEFT.get(error, RETRY)


def verdict(command: str, status: int, body: bytes, repeated: bool) -> Verdict:
    """An answer with its HTTP status.

    `repeated`: this call was tried before, so "already" is what that try has done.
    """
    if status in _PASSING or status >= 500:
        return RETRY
    answer = _parsed(body)
    if answer is None or 300 <= status < 400:
        return _held("api_address")
    codes = [code for code in _codes(answer) if code != 0]
    if not codes:
        succeeded = answer.get("Success") in (True, 1, "1", "true", "True")
        return _succeeded(command, answer) if succeeded else _held("unknown_code")
    known = {**COMMON, **CODES[command]}
    told = [known.get(code, _held("unknown_code")) for code in codes]
    heaviest = max(told, key=lambda one: _WEIGHT[one.kind])
    if repeated and heaviest.kind == "done":
        return _done(SUCCESS[command])
    return heaviest


def _succeeded(command: str, answer: Mapping[str, Any]) -> Verdict:
    for name in ("SubscriberInformation", "Subscriber"):
        about = answer.get(name)
        if isinstance(about, dict) and about.get("SubscriptionStatus") == "Opt-In Pending":
            return _done("asked_to_confirm")
    return _done(SUCCESS[command])


#: An answer can be longer than what is kept of it; how it ends is then not known.
_BEGINNING = re.compile(rb'\s*\{\s*"Success"\s*:\s*true\s*,\s*"ErrorCode"\s*:\s*"?0"?\s*,')


def _parsed(body: bytes) -> Mapping[str, Any] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {"Success": True} if _BEGINNING.match(body) else None
    return answer if isinstance(answer, dict) else None


def _codes(answer: Mapping[str, Any]) -> Iterator[int]:
    """Every code of any of the host's forms: a number, text, a list of them, or of objects.

    What is no number is a code that nobody knows: -1.
    """
    for name in ("ErrorCode", "Errors"):
        given = answer.get(name)
        for one in given if isinstance(given, list) else [given]:
            code = one.get("Code") if isinstance(one, dict) else one
            if code is None or code == "":
                continue
            try:
                yield int(code)
            except (TypeError, ValueError):
                yield -1
