"""Public and not public: a table by hand, and random addresses against a table of its own."""

from __future__ import annotations

import random
from ipaddress import IPv4Address, IPv6Address

import pytest

from plugin.hooks.ranges import is_public, plain

NOT_PUBLIC = [
    *("0.0.0.0", "0.1.2.3", "0.255.255.255"),
    *("10.0.0.0", "10.1.2.3", "10.255.255.255"),
    *("100.64.0.0", "100.100.100.200", "100.127.255.255"),
    *("127.0.0.1", "127.1.2.3", "127.255.255.255"),
    *("168.63.129.16", "169.254.0.1", "169.254.169.254", "169.254.170.2", "169.254.255.255"),
    *("172.16.0.1", "172.20.0.1", "172.31.255.255"),
    *("192.0.0.0", "192.0.0.8", "192.0.0.9", "192.0.0.10", "192.0.0.170", "192.0.0.192"),
    *("192.0.0.255", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255"),
    *("198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9"),
    *("224.0.0.1", "239.255.255.250", "240.0.0.1", "250.1.2.3", "255.255.255.255"),
    *("::", "::1", "::2", "::127.0.0.1", "::8.8.8.8", "::7f00:1"),
    *("::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::ffff:10.0.0.1", "::ffff:0:0"),
    *("::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1"),
    *("2001::1", "2001:0:7f00:1::", "2001:10::1", "2001:20::1", "2001:1::1", "2001:1ff:ffff::1"),
    *("2001:db8::1", "2001:db8:ffff::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1"),
    *("3fff:fff:ffff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1"),
    *("febf::1", "fec0::1", "feff::1", "ff02::1", "ff0e::1", "ffff::1", "4000::1", "8000::1"),
    *("1fff:ffff::1", "fe80::1%eth0", "2606:4700::1%1"),
]
PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"),
    *("126.255.255.255", "128.0.0.1", "168.63.129.15", "168.63.129.17", "169.253.255.255"),
    *("169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.0.3.1", "192.167.255.255"),
    *("192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "::ffff:8.8.8.8"),
    *("2000::1", "2001:200::1", "2001:4860:4860::8888", "2606:4700:4700::1111", "2a00:1450::1"),
    *("2003::1", "3ffe:ffff::1"),
]
NOT_ADDRESSES = [
    *(
        "",
        " ",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "010.8.8.8",
    ),
    *("8.8.8", "8.8.8.8.8", "8.8.8.8 ", "8.8.8.8\n", "8.8.8.256", "[::1]", ":::", "8.8.8.8/32"),
    *("１.１.１.１", "٨.٨.٨.٨", "1.1.1.1.", "g::1", "::ffff:8.8.8"),
]

# By first and last address, from the IANA registries; the code under test has prefixes.
CLOSED_V4 = [
    *(("0.0.0.0", "0.255.255.255"), ("10.0.0.0", "10.255.255.255")),
    *(("100.64.0.0", "100.127.255.255"), ("127.0.0.0", "127.255.255.255")),
    *(("168.63.129.16", "168.63.129.16"), ("169.254.0.0", "169.254.255.255")),
    *(("172.16.0.0", "172.31.255.255"), ("192.0.0.0", "192.0.0.255"), ("192.0.2.0", "192.0.2.255")),
    *(("192.88.99.0", "192.88.99.255"), ("192.168.0.0", "192.168.255.255")),
    *(("198.18.0.0", "198.19.255.255"), ("198.51.100.0", "198.51.100.255")),
    *(("203.0.113.0", "203.0.113.255"), ("224.0.0.0", "255.255.255.255")),
]
CLOSED_V6 = [
    *(
        ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ),
    *(("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),),
    *(("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),),
    *(("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),),
    *(("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),),
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_of_a_closed_range_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_outside_of_every_closed_range_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize("text", NOT_ADDRESSES, ids=repr)
def test_what_is_not_an_address_in_its_usual_spelling_is_not_public(text):
    assert not is_public(text)


def test_the_address_inside_a_mapped_one_is_what_is_meant():
    assert str(plain("::ffff:a9fe:a9fe")) == "169.254.169.254"
    assert str(plain("::FFFF:8.8.8.8")) == "8.8.8.8"
    assert str(plain("2606:4700:0:0::1")) == "2606:4700::1"


def closed(kind: type, table: list[tuple[str, str]], number: int) -> bool:
    return any(int(kind(first)) <= number <= int(kind(last)) for first, last in table)


def test_random_and_edge_addresses_agree_with_the_registries():
    chance = random.Random(20261122)
    edges = [
        int(IPv4Address(end)) + step for pair in CLOSED_V4 for end in pair for step in (-1, 0, 1)
    ]
    numbers = [chance.getrandbits(32) for _ in range(5_000)] + edges
    for number in numbers:
        if 0 <= number < 2**32:
            address = IPv4Address(number)
            public = not closed(IPv4Address, CLOSED_V4, number)
            assert is_public(str(address)) is public, address
            assert is_public(f"::ffff:{address}") is public, address


def test_random_and_edge_ipv6_addresses_agree_with_the_registries():
    chance = random.Random(20261122)
    edges = [
        int(IPv6Address(end)) + step for pair in CLOSED_V6 for end in pair for step in (-1, 0, 1)
    ]
    anywhere = [chance.getrandbits(128) for _ in range(1_000)]
    unicast = [(1 << 125) | chance.getrandbits(125) for _ in range(3_000)]
    near = [(0x2001 << 112) | (chance.getrandbits(12) << 100) for _ in range(3_000)]
    mapped = range(0xFFFF << 32, 0x10000 << 32)
    for number in [*anywhere, *unicast, *near, *edges]:
        if 0 <= number < 2**128 and number not in mapped:
            address = IPv6Address(number)
            assert is_public(str(address)) is not closed(IPv6Address, CLOSED_V6, number), address
