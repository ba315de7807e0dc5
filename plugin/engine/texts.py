"""Journey files as people write them, JSON or YAML, to plain data. Strict, and safe to feed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Hashable
from typing import Any, NoReturn

import yaml

from plugin.domain.codec import encode
from plugin.domain.journey import Document
from plugin.errors import InvalidDocument, Problem

MAX_BYTES = 1024 * 1024
MAX_NESTING = 64

_HALVES = re.compile("[\ud800-\udfff]")
#: Signs that YAML folds away as breaks of a line unless they are written as escapes.
_STRANGE_BREAKS = re.compile("[\x85\u2028\u2029]")


def parse_text(text: str) -> object:
    """Plain data from JSON or YAML. Raises InvalidDocument that says where the text breaks.

    At most 1 MiB and 64 levels; YAML anchors, tags and repeated keys are refused.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise _wrong("A journey file may have 1 MiB at most.")
    try:
        found = _parse_json(text) if text.lstrip()[:1] == "{" else _parse_yaml(text)
    except json.JSONDecodeError as error:
        raise _wrong(f"Line {error.lineno}, column {error.colno}: {error.msg}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"Line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise _wrong(f"{place}{getattr(error, 'problem', None) or error}") from error
    except (RecursionError, ValueError) as error:
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
            raise _wrong("The file holds half of a character (a lone surrogate).")
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


def _parse_yaml(text: str) -> object:
    return yaml.load(text, Loader=_StrictLoader)


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


class _StrictLoader(yaml.SafeLoader):
    """YAML of plain data: no tags, no aliases (they can explode), no repeated keys.

    Only what JSON tells from text is told from text here: 2026-05-31, 10:30, `on` and 012 stay
    the text that they are, for criteria have an operator `on` and windows open at 10:30.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        self._level = getattr(self, "_level", 0) + 1
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None) is not None:
            self._refuse("anchors and aliases are not allowed")
        if getattr(event, "tag", None) is not None:
            self._refuse("tags are not allowed")
        if self._level > MAX_NESTING:
            self._refuse("nested too deep")
        node = super().compose_node(parent, index)
        self._level -= 1
        return node

    def _refuse(self, why: str) -> NoReturn:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        raise yaml.composer.ComposerError(None, None, why, mark)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(
                    None, None, "keys must be text", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in (
    ("null", r"(~|null|)\Z", ["~", "n", ""]),
    ("bool", r"(true|false)\Z", ["t", "f"]),
    ("int", r"-?(0|[1-9][0-9]*)\Z", list("-0123456789")),
    ("float", r"-?(0|[1-9][0-9]*)\.[0-9]+([eE][-+][0-9]+)?\Z", list("-0123456789")),
):
    _StrictLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


def _wrong(text: str) -> InvalidDocument:
    return InvalidDocument([Problem("", text)])
