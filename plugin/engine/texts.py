"""Journey files as people write them, JSON or YAML, to plain data. Strict, and safe to feed."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import yaml

from plugin.domain.codec import encode
from plugin.domain.journey import Document
from plugin.engine.strict_yaml import MAX_NESTING, parse_yaml
from plugin.errors import InvalidDocument, Problem

MAX_BYTES = 1024 * 1024

_HALVES = re.compile("[\ud800-\udfff]")
_HALF = "The file holds half of a character (a lone surrogate)."
#: Signs that YAML folds away as breaks of a line unless they are written as escapes.
_STRANGE_BREAKS = re.compile("[\x85\u2028\u2029]")


def parse_text(text: str) -> object:
    """Plain data from JSON or YAML. Raises InvalidDocument that says where the text breaks.

    At most 1 MiB and 64 levels; YAML anchors, tags and repeated keys are refused. `strict_yaml`
    says how much YAML may be, which takes far longer to read than JSON.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise _wrong("A journey file may have 1 MiB at most.")
    if _HALVES.search(text):
        raise _wrong(_HALF)
    try:
        found = _parse_json(text) if text.lstrip()[:1] == "{" else parse_yaml(text)
    except json.JSONDecodeError as error:
        raise _wrong(f"Line {error.lineno}, column {error.colno}: {error.msg}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"Line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise _wrong(f"{place}{getattr(error, 'problem', None) or error}") from error
    except (RecursionError, ValueError, OverflowError) as error:
        raise _wrong("The file is nested too deep or holds a number that is too long.") from error
    _check(found, 1)
    return found


def _check(value: object, level: int) -> None:
    """Refuse what no database and no later reader would take."""
    if level > MAX_NESTING:
        raise _wrong(f"The file is nested too deep: {MAX_NESTING} levels are the most.")
    match value:
        case dict():
            for key, inner in value.items():
                _check(key, level)
                _check(inner, level + 1)
        case list():
            for inner in value:
                _check(inner, level + 1)
        case str() if _HALVES.search(value):
            raise _wrong(_HALF)
        case float() if not math.isfinite(value):
            raise _wrong("The file holds a number that is too large.")


def _parse_json(text: str) -> object:
    return json.loads(text, object_pairs_hook=_no_repeats, parse_constant=_no_constant)


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _wrong("A key stands twice in one object.")
    return found


def _no_constant(name: str) -> float:
    raise _wrong(f"{name} is not a number in JSON.")


def to_yaml(document: Document) -> str:
    """The document for people; `parse_text` reads it back."""
    data = encode(document)
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def to_json(document: Document) -> str:
    """The document as stored and exported, keys in a fixed order."""
    return json.dumps(encode(document), ensure_ascii=False, indent=2)


class _Dumper(yaml.SafeDumper):
    """Writes every text so that it is read back the same."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _as_scalar(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = '"' if _STRANGE_BREAKS.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _as_scalar)


def _wrong(text: str) -> InvalidDocument:
    return InvalidDocument([Problem("", text)])
