"""Headers of outgoing requests: which names and values a user may set, and which are ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

MOST_HEADERS = 20
MOST_CHARACTERS = 2048  #: in one value

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
# Tab, and latin-1 without the control characters of either half.
_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")

#: Set by the transport alone: they say where a request goes and where it ends.
_OURS = frozenset(
    {"accept-encoding", "connection", "content-encoding", "content-length", "cookie", "cookie2"}
    | {"expect", "host", "http2-settings", "keep-alive", "te", "trailer", "transfer-encoding"}
    | {"upgrade", "via"}
)
_OUR_PREFIXES = ("proxy-", "sec-")
_SIGNATURE_PREFIX = "webhook-"


def check_headers(headers: Mapping[str, str]) -> list[str]:
    """What keeps these headers of a user from being sent: a sentence each, [] when all is well.

    To be asked when a step is saved. The transport asks again, but there the signature's own
    `webhook-…` headers are expected.
    """
    problems = list(form_problems(headers))
    if any(name.lower().startswith(_SIGNATURE_PREFIX) for name in headers):
        problems.append("Headers that begin with webhook- are set by the signature; leave them.")
    if len(headers) > MOST_HEADERS:
        problems.append(f"Set at most {MOST_HEADERS} headers.")
    return problems


def sendable(headers: Mapping[str, str]) -> bool:
    """Whether a finished set of headers, signature included, can be sent as it is."""
    return not any(form_problems(headers))


def form_problems(headers: Mapping[str, str]) -> Iterator[str]:
    seen: set[str] = set()
    for name, value in headers.items():
        lowered = name.lower()
        if not _NAME.fullmatch(name):
            yield f"{name!r} is not a header name: use letters, digits and '-'."
        elif lowered in _OURS or lowered.startswith(_OUR_PREFIXES):
            yield f"The header {name} is set by the system; leave it out."
        elif lowered in seen:
            yield f"The header {name} is there twice."
        if len(value) > MOST_CHARACTERS or not _VALUE.fullmatch(value) or value != value.strip():
            yield (
                f"The value of {name!r} must be one line of at most 2,048 Latin characters "
                "without blanks around it."
            )
        seen.add(lowered)
