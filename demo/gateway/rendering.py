"""Merge tags of an e-mail, filled in for one subscriber as the host does it.

`{{ Subscriber:FirstName|"friend" }}` is escaped in HTML, `{{{ … }}}` and `%Subscriber:FirstName%`
are not. Values are put in once: what looks like a tag in them stays text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from html import escape, unescape
from urllib.parse import quote

#: By scope and name, both in lower case.
Values = Mapping[str, Mapping[str, str]]

_TAG = re.compile(
    r"\{\{\{\s*(?P<raw>[^{}]+?)\s*\}\}\}"
    r"|\{\{\s*(?P<new>[^{}]+?)\s*\}\}"
    r"|%(?P<old>[A-Za-z]+:[\w.-]+)%"
)
_INSIDE = re.compile(
    r"(?P<helpers>(?:[A-Za-z0-9_-]+\s+)*)(?P<scope>[A-Za-z]+):(?P<name>[\w.:-]+)\s*"
    r'(?:\|\s*"(?P<fallback>[^"]*)")?'
)
_CONDITION = re.compile(
    r"\{\{\s*if\s+(?P<scope>[A-Za-z]+):(?P<name>[\w.-]+)\s*(?P<operator>=|!=|<>)\s*"
    r"(?P<value>[^{}]*?)\s*\}\}(?P<yes>.*?)"
    r"(?:\{\{\s*else\s*\}\}(?P<no>.*?))?\{\{\s*endif\s*\}\}",
    re.DOTALL | re.IGNORECASE,
)
_HELPERS: Mapping[str, Callable[[str], str]] = {
    "uppercase": str.upper,
    "upcase": str.upper,
    "lowercase": str.lower,
    "capitalize": lambda text: text[:1].upper() + text[1:],
    "capitalizeall": str.title,
    "titleize": str.title,
    "trim": str.strip,
    "urlencode": lambda text: quote(text, safe=""),
    "md5": lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
    "sha1": lambda text: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(),
}


def render(text: str, values: Values, *, html: bool = False) -> str:
    """The text with its conditions decided and its tags filled in.

    A tag of a scope that is not among `values`, or in words that the host does not know, stays;
    an unknown name of a known scope is empty.
    """

    def decided(found: re.Match[str]) -> str:
        value = _value(values, found["scope"], found["name"]) or ""
        same = value.casefold() == unescape(found["value"]).strip('"').casefold()
        holds = same if found["operator"] == "=" else not same
        return found["yes"] if holds else found["no"] or ""

    def filled(found: re.Match[str]) -> str:
        inside = _INSIDE.fullmatch(unescape(found["raw"] or found["new"] or found["old"]))
        value = _value(values, inside["scope"], inside["name"]) if inside else None
        if inside is None or value is None:
            return found[0]
        for name in reversed(inside["helpers"].split()):
            value = _HELPERS.get(name.lower(), str)(value)
        value = value or inside["fallback"] or ""
        return escape(value) if html and found["new"] else value

    return _TAG.sub(filled, _CONDITION.sub(decided, text))


def _value(values: Values, scope: str, name: str) -> str | None:
    """None for a scope that nobody knows."""
    known = values.get(scope.lower())
    return None if known is None else known.get(name.lower(), "")
