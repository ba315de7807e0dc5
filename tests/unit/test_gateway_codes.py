"""Every answer of the host's gateway, and what it means for a message. Written by hand."""

from __future__ import annotations

import json

import pytest

from plugin.domain.gateway_codes import CODES, HELD, no_answer, verdict

CALL, COPIES, REPLY = "held call_refused", "held copies_refused", "held reply_refused"
TABLE = {
    1: "held no_sender_key",
    2: "held no_sender_domain",
    3: "held from_refused",
    8: "held email_empty",
    9: CALL,
    10: "held email_empty",
    11: "held email_empty",
    12: "held account_disabled",
    13: "held sender_key",
    14: "refused suppressed",
    15: CALL,
    16: CALL,
    17: "wait",
    18: "refused invalid_address",
    19: "refused invalid_address",
    20: CALL,
    21: COPIES,
    22: COPIES,
    23: "held from_refused",
    24: COPIES,
    25: COPIES,
    26: COPIES,
    27: COPIES,
    28: REPLY,
    29: REPLY,
    30: REPLY,
    31: REPLY,
    32: "held sender_domain_off",
    34: "held account_unverified",
    35: "held list_missing",
    36: "refused subscriber_missing",
    37: CALL,
    38: CALL,
    39: CALL,
    40: "held account_untrusted",
    429: "wait",
    99998: "held sender_key",
    99999: "held sender_key",
}
#: Statuses with which the releases of the host send a code.
STATUSES = {12: (200, 403), 17: (200, 429), 32: (200, 403), 39: (200, 502), 40: (403,), 429: (429,)}


def words(found):
    return " ".join(filter(None, found))


@pytest.mark.parametrize("code", TABLE)
def test_every_code_in_every_form_and_with_every_status(code):
    forms = (
        {"Errors": [{"Code": code, "Message": "No."}]},
        {"Errors": [{"Code": str(code)}]},
        {"Success": False, "ErrorCode": code},
        {"Success": False, "ErrorCode": [code]},
        {"Success": False, "ErrorCode": [{"Code": code}], "MessageID": "m-1"},
    )
    for status in STATUSES.get(code, (200, 400)):
        for form in forms:
            assert words(verdict(status, json.dumps(form).encode())) == TABLE[code]


def test_the_table_has_every_code_and_every_hold_has_its_sentence():
    assert set(CODES) == set(TABLE)
    held = {found.word for found in CODES.values() if found.kind == "held"}
    assert held <= set(HELD)


@pytest.mark.parametrize(
    ("status", "body", "meant"),
    [
        (200, {"MessageID": "abc"}, "taken abc"),
        (201, {"Success": True, "ErrorCode": 0, "Data": {"MessageID": 77}}, "taken 77"),
        (200, {"MessageID": "x" * 500}, f"taken {'x' * 190}"),
        (200, {"Success": True}, "failed no_message_id"),
        (200, {"MessageID": ""}, "failed no_message_id"),
        (200, {"MessageID": True}, "failed no_message_id"),
        (200, {"Errors": [], "MessageID": None}, "failed no_message_id"),
        (200, {"Errors": [{"Code": 33}]}, "held unknown_code"),
        (200, {"Errors": [{"Code": "what"}]}, "held unknown_code"),
        (200, {"Errors": [{"Code": 14}, {"Code": 32}]}, "held sender_domain_off"),
        (429, {"Errors": [{"Code": 14}, {"Code": 17}]}, "wait"),
        (200, b"<html>A page</html>", "held gateway_address"),
        (200, b"[]", "held gateway_address"),
        (302, b"", "held gateway_address"),
        (404, b"", "held gateway_address"),
        (401, b"", "held sender_key"),
        (403, b"Forbidden", "held sender_key"),
        (429, b"slow down", "wait"),
        (503, b"The database is down.", "retry"),
        (408, b"", "retry"),
        (425, b"", "retry"),
        (500, b"", "unknown"),
        (502, b"", "unknown"),
        (504, b"", "unknown"),
        (500, {"MessageID": "abc"}, "unknown"),
    ],
)
def test_answers_without_a_code_of_the_table(status, body, meant):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert words(verdict(status, raw)) == meant


@pytest.mark.parametrize(
    ("error", "unsent", "meant"),
    [
        ("timeout", False, "unknown"),
        ("reset", False, "unknown"),
        ("tls", False, "unknown"),
        ("bad reply", False, "unknown"),
        ("too large", False, "unknown"),
        ("timeout", True, "retry"),
        ("tls", True, "retry"),
        ("dns", True, "retry"),
        ("refused", False, "retry"),
        ("unreachable", False, "retry"),
        ("internal", False, "retry"),
        ("blocked address", False, "held gateway_blocked"),
        ("no sender key", False, "held no_sender_key"),
        ("receiver away", False, "held host_away"),
        ("too many tries", False, "held host_away"),
    ],
)
def test_without_an_answer_it_counts_whether_anything_can_have_left(error, unsent, meant):
    assert words(no_answer(error, unsent=unsent)) == meant
