"""Headers that a user may set, and the wait that an answer asks for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from plugin.hooks.headers import check_headers, retry_after_seconds, sendable

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer abc.def"},
        {"X-Api-Key": "k", "Content-Type": "application/json; charset=utf-8"},
        {"User-Agent": "Something/1.0"},
        {"X-Name": "Ærlig Ørn é ÿ"},
        {"X-Empty": ""},
        {"X-Tab": "a\tb"},
        {"Accept": "*/*", "Forwarded-For-Team": "sales"},
    ],
)
def test_ordinary_headers_are_taken(headers):
    assert check_headers(headers) == []
    assert sendable(headers)


@pytest.mark.parametrize(
    "name",
    [
        "Host",
        "HOST",
        "Content-Length",
        "Transfer-Encoding",
        "transfer-encoding",
        "Connection",
        "Cookie",
        "TE",
        "Trailer",
        "Upgrade",
        "Expect",
        "Keep-Alive",
        "Accept-Encoding",
        "Content-Encoding",
        "Proxy-Authorization",
        "Proxy-Connection",
        "Sec-Fetch-Site",
        "Via",
        "",
        " ",
        "Host ",
        " Host",
        "Ho\rst",
        "X\nHost",
        "X:",
        "X-Ä",
        "X\x00",
        "(x)",
        "x" * 65,
        "-x",
    ],
    ids=repr,
)
def test_headers_that_steer_the_connection_are_refused(name):
    assert len(check_headers({name: "v"})) == 1
    assert not sendable({name: "v"})


@pytest.mark.parametrize(
    "value",
    [
        f"a{c}b"
        for c in "\r\n\0\x0b\x0c\x1b\x1c\x1d\x1e\x1f\x7f\x80\x85\x9f\u2028\u2029\u0100🙂\ud800"
    ]
    + ["a\r\nHost: x", "a\r\n\r\nGET / HTTP/1.1", "\ta", "a ", " a", "x" * 2049],
    ids=lambda value: ascii(value)[:30],
)
def test_values_that_are_not_one_plain_latin_line_are_refused(value):
    (problem,) = check_headers({"X-Name": value})
    assert "X-Name" in problem
    assert not sendable({"X-Name": value})


@pytest.mark.parametrize("name", ["webhook-id", "Webhook-Signature", "WEBHOOK-TIMESTAMP"])
def test_the_signatures_headers_are_ours_to_set_and_can_be_sent(name):
    assert len(check_headers({name: "x"})) == 1
    assert sendable({name: "x"})


def test_the_signatures_headers_too_hold_one_line():
    assert not sendable({"webhook-id": "a\r\nHost: x"})


def test_one_header_in_two_spellings_is_refused():
    assert len(check_headers({"X-A": "1", "x-a": "2"})) == 1


def test_there_are_at_most_twenty_headers():
    assert check_headers({f"X-{n}": "v" for n in range(20)}) == []
    assert len(check_headers({f"X-{n}": "v" for n in range(21)})) == 1


def test_every_problem_is_told():
    assert len(check_headers({"Host": "a\nb", "Cookie": "c", "webhook-id": "x"})) == 4


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("0", 0),
        ("120", 120),
        (" 120 ", 120),
        ("-5", None),
        ("1e9", None),
        ("1.5", None),
        ("12_0", None),
        ("١٢", None),
        ("120, 240", None),
        ("1000000000", 10**9),
        ("99999999999", 10**9),
        ("9" * 5000, 10**9),
        ("Sun, 22 Nov 2026 12:02:00 GMT", 120),
        ("Sun, 22 Nov 2026 12:02:00 -0000", 120),
        ("Sun, 22 Nov 2026 14:02:00 +0200", 120),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("Mon, 01 Jan 1900 00:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 10**9),
        ("Sun, 99 Nov 2026 12:02:00 GMT", None),
        ("Sun, 22 Nov 2026 12:02:00 +9999999999", None),
        ("\x00\ud800", None),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_retry_after_is_digits_or_a_date_and_never_negative(text, seconds):
    assert retry_after_seconds(text, NOW) == seconds
