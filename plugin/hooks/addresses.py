"""Where a request may go: a URL is parsed once, and every address behind its name is checked."""

from __future__ import annotations

import re
import socket
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network
from urllib.parse import quote

import idna

from plugin.errors import BlockedAddress
from plugin.hooks.ranges import is_public, plain

#: Looks a name up: addresses as text. Raises OSError when there is no answer.
Resolver = Callable[[str], Sequence[str]]

BLOCKED = "blocked address"  #: all that anybody learns of a refused address
MOST_CHARACTERS = 2048
HTTPS_PORTS = (443, 8443)
_HTTP_PORT = 80

_FORM = re.compile(
    r"(?P<scheme>[a-z]+)://"
    r"(?P<host>\[[0-9a-f:.]+\]|[^/?#@:\[\]]+)"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>/[^?]*)?(?P<query>\?.*)?",
    re.ASCII | re.IGNORECASE,
)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_LOCAL = (".localhost", ".local", ".internal", ".home.arpa")
# Characters that readers of URLs disagree about; a space belongs into a URL as %20.
_STRANGE = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
_KEPT = "".join(c for c in map(chr, range(0x21, 0x7F)) if c not in '"<>\\^`{|}')


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in parts; the request is built from these, the text is never parsed again.

    `host` is an ASCII name in lower case without a final dot, or an address without brackets;
    `path` begins with `/` and includes the query.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """`host:port`, as an admin writes it into the allow list."""
        return f"{_bracketed(self.host)}:{self.port}"

    @property
    def url(self) -> str:
        """The one spelling of this target; the scheme's own port is left out."""
        usual = self.port == (443 if self.scheme == "https" else _HTTP_PORT)
        place = _bracketed(self.host) if usual else self.authority
        return f"{self.scheme}://{place}{self.path}"


@dataclass(frozen=True)
class AddressPolicy:
    """What the admin has settled.

    `allowed`: `host:port`, or `host` for ports 80, 443 and 8443; these may be private and may
    be http. Written as in the URL: a name allows that name, not its address. IPv6 in brackets.
    `blocked`: names, addresses or networks (`203.0.113.0/24`) that are refused though public,
    such as the installation's own. `allowed` is asked first.
    """

    allowed: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    _networks: tuple[IPv4Network | IPv6Network, ...] = field(init=False, repr=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "allowed", frozenset(map(_lowered, self.allowed)))
        object.__setattr__(self, "blocked", frozenset(map(_lowered, self.blocked)))
        object.__setattr__(self, "_networks", tuple(filter(None, map(_network, self.blocked))))

    def allows(self, host: str, port: int) -> bool:
        """Whether the admin named this very place."""
        place = _bracketed(host)
        usual = port in (_HTTP_PORT, *HTTPS_PORTS)
        return f"{place}:{port}" in self.allowed or (usual and place in self.allowed)

    def refuses(self, host_or_address: str) -> bool:
        """Whether this name or address is one of the admin's blocked ones."""
        try:
            meant = plain(host_or_address)
        except ValueError:
            return host_or_address in self.blocked
        return any(meant in network for network in self._networks)


def parse_target(url: str, policy: AddressPolicy) -> Target:
    """The parts of a URL that may be called, as far as can be told without asking DNS.

    https on port 443 or 8443 to a full name or a public address; other ports, http and
    private places only where the policy allows that host and port. Raises BlockedAddress:
    a sentence for a URL in the wrong form, BLOCKED for a place that is not public.
    """
    parts = _split(url)
    scheme, host = parts["scheme"].lower(), _host(parts["host"])
    port = int(parts["port"] or (443 if scheme == "https" else _HTTP_PORT))
    path = quote((parts["path"] or "/") + (parts["query"] or ""), safe=_KEPT)
    target = Target(scheme, host, port, path)
    if scheme not in ("http", "https") or port > 65535 or len(target.url) > MOST_CHARACTERS:
        raise BlockedAddress("A web address begins with https:// and has at most 2,048 characters.")
    if not policy.allows(host, port):
        _check_public_form(target, policy)
    return target


def resolve_public(target: Target, policy: AddressPolicy, resolver: Resolver) -> list[str]:
    """The addresses behind a target, each checked, in the resolver's order, without repeats.

    One address that is not public blocks them all, unless the policy allows the host and
    port. Connect to what is returned, never to the name: a second look-up may lie. Raises
    BlockedAddress with the text BLOCKED, and OSError when the name has no address.
    """
    answers = [target.host] if _is_address(target.host) else list(resolver(target.host))
    if not answers:
        raise socket.gaierror(socket.EAI_NONAME, "the name has no address")
    if not policy.allows(target.host, target.port):
        for answer in answers:
            if not is_public(answer) or policy.refuses(answer):
                raise BlockedAddress(BLOCKED)
    try:
        return list(dict.fromkeys(str(plain(answer)) for answer in answers))
    except ValueError:
        raise BlockedAddress(BLOCKED) from None


def _split(url: str) -> dict[str, str]:
    """Scheme, host, port, path and query as text; what is missing is ''."""
    if len(url) > MOST_CHARACTERS:
        raise BlockedAddress("A web address has at most 2,048 characters.")
    if "\\" in url or any(unicodedata.category(c) in _STRANGE for c in url):
        raise BlockedAddress("A web address holds no blanks, backslashes or control characters.")
    if "#" in url:
        raise BlockedAddress("A web address for a request has no # part.")
    match = _FORM.fullmatch(url)
    if match is None:
        raise BlockedAddress(
            "Write the web address as https://host/path, without a user name or password."
        )
    return match.groupdict("")


def _host(text: str) -> str:
    """A name or address in its one spelling. Raises BlockedAddress for any other spelling."""
    try:
        if text.startswith("["):
            return str(IPv6Address(text[1:-1]))
        host = text.lower() if text.isascii() else idna.encode(text, uts46=True).decode("ascii")
    except (ValueError, UnicodeError):
        raise BlockedAddress("The host in the web address is not a name or an address.") from None
    host = host.removesuffix(".")
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise BlockedAddress("The host in the web address is not a name or an address.")
    # Some systems read 127.1, 0x7f.1 and 2130706433 as addresses.
    if _NUMBER.fullmatch(host.rpartition(".")[2]) and not _is_address(host):
        raise BlockedAddress("Write an address in the host as four plain decimal numbers.")
    return host


def _check_public_form(target: Target, policy: AddressPolicy) -> None:
    if target.scheme != "https":
        raise BlockedAddress("A web address begins with https://.")
    if target.port not in HTTPS_PORTS:
        raise BlockedAddress("Requests go to port 443 or 8443; ask the admin to allow another.")
    if _is_address(target.host):
        reachable = is_public(target.host)
    else:
        reachable = "." in target.host and not target.host.endswith(_LOCAL)
    if not reachable or policy.refuses(target.host):
        raise BlockedAddress(BLOCKED)


def _is_address(host: str) -> bool:
    try:
        plain(host)
    except ValueError:
        return False
    return True


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _lowered(entry: str) -> str:
    return entry.strip().lower()


def _network(entry: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(entry, strict=False)
    except ValueError:
        return None
