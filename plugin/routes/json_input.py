"""Strict JSON: what another parser might read in another way is refused before anybody acts on it.

Refused are: other encodings than UTF-8, more than 64 levels, the same key twice, NaN and infinite
numbers (1e999 too), endless numbers, lone surrogates and NUL in text.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from werkzeug.exceptions import BadRequest

MAX_LEVELS = 64

#: A whole string (or one that never ends), an opening or a closing bracket. Each byte is looked
#: at once: the possessive quantifiers never go back.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)|([\[{])|[\]}]', re.DOTALL)
_UNFIT = re.compile("[\x00\ud800-\udfff]")


def parse_json(body: bytes) -> Any:
    """The value that `body` holds. Raises BadRequest, with a sentence, for anything doubtful."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("The body is not UTF-8 text.") from None
    _check_levels(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_int,
        )
    except ValueError:
        raise BadRequest("The body is not JSON.") from None
    _check_text(value)
    return value


def _check_levels(text: str) -> None:
    level = 0
    for token in _TOKEN.finditer(text):
        if token.group(1):
            level += 1
        elif token.group() in "]}":
            level -= 1
        if level > MAX_LEVELS:
            raise BadRequest(f"The body is nested more than {MAX_LEVELS} levels deep.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadRequest("A key stands twice in one object of the body.")
    return found


def _constant(name: str) -> None:
    raise BadRequest(f"{name} is not a number of JSON.")


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise BadRequest("A number in the body is too large.")
    return number


def _int(digits: str) -> int:
    if len(digits) > 100:
        raise BadRequest("A number in the body is too large.")
    return int(digits)


def _check_text(value: Any) -> None:
    match value:
        case str():
            if _UNFIT.search(value):
                raise BadRequest("A text in the body holds a NUL or half of a character.")
        case list():
            for part in value:
                _check_text(part)
        case dict():
            for key, part in value.items():
                _check_text(key)
                _check_text(part)
        case _:
            pass
