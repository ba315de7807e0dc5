"""Every answer of the host's API, and what it means for whoever waits for it. Written by hand."""

from __future__ import annotations

import json

import pytest

from plugin.domain.host_codes import CODES, COMMON, HELD, no_answer, verdict

CREATE, SUBSCRIBE = "subscriber.create", "subscriber.subscribe"
UNSUBSCRIBE, DELETE = "subscriber.unsubscribe", "subscribers.delete"
TAG, UNTAG = "subscriber.tag", "subscriber.untag"
COMMANDS = (CREATE, SUBSCRIBE, UNSUBSCRIBE, DELETE, TAG, UNTAG)

CALL, LIST, ACCOUNT = "held call_refused", "held list_missing", "held account_unknown"

TABLE = {
    CREATE: {
        1: CALL,
        2: CALL,
        3: "refused invalid_address",
        4: LIST,
        5: CALL,
        6: CALL,
        7: CALL,
        8: CALL,
        9: CALL,
        10: CALL,
        11: CALL,
        12: CALL,
        13: CALL,
        14: CALL,
        15: CALL,
        16: CALL,
        17: CALL,
        18: "held subscriber_limit",
        19: "refused invalid_address",
        20: "done already_subscribed",
        21: "refused unsubscribed",
        22: ACCOUNT,
        23: LIST,
        24: CALL,
        25: CALL,
        26: "refused required_field",
        27: "refused not_unique",
        28: "refused invalid_field",
    },
    SUBSCRIBE: {
        1: CALL,
        2: CALL,
        3: CALL,
        4: LIST,
        5: "refused invalid_address",
        6: "refused required_field",
        7: "refused not_unique",
        8: "refused invalid_field",
        9: "done already_subscribed",
        10: "retry",
        11: ACCOUNT,
        101: "refused vetoed",
    },
    UNSUBSCRIBE: {
        1: CALL,
        2: CALL,
        3: CALL,
        4: LIST,
        5: ACCOUNT,
        6: "refused invalid_address",
        7: "refused not_on_list",
        8: CALL,
        9: "done already_unsubscribed",
        10: CALL,
        11: CALL,
        12: "held api_key",
    },
    DELETE: {2: CALL, 5: LIST, 6: CALL, 7: CALL, 8: CALL},
    TAG: {1: CALL, 2: CALL, 4: LIST, 6: "held tag_missing", 7: CALL, 8: CALL},
    UNTAG: {1: CALL, 2: CALL, 4: LIST, 6: "held tag_missing", 7: CALL, 8: CALL},
}
EVERYWHERE = {
    429: "retry",
    99998: "held api_key",
    99999: "held api_rights",
    100000: CALL,
    100001: CALL,
    100002: "retry",
    100003: CALL,
    100004: "retry",
    100005: "retry",
    77777: "held unknown_code",
}
ROWS = [(c, code, wanted) for c, codes in TABLE.items() for code, wanted in codes.items()]
ROWS += [(c, code, wanted) for c in COMMANDS for code, wanted in EVERYWHERE.items()]


def said(command, answer, status=200, repeated=False):
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return " ".join(filter(None, verdict(command, status, body, repeated)))


@pytest.mark.parametrize(("command", "code", "wanted"), ROWS)
def test_every_code_in_every_form(command, code, wanted):
    listed = {"Code": code, "Message": "Because."}
    forms = [
        ({"Success": False, "ErrorCode": code, "ErrorText": "Because."}, 200),
        ({"Success": False, "ErrorCode": str(code)}, 200),
        ({"Success": False, "ErrorCode": [code], "ErrorText": ["Because."]}, 200),
        ({"Success": "false", "ErrorCode": [str(code)]}, 200),
        ({"Errors": [listed]}, 400),
        ({"Errors": [listed]}, 404),
        ({"Success": False, "ErrorCode": [listed]}, 200),
        ({"Success": False, "ErrorCode": code, "Errors": [listed]}, 422),
    ]
    assert [said(command, *form) for form in forms] == [wanted] * len(forms)


def test_the_table_holds_every_code_that_is_known():
    assert {command: set(codes) for command, codes in CODES.items()} == {
        command: set(codes) for command, codes in TABLE.items()
    }
    assert set(COMMON) == set(EVERYWHERE) - {77777}


def test_whoever_is_held_is_told_why_in_a_sentence():
    held = {w.split()[1] for _, _, w in ROWS if w.startswith("held")}
    assert held <= set(HELD)
    assert all(text.endswith(".") for text in HELD.values())


