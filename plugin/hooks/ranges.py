"""Which addresses are public: the only ones a request may reach without the admin's word.

`ipaddress.is_global` alone is not enough: depending on the Python release it calls public
multicast, NAT64 and 6to4 (which can carry a private address inside), site-local and more.
IPv6 is therefore decided the other way round: nothing outside 2000::/3 is public.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_NEVER_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; also a cloud's metadata address
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's wire server, public only by its number
        "169.254.0.0/16",  # link-local; metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; a cloud's metadata address
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_UNICAST_V6 = IPv6Network("2000::/3")
_NEVER_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo and ORCHID among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries an IPv4 address
        "3fff::/20",  # documentation
        # Outside of 2000::/3 and so refused already; named so that the list is whole.
        "::/96",  # IPv4-compatible, unspecified, loopback
        "64:ff9b::/96",  # NAT64: carries an IPv4 address
        "64:ff9b:1::/48",  # local NAT64
        "100::/64",  # discard
        "5f00::/16",  # segment routing
        "fc00::/7",  # unique local
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local
        "ff00::/8",  # multicast
    )
)


def plain(address: str) -> IPv4Address | IPv6Address:
    """The address meant: IPv4 inside `::ffff:0:0/96` is taken out.

    Raises ValueError for anything that is not an address in its usual spelling; a zone
    (`fe80::1%eth0`) is no part of an address that we could reach.
    """
    if "%" in address:
        raise ValueError("an address with a zone")
    parsed = ip_address(address)
    return (isinstance(parsed, IPv6Address) and parsed.ipv4_mapped) or parsed


def is_public(address: str) -> bool:
    """Whether a stranger's URL may lead to this address. What is not an address is not public."""
    try:
        meant = plain(address)
    except ValueError:
        return False
    if isinstance(meant, IPv4Address):
        return meant.is_global and not any(meant in network for network in _NEVER_V4)
    inside = meant in _UNICAST_V6 and meant.is_global
    return inside and not any(meant in network for network in _NEVER_V6)
