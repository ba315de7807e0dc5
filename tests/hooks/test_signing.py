"""Signatures: vectors, the reference library as oracle, single changes, the time window."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from plugin.errors import JourneysError, NotAuthentic
from plugin.hooks.signing import new_secret, secret_key, sign, signed_headers, verify

# The vector that the Standard Webhooks libraries share.
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
VECTOR_TIME = 1614265330
VECTOR_BODY = b'{"test": 2432232314}'
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

OLD = "whsec_" + base64.b64encode(b"o" * 32).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STAMP = int(NOW.timestamp())
LONGEST_TEST_NAME = 24
BODY = '{"events":[{"id":"e1","data":{"name":"Ærlig 🙂"}}]}'.encode()


def short(value: object) -> str:
    return repr(value)[:LONGEST_TEST_NAME]


def call(secret: str = NEW, stamp: int = STAMP, body: bytes = BODY) -> dict[str, str]:
    return signed_headers([secret], "evt_1", stamp, body)


def test_the_published_vector_gives_the_published_signature():
    assert sign(VECTOR_SECRET, VECTOR_ID, VECTOR_TIME, VECTOR_BODY) == VECTOR_SIGNATURE


def test_the_published_vector_is_authentic():
    headers = {
        "Webhook-Id": VECTOR_ID,
        "Webhook-Timestamp": str(VECTOR_TIME),
        "Webhook-Signature": VECTOR_SIGNATURE,
    }
    now = datetime.fromtimestamp(VECTOR_TIME, UTC)
    assert verify([VECTOR_SECRET], headers, VECTOR_BODY, now) == VECTOR_ID


def test_the_signature_is_the_mac_of_id_time_and_body_with_dots_between():
    digest = hmac.digest(b"n" * 32, b"evt_1.%d." % STAMP + BODY, hashlib.sha256)
    assert sign(NEW, "evt_1", STAMP, BODY) == "v1," + base64.b64encode(digest).decode()


@given(
    key=st.binary(min_size=24, max_size=64),
    message_id=st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
    stamp=st.integers(1, 4_000_000_000),
    body=st.text(max_size=300),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_we_sign_what_the_reference_library_signs(key, message_id, stamp, body):
    secret = "whsec_" + base64.b64encode(key).decode()
    when = datetime.fromtimestamp(stamp, UTC)
    body = body.encode("utf-8", "replace").decode()
    assert sign(secret, message_id, stamp, body.encode()) == Webhook(secret).sign(
        message_id, when, body
    )


def test_the_reference_library_accepts_our_calls_and_we_accept_its():
    now = datetime.now(UTC)
    stamp = int(now.timestamp())
    library = Webhook(NEW)
    library.verify(BODY, call(stamp=stamp), json_parse=False)
    theirs = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(stamp),
        "webhook-signature": library.sign("msg_1", now.replace(microsecond=0), BODY.decode()),
    }
    assert verify([NEW], theirs, BODY, now) == "msg_1"


def test_what_the_reference_library_refuses_we_refuse_too():
    now = datetime.now(UTC)
    good = call(stamp=int(now.timestamp()))
    for broken in (
        {**good, "webhook-id": "evt_2"},
        {**good, "webhook-signature": good["webhook-signature"].replace("v1,", "v2,")},
        {**good, "webhook-timestamp": str(int(now.timestamp()) - 400)},
        {k: v for k, v in good.items() if k != "webhook-signature"},
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(NEW).verify(BODY, broken, json_parse=False)
        with pytest.raises(NotAuthentic):
            verify([NEW], broken, BODY, now)


@pytest.mark.parametrize(
    ("active", "accepted"),
    [([NEW], True), ([NEW, OLD], True), ([OLD, NEW], True), ([OLD], False), ([], False)],
    ids=["new", "new-old", "old-new", "old", "none"],
)
def test_any_active_secret_serves_and_no_other(active, accepted):
    if accepted:
        assert verify(active, call(NEW), BODY, NOW) == "evt_1"
    else:
        with pytest.raises(NotAuthentic):
            verify(active, call(NEW), BODY, NOW)


def test_a_sender_in_the_middle_of_a_key_change_signs_with_both_and_is_never_refused():
    both = signed_headers([OLD, NEW], "evt_1", STAMP, BODY)
    assert both["webhook-signature"].count("v1,") == 2
    for active in ([OLD], [NEW], [OLD, NEW]):
        assert verify(active, both, BODY, NOW) == "evt_1"


def test_every_single_changed_bit_of_the_body_is_noticed():
    headers = call()
    for place in range(len(BODY)):
        for bit in range(8):
            changed = bytearray(BODY)
            changed[place] ^= 1 << bit
            with pytest.raises(NotAuthentic):
                verify([NEW], headers, bytes(changed), NOW)


def test_every_single_changed_character_of_the_signature_is_noticed():
    headers = call()
    right = headers["webhook-signature"]
    for place, character in enumerate(right):
        for other in {"A", "b", "+", "=", ",", "é"} - {character}:
            wrong = right[:place] + other + right[place + 1 :]
            with pytest.raises(NotAuthentic):
                verify([NEW], {**headers, "webhook-signature": wrong}, BODY, NOW)


def test_a_body_cut_or_grown_by_one_byte_is_noticed():
    for changed in (BODY[:-1], BODY + b" ", BODY + b"\n", b"", BODY + BODY):
        with pytest.raises(NotAuthentic):
            verify([NEW], call(), changed, NOW)


def test_a_dot_cannot_move_bytes_from_the_body_to_the_time_or_the_id():
    headers = call(body=b"1.rest")
    for moved, body in (("evt_1.", b"1.rest"), (f"evt_1.{STAMP}", b"rest")):
        with pytest.raises(NotAuthentic):
            verify([NEW], {**headers, "webhook-id": moved}, body, NOW)


@pytest.mark.parametrize("skew", [0, 1, -1, 299, -299, 300, -300])
def test_a_time_within_five_minutes_holds(skew):
    assert verify([NEW], call(stamp=STAMP + skew), BODY, NOW) == "evt_1"


@pytest.mark.parametrize("skew", [301, -301, 3600, -3600, 86_400 * 365, -86_400 * 365])
def test_a_time_beyond_five_minutes_does_not_hold(skew):
    with pytest.raises(NotAuthentic):
        verify([NEW], call(stamp=STAMP + skew), BODY, NOW)


def test_fractions_of_a_second_count():
    assert verify([NEW], call(stamp=STAMP - 299), BODY, NOW + timedelta(seconds=0.9)) == "evt_1"
    with pytest.raises(NotAuthentic):
        verify([NEW], call(stamp=STAMP - 300), BODY, NOW + timedelta(seconds=0.1))


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        "nan",
        "inf",
        "1e9",
        "17_95",
        f"{STAMP}.0",
        f"+{STAMP}",
        f"-{STAMP}",
        f" {STAMP}",
        f"{STAMP} ",
        f"{STAMP}\n",
        f"0{STAMP}",
        "0",
        "0x5f",
        "9" * 13,
        "9" * 5000,
        "١٧٩٥",
        "１７９５",
    ],
    ids=short,
)
def test_a_time_in_any_other_spelling_than_digits_is_refused_even_when_signed(spelling):
    mac = hmac.digest(b"n" * 32, f"evt_1.{spelling}.".encode() + BODY, hashlib.sha256)
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": spelling,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }
    with pytest.raises(NotAuthentic):
        verify([NEW], headers, BODY, NOW)


@pytest.mark.parametrize("message_id", ["a", "A-b_9", "x" * 64], ids=short)
def test_plain_ids_are_taken(message_id):
    headers = signed_headers([NEW], message_id, STAMP, BODY)
    assert verify([NEW], headers, BODY, NOW) == message_id


@pytest.mark.parametrize(
    "message_id",
    ["", "x" * 65, "a.b", "a b", "a\n", "a\x00", "ä", "a/b", "a'--", "١", "{{x}}"],
    ids=short,
)
def test_other_ids_are_refused_when_read_and_when_written(message_id):
    mac = hmac.digest(b"n" * 32, f"{message_id}.{STAMP}.".encode() + BODY, hashlib.sha256)
    signature = "v1," + base64.b64encode(mac).decode()
    with pytest.raises(NotAuthentic):
        verify(
            [NEW], {**call(), "webhook-id": message_id, "webhook-signature": signature}, BODY, NOW
        )
    with pytest.raises(JourneysError):
        sign(NEW, message_id, STAMP, BODY)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_each_of_the_three_headers_is_needed(name):
    with pytest.raises(NotAuthentic):
        verify([NEW], {k: v for k, v in call().items() if k != name}, BODY, NOW)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        " ",
        ",",
        "v1",
        "v1,",
        "v1,,",
        "v1a,AAAA",
        "v2,AAAA",
        "AAAA",
        "v1,\x00",
        "v1,🙂",
        "v1,\ud800",
        "v1,AAA",
        "v1," + "A" * 100_000,
        "v1,AA==" + " v1,AA==" * 16,
    ],
    ids=short,
)
def test_a_malformed_signature_is_a_refusal_and_not_a_crash(signature):
    with pytest.raises(NotAuthentic):
        verify([NEW], {**call(), "webhook-signature": signature}, BODY, NOW)


def test_a_right_signature_is_found_among_wrong_and_foreign_ones():
    right = call()["webhook-signature"]
    given_list = f"v2,abc junk v1,AAAA {right}"
    assert verify([NEW], {**call(), "webhook-signature": given_list}, BODY, NOW) == "evt_1"


def test_of_a_long_list_of_signatures_none_is_looked_at():
    right = call()["webhook-signature"]
    sixteen = "v1,AAAA " * 15 + right
    assert verify([NEW], {**call(), "webhook-signature": sixteen}, BODY, NOW) == "evt_1"
    with pytest.raises(NotAuthentic):
        verify([NEW], {**call(), "webhook-signature": "v1,AAAA " + sixteen}, BODY, NOW)


def test_another_base64_spelling_of_the_right_bytes_is_refused():
    right = call()["webhook-signature"]
    for other in (right.rstrip("="), right + "=", right[:10] + "\n" + right[10:]):
        with pytest.raises(NotAuthentic):
            verify([NEW], {**call(), "webhook-signature": other}, BODY, NOW)


def test_every_refusal_has_the_same_text_and_the_log_has_a_reason_without_the_senders_words(caplog):
    wrong = [
        {},
        {**call(), "webhook-id": "bad id planted"},
        call(stamp=STAMP + 999),
        {**call(), "webhook-signature": "v1,planted"},
    ]
    texts = set()
    with caplog.at_level(logging.INFO):
        for headers in wrong:
            with pytest.raises(NotAuthentic) as refusal:
                verify([NEW], headers, BODY, NOW)
            texts.add(str(refusal.value))
    assert len(texts) == 1
    assert "timestamp outside the window" in caplog.text
    assert "planted" not in caplog.text
    assert NEW not in caplog.text


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "plain",
        NEW.removeprefix("whsec_"),
        "whsec_AAAA",
        "whsec_" + "A" * 31 + "!",
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        "whsec_!" + "A" * 32,
        "whsec_é",
        "WHSEC_" + NEW[6:],
    ],
    ids=short,
)
def test_a_malformed_secret_is_named_as_such_and_not_shown(secret):
    for attempt in (
        lambda: secret_key(secret),
        lambda: sign(secret, "evt_1", STAMP, BODY),
        lambda: verify([NEW, secret], call(), BODY, NOW),
    ):
        with pytest.raises(JourneysError) as refusal:
            attempt()
        assert not isinstance(refusal.value, NotAuthentic)
        assert "base64" in str(refusal.value)


def test_a_new_secret_holds_thirty_two_random_bytes():
    assert secret_key(new_secret(lambda n: b"\x07" * n)) == b"\x07" * 32
    assert len({new_secret() for _ in range(50)}) == 50
    assert len(secret_key(new_secret())) == 32


@pytest.mark.parametrize("stamp", [0, -1, 10**12])
def test_a_time_that_nobody_would_accept_is_not_signed(stamp):
    with pytest.raises(JourneysError):
        sign(NEW, "evt_1", stamp, BODY)
