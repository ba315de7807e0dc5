"""Where a URL may lead: spellings, the admin's list, what DNS answers."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from urllib3.util import parse_url

from plugin.errors import BlockedAddress
from plugin.hooks.addresses import BLOCKED, AddressPolicy, Target, parse_target, resolve_public

NOBODY = AddressPolicy()

REFUSED_URLS = [
    # Not a public place, whatever the spelling.
    *("https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f.1/"),
    *("https://0x7f000001/", "https://017700000001/", "https://0177.0.0.1/", "https://127.0.1/"),
    *("https://127.0.0.1./", "https://127.1./", "https://0/", "https://0.0.0.0/", "https://1.1.1/"),
    *("https://１２７.０.０.１/", "https://127。0。0。1/", "https://①②⑦.0.0.1/", "https://１２７.１/"),
    *("https://127%2e0.0.1/", "https://%31%32%37.0.0.1/", "https://127.0.0.1%00.example.com/"),
    *("https://[::1]/", "https://[::]/", "https://[::ffff:a9fe:a9fe]/", "https://[::127.0.0.1]/"),
    *("https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/"),
    *("https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[fec0::1]/"),
    *("https://[0:0:0:0:0:0:0:1]/", "https://[::1/", "https://::1/", "https://[]/", "https://[1.1.1.1]/"),
    *("https://169.254.169.254/latest/meta-data/", "https://168.63.129.16/", "https://192.0.0.192/"),
    *("https://100.100.100.200/", "https://10.0.0.5:8443/", "https://192.168.1.1/", "https://[ff02::1]/"),
    *("https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://a.localhost/"),
    *("https://redis/", "https://metadata.google.internal/", "https://printer.local/", "https://ⓛocalhost/"),
    # Two readers of the same text see two hosts.
    *("https://example.com\\@127.0.0.1/", "https://127.0.0.1\\@example.com/"),
    *("https://example.com/a\\b", "https:\\\\example.com/", "https:/\\example.com/"),
    *("https://example.com@127.0.0.1/", "https://127.0.0.1@example.com/", "https://a:b@example.com/"),
    *("https://@example.com/", "https://example.com:443@127.0.0.1/", "https://example.com#@127.0.0.1/"),
    *("https://example.com/#part", "https://example.com/\t", "https://exam\nple.com/", " https://example.com/"),
    *("https://example.com/\r\nHost: x", "https://example.com/a b", "https://example.com\u2028/", "https://exa\u200bmple.com/"),
    *("https://example.com/\x00", "https://example.com/\x7f", "https://example.com/\x85", "https://example.com/\ud800"),
    *("https://ex\u00admple.com/", "https://example.com/\ufeff", "https://example.com\u3000/"),
    # Schemes and ports.
    *("http://example.com/", "http://example.com:443/", "http://example.com:8443/"),
    *("ftp://example.com/", "file:///etc/passwd", "gopher://example.com/"),
    *("example.com", "https:example.com", "https:/example.com", "https:///example.com"),
    *("javascript:alert(1)", "//example.com/", "", "/", "?", "https"),
    *("https://example.com:22/", "https://example.com:80/", "https://example.com:6379/", "https://example.com:0/"),
    *("https://example.com:/", "https://example.com:443443/", "https://example.com:65536/", "https://example.com:+443/"),
    *("https://example.com:0443/", "https://example.com:４４３/", "https://example.com:443:443/", "httpſ://example.com/"),
    # Not a host at all.
    *("https://", "https:///path", "https://.example.com/", "https://example..com/", "https://example.com../"),
    *("https://-example.com/", "https://example-.com/", "https://exa_mple.com/", "https://*.example.com/"),
    *("https://exam ple.com/", "https://example.com,evil.test/", "https://" + "a" * 64 + ".com/"),
    *("https://" + "a." * 130 + "com/", "https://xn--.com\u0300/"),
    *("https://example.com/" + "a" * 2048, "https://example.com/" + "é" * 700),
    *("https://example.com&@127.0.0.1/", "https://example.com;127.0.0.1/"),
]  # fmt: skip

TAKEN_URLS = {
    "https://example.com": ("example.com", 443, "/", "https://example.com/"),
    "https://example.com/": ("example.com", 443, "/", "https://example.com/"),
    "HTTPS://Example.COM/Path": ("example.com", 443, "/Path", "https://example.com/Path"),
    "https://example.com./x": ("example.com", 443, "/x", "https://example.com/x"),
    "https://example.com:443/x": ("example.com", 443, "/x", "https://example.com/x"),
    "https://example.com:8443/x": ("example.com", 8443, "/x", "https://example.com:8443/x"),
    "https://example.com?a=1&b=%20": ("example.com", 443, "/?a=1&b=%20", None),
    "https://example.com/a/../b//c?d=/?e": ("example.com", 443, "/a/../b//c?d=/?e", None),
    "https://example.com/@user:pass@x": ("example.com", 443, "/@user:pass@x", None),
    "https://example.com/{id}?q=\"<å>|": (
        "example.com", 443, "/%7Bid%7D?q=%22%3C%C3%A5%3E%7C", None,
    ),
    "https://bücher.example/ø": ("xn--bcher-kva.example", 443, "/%C3%B8", None),
    "https://Ｅxample.com/": ("example.com", 443, "/", "https://example.com/"),
    "https://xn--bcher-kva.example/": ("xn--bcher-kva.example", 443, "/", None),
    "https://straße.example/": ("xn--strae-oqa.example", 443, "/", None),
    "https://8.8.8.8/": ("8.8.8.8", 443, "/", "https://8.8.8.8/"),
    "https://[2606:4700:0::1111]:8443/": ("2606:4700::1111", 8443, "/", "https://[2606:4700::1111]:8443/"),
    "https://3com.example.com/": ("3com.example.com", 443, "/", None),
    "https://127.0.0.1.example.com/": ("127.0.0.1.example.com", 443, "/", None),
}  # fmt: skip


def short(value: object) -> str:
    return ascii(value)[:60]


@pytest.mark.parametrize("url", REFUSED_URLS, ids=short)
def test_a_url_that_is_not_plainly_public_is_refused(url):
    with pytest.raises(BlockedAddress):
        parse_target(url, NOBODY)


@pytest.mark.parametrize(("url", "parts"), TAKEN_URLS.items(), ids=short)
def test_a_plain_url_is_taken_apart_once(url, parts):
    host, port, path, spelling = parts
    target = parse_target(url, NOBODY)
    assert target == Target("https", host, port, path)
    assert spelling is None or target.url == spelling


@pytest.mark.parametrize("url", TAKEN_URLS, ids=short)
def test_the_spelling_that_is_kept_means_the_same_to_every_reader(url):
    target = parse_target(url, NOBODY)
    assert parse_target(target.url, NOBODY) == target
    by_library, by_other = urlsplit(target.url), parse_url(target.url)
    assert by_library.hostname == target.host
    assert (by_other.host or "").strip("[]") == target.host
    assert {by_library.port or 443, by_other.port or 443} == {target.port}


@given(
    st.sampled_from(["", "ex.ae", "8.8.8.8", "[2606::1]", "é.ae"]),
    st.text(alphabet="htps:/@\\?#[].%0127xae é１。-_\t\x00", max_size=20),
)
@settings(max_examples=400, deadline=None, derandomize=True)
def test_whatever_passes_is_read_alike_by_two_other_readers(start, rest):
    try:
        target = parse_target("https://" + start + rest, NOBODY)
    except BlockedAddress:
        return
    assert urlsplit(target.url).hostname == target.host
    assert (parse_url(target.url).host or "").strip("[]") == target.host


def test_a_refused_place_is_named_by_two_words_only():
    for url in ("https://10.0.0.1/", "https://localhost/", "https://[::1]:8443/"):
        with pytest.raises(BlockedAddress, match=f"^{BLOCKED}$"):
            parse_target(url, NOBODY)


def test_the_admin_may_allow_a_place_that_is_private_or_plain_http():
    policy = AddressPolicy(frozenset({"127.0.0.1:5001", " Inbox:8080 ", "[::1]:9000"}))
    assert parse_target("http://127.0.0.1:5001/a", policy).url == "http://127.0.0.1:5001/a"
    assert parse_target("https://127.0.0.1:5001/a", policy).scheme == "https"
    assert parse_target("http://INBOX:8080/", policy).authority == "inbox:8080"
    assert parse_target("http://[0::1]:9000/", policy).authority == "[::1]:9000"


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://127.0.0.1:5002/",
            "http://127.0.0.2:5001/",
            "http://127.0.0.1/",
            "https://127.0.0.1/",
        ),
        *("http://127.1:5001/", "http://localhost:5001/", "http://u@127.0.0.1:5001/"),
        *("ftp://127.0.0.1:5001/", "http://127.0.0.1:5001/#x", "http://127.0.0.1.:50010/"),
    ],
)
def test_an_allowed_place_allows_nothing_beside_it(url):
    policy = AddressPolicy(frozenset({"127.0.0.1:5001"}))
    with pytest.raises(BlockedAddress):
        parse_target(url, policy)


def test_a_port_that_does_not_exist_cannot_be_allowed():
    with pytest.raises(BlockedAddress):
        parse_target("https://a.example:70000/", AddressPolicy(frozenset({"a.example:70000"})))


def test_an_allowed_host_without_a_port_means_the_web_ports_alone():
    policy = AddressPolicy(frozenset({"intranet.example"}))
    for url in ("http://intranet.example/", "https://intranet.example:8443/"):
        assert resolve_public(parse_target(url, policy), policy, lambda _: ["10.1.1.1"])
    with pytest.raises(BlockedAddress):
        parse_target("http://intranet.example:6379/", policy)


def test_our_own_public_names_and_addresses_can_be_refused():
    policy = AddressPolicy(blocked=frozenset({"mail.example.com", "8.8.4.0/24", "2606:4700::1"}))
    for url in ("https://MAIL.example.com/", "https://8.8.4.4/", "https://[2606:4700::1]/"):
        with pytest.raises(BlockedAddress):
            parse_target(url, policy)
    target = parse_target("https://other.example.com/", policy)
    for answer in ("8.8.4.4", "::ffff:8.8.4.4", "2606:4700::1"):
        with pytest.raises(BlockedAddress):
            resolve_public(target, policy, lambda _, answer=answer: [answer])
    assert resolve_public(target, policy, lambda _: ["8.8.8.8"]) == ["8.8.8.8"]


@pytest.mark.parametrize(
    "answers",
    [
        *(["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["8.8.8.8", "::1"]),
        *(
            ["8.8.8.8"] * 30 + ["10.0.0.1"],
            ["::ffff:10.0.0.1"],
            ["fe80::1%eth0"],
            ["not an address"],
        ),
        *(["8.8.8.8", ""], ["2130706433"], ["64:ff9b::7f00:1", "8.8.8.8"], ["169.254.169.254"]),
    ],
)
def test_one_answer_that_is_not_public_blocks_the_name(answers):
    target = parse_target("https://hooks.example.com/", NOBODY)
    with pytest.raises(BlockedAddress, match=f"^{BLOCKED}$"):
        resolve_public(target, NOBODY, lambda _: answers)


def test_all_public_answers_are_kept_in_order_and_once():
    target = parse_target("https://hooks.example.com/", NOBODY)
    answers = ["2606:4700::0:1", "8.8.8.8", "::ffff:8.8.8.8", "2606:4700::1"]
    assert resolve_public(target, NOBODY, lambda _: answers) == ["2606:4700::1", "8.8.8.8"]


def test_a_name_that_answers_differently_the_second_time_is_blocked_then():
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    target = parse_target("https://rebind.example.com/", NOBODY)
    assert resolve_public(target, NOBODY, lambda _: next(answers)) == ["8.8.8.8"]
    with pytest.raises(BlockedAddress):
        resolve_public(target, NOBODY, lambda _: next(answers))


def test_a_name_without_an_address_is_an_error_of_dns():
    target = parse_target("https://nowhere.example.com/", NOBODY)
    with pytest.raises(socket.gaierror):
        resolve_public(target, NOBODY, lambda _: [])


def test_an_address_in_a_url_is_not_looked_up():
    def never(_: str) -> list[str]:
        raise AssertionError("asked")

    target = parse_target("https://8.8.8.8/", NOBODY)
    assert resolve_public(target, NOBODY, never) == ["8.8.8.8"]
    handmade = Target("https", "::ffff:7f00:1", 443, "/")
    with pytest.raises(BlockedAddress):
        resolve_public(handmade, NOBODY, never)
