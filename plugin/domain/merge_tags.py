"""Merge tags: a text with places for values. No code, no attribute access, no remote content.

    {{ Subscriber:FirstName }}            the value, escaped for the place it goes to
    {{ Subscriber:FirstName|"friend" }}   a fallback for a value that is missing or empty
    {{{ Kept:snippet }}}                  the value as it is, where HTML would be escaped
    %Subscriber:FirstName%                the host's older form

A text is read once, and values are put in once: a tag inside a value stays text.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from urllib.parse import quote

from plugin.errors import BadTemplate

LONGEST_OUTPUT = 64 * 1024
LONGEST_NAME = 100
LONGEST_SPELLED_OUT = 1000  #: digits; a number with more keeps its exponent
MOST_PROBLEMS = 50

#: The tags there are: for each scope its names, or None where names are the account's own.
SCOPES: Mapping[str, frozenset[str] | None] = MappingProxyType(
    {
        "Subscriber": None,
        "List": frozenset({"ListID", "Name"}),
        "Journey": frozenset({"ActionID", "JourneyID", "Name"}),
        "Event": None,
        "Kept": None,
    }
)


class Place(Enum):
    """Where an output goes, which decides how values are made harmless there."""

    TEXT = "text"  #: as it is
    HTML = "html"  #: text and quoted attributes
    URL = "url"  #: values percent-encoded, `/` and `&` included
    HEADER = "header"  #: one line, whatever the values hold
    JSON = "json"  #: as it is: a string in a tree that json.dumps writes


@dataclass(frozen=True, slots=True)
class Tag:
    """One place for a value. `raw`: not escaped for HTML."""

    scope: str
    name: str
    fallback: str = ""
    raw: bool = False


@dataclass(frozen=True, slots=True)
class TagProblem:
    """Something that looks like a tag and is none. `position` counts characters from 0."""

    position: int
    text: str

    def __str__(self) -> str:
        return f"At character {self.position + 1}: {self.text}"


@dataclass(frozen=True, slots=True)
class Template:
    """A text that was read. What could not be understood is in `problems` and stays text."""

    parts: tuple[str | Tag, ...]
    problems: tuple[TagProblem, ...] = ()

    @property
    def tags(self) -> frozenset[tuple[str, str]]:
        """Scope and name of each value that `render` will ask for."""
        return frozenset((part.scope, part.name) for part in self.parts if isinstance(part, Tag))

    @property
    def constant(self) -> bool:
        """Whether every output is the same."""
        return not self.tags

    def render(self, values: Mapping[tuple[str, str], object], place: Place) -> str:
        """The text with its values; one that is missing, None or '' gives way to the fallback.

        Raises BadTemplate when the output is longer than 65,536 bytes of UTF-8.
        """
        pieces: list[str] = []
        room = LONGEST_OUTPUT
        for part in self.parts:
            piece = _one_line(part, place) if isinstance(part, str) else _fill(part, values, place)
            room -= _size(piece)
            if room < 0:
                raise _too_long()
            pieces.append(piece)
        return "".join(pieces)


def parse(text: str, scopes: Mapping[str, frozenset[str] | None] = SCOPES) -> Template:
    """Read a text. Never raises: what looks like a tag and is none is a problem, and stays text.

    At most 50 problems are kept. Takes time in proportion to the text's length.
    """
    return _Reader(text, scopes).read()


def plain(value: object) -> str:
    """A value as people write it: dates in ISO form, numbers without exponent, None as ''."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            return _number(value)
        case date() | time():
            return value.isoformat()
        case bytes():
            return value.decode("utf-8", "replace")
        case list() | tuple() | dict():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)


def _number(value: float | Decimal) -> str:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    spelled_out = number.is_finite() and abs(number.adjusted()) <= LONGEST_SPELLED_OUT
    return format(number, "f") if spelled_out else str(number)


def _fill(tag: Tag, values: Mapping[tuple[str, str], object], place: Place) -> str:
    text = plain(values.get((tag.scope, tag.name))) or tag.fallback
    if len(text) > LONGEST_OUTPUT:
        raise _too_long()
    match place:
        case Place.TEXT | Place.JSON:
            return text
        case Place.HTML:
            return text if tag.raw else html.escape(text)
        case Place.URL:
            return quote(text, safe="", errors="replace")
        case Place.HEADER:
            return _one_line(text, place)