DONE = {CREATE: "subscribed", SUBSCRIBE: "subscribed"}
DONE |= {UNSUBSCRIBE: "unsubscribed", DELETE: "deleted", TAG: "tagged", UNTAG: "untagged"}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "answer",
    [
        {"Success": True, "ErrorCode": 0},
        {"Success": True, "ErrorCode": [0], "ErrorText": ""},
        {"Success": "true", "ErrorCode": "0"},
        {"Success": True},
        {"Success": 1, "Errors": []},
    ],
)
def test_success_in_every_form(command, answer):
    assert said(command, answer) == f"done {DONE[command]}"


@pytest.mark.parametrize(
    ("command", "code", "first", "again"),
    [
        (CREATE, 20, "done already_subscribed", "done subscribed"),
        (SUBSCRIBE, 9, "done already_subscribed", "done subscribed"),
        (UNSUBSCRIBE, 9, "done already_unsubscribed", "done unsubscribed"),
        (CREATE, 21, "refused unsubscribed", "refused unsubscribed"),
    ],
)
def test_already_is_what_an_earlier_try_has_done(command, code, first, again):
    answer = {"Success": False, "ErrorCode": code}
    assert said(command, answer) == first
    assert said(command, answer, repeated=True) == again


def test_who_has_yet_to_confirm_is_not_subscribed():
    about = {"SubscriptionStatus": "Opt-In Pending"}
    answer = {"Success": True, "ErrorCode": 0, "SubscriberInformation": about}
    assert said(CREATE, answer) == "done asked_to_confirm"
    assert said(SUBSCRIBE, {"Success": True, "Subscriber": about}) == "done asked_to_confirm"


@pytest.mark.parametrize(
    ("codes", "wanted"),
    [
        ([20, 26], "refused required_field"),
        ([26, 77777], "held unknown_code"),
        ([20, 100005], "retry"),
        (["odd"], "held unknown_code"),
        ([None], "held unknown_code"),
        ([[1]], "held unknown_code"),
    ],
)
def test_of_several_codes_the_heaviest_counts(codes, wanted):
    assert said(CREATE, {"Success": False, "ErrorCode": codes}) == wanted


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("status", "body", "wanted"),
    [
        (503, b"The database is down.", "retry"),
        (500, b'{"Success":false,"ErrorCode":100005}', "retry"),
        (502, b"<html>Bad gateway</html>", "retry"),
        (429, b'{"Errors":[{"Code":429,"Message":"Slow down"}]}', "retry"),
        (408, b"", "retry"),
        (425, b"", "retry"),
        (200, b"<html>Log in</html>", "held api_address"),
        (200, b"", "held api_address"),
        (200, b"not json", "held api_address"),
        (200, b'"text"', "held api_address"),
        (200, b"[1]", "held api_address"),
        (200, b"{}", "held unknown_code"),
        (200, b'{"Success":false}', "held unknown_code"),
        (301, b"", "held api_address"),
        (302, b'{"Success":true}', "held api_address"),
        (403, b"Forbidden", "held api_address"),
        (404, b"<html></html>", "held api_address"),
        (200, b"[" * 100_000, "held api_address"),
    ],
)
def test_answers_that_are_none_of_the_apis(command, status, body, wanted):
    assert said(command, body, status) == wanted


def test_a_success_that_is_longer_than_what_is_kept_is_a_success():
    whole = {"Success": True, "ErrorCode": 0, "SubscriberInformation": {"x": "y" * 50_000}}
    assert said(CREATE, json.dumps(whole).encode()[:16_384]) == "done subscribed"
    failed = {"Success": False, "ErrorCode": 20, "x": "y" * 50_000}
    assert said(CREATE, json.dumps(failed).encode()[:16_384]) == "held api_address"


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        ("timeout", "retry"),
        ("refused", "retry"),
        ("reset", "retry"),
        ("dns", "retry"),
        ("tls", "retry"),
        ("unreachable", "retry"),
        ("bad reply", "retry"),
        ("too large", "retry"),
        ("internal", "retry"),
        ("blocked address", "held api_blocked"),
        ("bad request", "held api_blocked"),
        ("no API key", "held no_api_key"),
        ("too many tries", "held host_away"),
    ],
)
def test_calls_without_an_answer(error, wanted):
    assert " ".join(filter(None, no_answer(error))) == wanted
