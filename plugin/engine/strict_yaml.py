"""YAML of plain data, read from the parser's events: quick, bounded, and free of surprises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml
from yaml import events

MAX_NESTING = 64


@dataclass(frozen=True, slots=True)
class Reader:
    """A parser of PyYAML and what it is fed at most. `nodes`: keys, values and collections."""

    parser: type[Any]
    size: int
    most: str
    nodes: int


#: The worst text within its limits keeps either parser busy for less than a second.
SLOW = Reader(yaml.SafeLoader, 128 * 1024, "128 kB", 20_000)
QUICK = Reader(yaml.CSafeLoader, 1024 * 1024, "1 MiB", 100_000) if yaml.__with_libyaml__ else None

#: Without these lines a shorthand for tags stands nowhere, and libyaml takes long to note many.
_TAG_LINES = re.compile("(?:\\A|[\n\r\x85\u2028\u2029])\ufeff?%TAG")

#: Only what JSON tells from text is told from text: 2026-05-31, 10:30, `on` and 012 stay the text
#: that they are, for criteria have an operator `on` and windows open at 10:30.
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_FRACTION = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+([eE][-+][0-9]+)?\Z")


def parse_yaml(text: str, reader: Reader = QUICK or SLOW) -> object:
    """Plain data: no tags, no anchors (they can explode), no repeated keys, one document.

    `text` holds no lone surrogates. Raises yaml.YAMLError, and ValueError for a number that is
    too long.
    """
    if len(text.encode()) > reader.size:
        _refuse(
            f"A YAML file may have {reader.most} at most. Write it as JSON, which may have 1 MiB."
        )
    if _TAG_LINES.search(text):
        _refuse("tags are not allowed")
    return _Building(text, reader).document()


class _Building:
    """Events of one text on their way to data."""

    def __init__(self, text: str, reader: Reader) -> None:
        self._text, self._left, self._most = text, reader.nodes, reader.nodes
        self._events: Iterator[Any] = yaml.parse(text, Loader=reader.parser)

    def document(self) -> object:
        next(self._events)  # the stream starts
        if isinstance(next(self._events), events.StreamEndEvent):
            return None
        found = self._node(next(self._events), 1)
        next(self._events)  # the document ends
        after = next(self._events)
        if isinstance(after, events.DocumentStartEvent):
            _refuse("a file holds one document", after)
        return found

    def _node(self, event: Any, level: int) -> object:
        self._admit(event, level)
        if isinstance(event, events.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, events.SequenceStartEvent):
            return [self._node(inner, level + 1) for inner in self._inside()]
        return self._mapping(level)

    def _admit(self, event: Any, level: int) -> None:
        self._left -= 1
        if self._left < 0:
            most = f"A YAML file may hold {self._most} keys and values at most."
            _refuse(f"{most} Write it as JSON, which may hold more.")
        if event.anchor is not None:
            _refuse("anchors and aliases are not allowed", event)
        if event.tag is not None:
            _refuse("tags are not allowed", event)
        if level > MAX_NESTING:
            _refuse("nested too deep", event)

    def _mapping(self, level: int) -> dict[str, object]:
        found: dict[str, object] = {}
        for event in self._inside():
            key = self._node(event, level + 1)
            if not isinstance(key, str):
                _refuse("keys must be text", event)
            if key in found:
                _refuse(f"the key {key} stands twice", event)
            found[key] = self._node(next(self._events), level + 1)
        return found

    def _inside(self) -> Iterator[Any]:
        """The first events of what a collection holds, up to its end."""
        for event in self._events:
            if isinstance(event, events.CollectionEndEvent):
                return
            yield event

    def _scalar(self, event: Any) -> object:
        value: str = event.value
        if event.style:  # quoted, or a block: text in any case
            return value
        if value in _WORDS:
            return _WORDS[value]
        if _WHOLE.match(value):
            return int(value)
        return float(value) if _FRACTION.match(value) else value


def _refuse(why: str, event: Any = None) -> NoReturn:
    mark = event.start_mark if event is not None else None
    raise yaml.MarkedYAMLError(problem=why, problem_mark=mark)