def _one_line(text: str, place: Place) -> str:
    return _LINE_BREAKS.sub(" ", text) if place is Place.HEADER else text


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _too_long() -> BadTemplate:
    return BadTemplate(
        f"With its values this text is longer than {LONGEST_OUTPUT:,} bytes, which is the most"
        " that a step may write. Shorten the text or use fewer merge tags."
    )


#: Everything that some reader of headers takes for the end of a line, and NUL.
_LINE_BREAKS = re.compile("[\0\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")

# Possessive quantifiers, and no class that holds a brace or a percent sign, keep each match from
# looking past the next tag: reading takes linear time, whatever the text.
_SOURCE = r"(?P<scope>\w++):(?P<name>\w[\w\-]*+(?::[\w\-]++)*+)"
_INSIDE = rf'\s*+{_SOURCE}\s*+(?:\|\s*+"(?P<fallback>[^"{{}}]*+)"\s*+)?+'
_START = re.compile(r"\{\{\{?|%")
_SHAPES = {
    "{{": re.compile(rf"\{{\{{{_INSIDE}\}}\}}"),
    "{{{": re.compile(rf"\{{\{{\{{{_INSIDE}\}}\}}\}}"),
    "%": re.compile(rf"%{_SOURCE}%"),
}


class _Reader:
    """Reads one text from its start to its end."""

    def __init__(self, text: str, scopes: Mapping[str, frozenset[str] | None]) -> None:
        self._text = text
        self._scopes = scopes
        self._problems: list[TagProblem] = []
        self._close = -1

    def read(self) -> Template:
        parts: list[str | Tag] = []
        done = at = 0
        while start := _START.search(self._text, at):
            tag, at = self._tag(start.start(), start.group())
            if tag:
                parts += [self._text[done : start.start()], tag]
                done = at
        parts.append(self._text[done:])
        return Template(tuple(filter(None, parts)), tuple(self._problems))

    def _tag(self, at: int, opening: str) -> tuple[Tag | None, int]:
        """The tag that opens here, or None; and where to read on."""
        match = _SHAPES[opening].match(self._text, at)
        if opening == "%" and (match is None or match["scope"] not in self._scopes):
            return None, at + 1
        if match is None:
            return None, self._not_a_tag(at, opening)
        scope, name = match["scope"], match["name"]
        if problem := self._unknown(scope, name):
            self._report(at, problem)
            return None, match.end()
        fallback = match.groupdict().get("fallback") or ""
        return Tag(scope, name, fallback, raw=opening == "{{{"), match.end()

    def _unknown(self, scope: str, name: str) -> str | None:
        if scope not in self._scopes:
            return f"There is no scope {_short(scope)}. Use {_choice(self._scopes)}."
        names = self._scopes[scope]
        if names is not None and name not in names:
            return f"{scope} has no {_short(name)}. Use {_choice(sorted(names))}."
        if len(name) > LONGEST_NAME:
            return f"The name {_short(name)} is longer than {LONGEST_NAME} characters."
        return None

    def _not_a_tag(self, at: int, opening: str) -> int:
        """Report braces that open no tag; answers where to read on."""
        inside = at + len(opening)
        close = self._next_close(inside)
        if close == len(self._text) or self._text.find("{{", inside, close) >= 0:
            self._report(at, f'The tag is not closed. End it with "{_closing(opening)}".')
            return inside
        if not self._text.startswith(_closing(opening), close):
            self._report(at, f'A tag that begins with "{opening}" ends with "{_closing(opening)}".')
        else:
            self._report(at, _explain(self._text[inside:close]))
        return close + 2

    def _next_close(self, at: int) -> int:
        """The next closing braces, or the length of the text; searched for once each."""
        if self._close < at:
            found = self._text.find("}}", at)
            self._close = len(self._text) if found < 0 else found
        return self._close

    def _report(self, position: int, text: str) -> None:
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(TagProblem(position, text))


def _closing(opening: str) -> str:
    return "}" * len(opening)


def _explain(body: str) -> str:
    if "|" in body:
        return (
            "A fallback stands in straight double quotes and holds no braces:"
            ' {{ Subscriber:FirstName|"friend" }}.'
        )
    return (
        f"{_short(body.strip())} is not a merge tag. Write it like {{{{ Subscriber:FirstName }}}}."
    )


def _choice(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def _short(text: str) -> str:
    return f'"{text[:40]}…"' if len(text) > 40 else f'"{text}"'
