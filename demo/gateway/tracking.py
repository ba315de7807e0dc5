"""Tracked links and the open pixel: how they get into a message, and how they are known again."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import Any

_LINK = re.compile(
    r"(?P<before><(?:a|area)\b[^>]*?\bhref\s*=\s*)(?P<quote>[\"'])(?P<url>.*?)(?P=quote)"
    r"(?P<rest>[^>]*>)(?P<words>.*?)(?=</a|<a\b|$)",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
_MARKUP = re.compile(r"<[^>]*>")
_END = re.compile(r"</body\s*>", re.IGNORECASE)
_WEB = ("http://", "https://")


@dataclass(frozen=True)
class Tracks:
    """The addresses of one message's tracks; `base_url` without a slash at its end."""

    base_url: str
    secret_key: str
    message_id: str

    def link(self, number: int) -> str:
        return f"{self.base_url}/lt/?p={token(self.secret_key, 'lt', self.message_id, number)}"

    def pixel(self) -> str:
        return f"{self.base_url}/ot/{token(self.secret_key, 'ot', self.message_id, 0)}.gif"

    def unsubscribe(self) -> str:
        return f"{self.base_url}/ul/{token(self.secret_key, 'ul', self.message_id, 0)}"

    def browser(self) -> str:
        return f"{self.base_url}/wb/{token(self.secret_key, 'wb', self.message_id, 0)}"


def token(secret_key: str, what: str, message_id: str, number: int) -> str:
    """`<message>.<number>.<mac>`; good until the host has another secret key."""
    content = f"{what}.{message_id}.{number}".encode()
    mac = hmac.digest(secret_key.encode(), content, hashlib.sha256).hex()[:32]
    return f"{message_id}.{number}.{mac}"


def read_token(secret_key: str, what: str, text: str) -> tuple[str, int] | None:
    """The message and the number, if the token is one of ours."""
    message_id, _, rest = text.partition(".")
    number = rest.partition(".")[0]
    if not number.isascii() or not number.isdecimal() or len(number) > 5:
        return None
    right = token(secret_key, what, message_id, int(number))
    return (message_id, int(number)) if hmac.compare_digest(right.encode(), text.encode()) else None


def track_links(html: str, plain: str, tracks: Tracks) -> tuple[str, str, Sequence[dict[str, Any]]]:
    """Both texts with their web links replaced, and the links: n, url, words.

    The host's own links (to unsubscribe, to see it in the browser) are none of those.
    """
    links: list[dict[str, Any]] = []

    def numbered(url: str, words: str) -> str:
        links.append({"n": len(links) + 1, "url": url, "words": words or url})
        return tracks.link(len(links))

    def in_html(found: re.Match[str]) -> str:
        url = unescape(found["url"]).strip()
        if not _is_tracked(url, tracks.base_url):
            return found[0]
        words = " ".join(unescape(_MARKUP.sub(" ", found["words"])).split())
        address = escape(numbered(url, words))
        quote = found["quote"]
        return f"{found['before']}{quote}{address}{quote}{found['rest']}{found['words']}"

    tracked = _LINK.sub(in_html, html)
    return tracked, _PLAIN_LINK.sub(_in_plain(links, tracks, numbered), plain), links


def _in_plain(
    links: Sequence[dict[str, Any]], tracks: Tracks, numbered: Callable[[str, str], str]
) -> Callable[[re.Match[str]], str]:
    """A link that the HTML has too is the same one."""

    def replaced(found: re.Match[str]) -> str:
        url = found[0]
        if not _is_tracked(url, tracks.base_url):
            return url
        known = [link["n"] for link in links if link["url"] == url]
        return tracks.link(known[0]) if known else numbered(url, "")

    return replaced


def _is_tracked(url: str, base_url: str) -> bool:
    own = tuple(f"{base_url}/{what}/" for what in ("ul", "wb"))
    return url.lower().startswith(_WEB) and not url.startswith(own)


def with_pixel(html: str, tracks: Tracks) -> str:
    """The pixel just before the end of the body."""
    pixel = f'<img src="{escape(tracks.pixel())}" width="1" height="1" alt="" border="0">'
    ends = list(_END.finditer(html))
    at = ends[-1].start() if ends else len(html)
    return f"{html[:at]}{pixel}{html[at:]}"
