"""Where a value lies in a JSON answer: `customer.tiers[0].name`, a small subset of JSONPath.

Names are joined by dots, `[n]` is a place in a list, from 0; `$.` in front may be left out. There
are no wildcards, filters or slices. A name with other signs is written `["the name"]`.
"""

from __future__ import annotations

import json
import re
from math import isfinite

from plugin.errors import BadValue

LONGEST_PATH = 200
MOST_PARTS = 20

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_PART = re.compile(
    rf'(?:\.({_NAME})|\[([0-9]{{1,6}})\]|\[("(?:[^"\\\x00-\x1f]|\\.)*")\])', re.ASCII
)

Path = tuple[str | int, ...]
#: What may be kept of an answer.
Scalar = str | int | float | bool


def parse_path(text: str) -> Path:
    """Raises BadValue with a sentence."""
    if len(text) > LONGEST_PATH:
        raise BadValue(f"A path has at most {LONGEST_PATH} characters.")
    rest = text.removeprefix("$")
    rest = rest if rest[:1] in (".", "[") else f".{rest}"
    parts: list[str | int] = []
    at = 0
    while at < len(rest):
        found = _PART.match(rest, at)
        if found is None or len(parts) == MOST_PARTS:
            raise BadValue(f"“{text}” is not a path; write it like customer.tiers[0].name.")
        parts.append(_part(found, text))
        at = found.end()
    return tuple(parts)


def _part(found: re.Match[str], text: str) -> str | int:
    name, place, quoted = found.groups()
    if place is not None:
        return int(place)
    try:
        return name if name is not None else str(json.loads(quoted))
    except ValueError:
        raise BadValue(f"“{text}” holds a name in quotes that cannot be read.") from None


def value_at(data: object, path: Path) -> Scalar | None:
    """The text, number or truth value that the path leads to. None: nothing is there, or null,
    or a list or an object, or what no database would take."""
    for part in path:
        if isinstance(part, str):
            data = data.get(part) if isinstance(data, dict) else None
        else:
            data = data[part] if isinstance(data, list) and part < len(data) else None
    if isinstance(data, str):
        return None if any("\ud800" <= c <= "\udfff" for c in data) else data
    if isinstance(data, float) and not isfinite(data):
        return None
    return data if isinstance(data, (int, float)) else None
