"""Our part of a text that the host renders: Journey, Event and Kept are filled in, all else stays.

    Hi {{ Subscriber:FirstName }}, order {{ Event:order|"yours" }} is {{ Kept:state }}.
       └ the host's, as it is          └ ours                       └ ours

Conditions on our values are decided here: `{{ if Event:order=7 }} … {{ else }} … {{ endif }}`,
also around the host's tags and inside of the host's conditions. What our values hold is made
harmless for the host, which reads the text once more: in them no tag begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from plugin.domain.merge_tags.comparing import holds
from plugin.domain.merge_tags.inside import Inside
from plugin.domain.merge_tags.places import Place
from plugin.domain.merge_tags.rendering import Values, written
from plugin.domain.merge_tags.scopes import JOURNEY_NAMES, Scopes, Wrong
from plugin.domain.merge_tags.tree import Condition, Tag
from plugin.domain.merge_tags.values import plain

#: The scopes that are ours to fill.
OURS: Scopes = {"Journey": JOURNEY_NAMES, "Event": None, "Kept": None}

# No class holds a brace, bracket or percent sign: each match ends at the next tag.
_TOKEN = re.compile(
    r"\{\{\{(?P<raw>[^{}]*+)\}\}\}"
    r"|\{\{(?P<new>[^{}]*+)\}\}"
    r"|%(?P<scope>Journey|Event|Kept):(?P<name>\w[\w\-]*+(?::[\w\-]++)*+)%"
    r"|\[IF:(?P<old>[^\[\]{}]*+)\]"
    r"|\[(?P<word>ELSE|ENDIF)\]"
)
_SIGNS = re.compile(r"[{}%\[\]]")
#: `%C3%A7` of an address is none of the host's tags: they have names.
_JOINED = re.compile(r"(?<=[{\[])(?=[{\[])|(?<=\[)(?=[A-Z])|(?<=%)(?=[A-Za-z]{3,}[:=%])")
#: Shows nothing and keeps two signs apart.
APART = "\u2060"


@dataclass(slots=True)
class _If:
    """A condition that stands open. `shown`: whether its present part is taken."""

    ours: bool
    shown: bool = True


class _Out:
    """What is shown so far: pieces inside of a part of ours that is not taken are left out."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._open: list[_If] = []
        self._hidden = 0  #: of those that stand open

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def put(self, piece: str) -> None:
        if not self._hidden:
            self._pieces.append(piece)

    def open(self, holds: bool | None) -> None:
        """None: a condition of the host, of which both parts stay."""
        self._open.append(_If(holds is not None, holds is not False))
        self._hidden += holds is False

    def turn(self) -> bool:
        """Its other part begins; False when it is the host's to say so."""
        if not self._open or not self._open[-1].ours:
            return False
        top = self._open[-1]
        self._hidden += 1 if top.shown else -1
        top.shown = not top.shown
        return True

    def close(self) -> bool:
        """It ends; False when it is the host's, or none is open."""
        if not self._open:
            return False
        top = self._open.pop()
        self._hidden -= not top.shown
        return top.ours


@dataclass(frozen=True, slots=True)
class OurPart:
    """A text that the host renders, as far as we understand it."""

    text: str
    _inside: Inside = field(default_factory=lambda: Inside(OURS))

    @property
    def tags(self) -> frozenset[tuple[str, str]]:
        """Scope and name of each of our values that it asks for."""
        found = (_of(node) for _, node in self._tokens())
        return frozenset((tag.scope, tag.name) for tag in found if tag)

    def filled(self, values: Values, place: Place) -> str:
        """The text for the host. `place`: TEXT, or HTML, where values are escaped."""
        out, done = _Out(), 0
        for met, node in self._tokens():
            out.put(self.text[done : met.start()])
            done = met.end()
            match node:
                case Tag():
                    out.put(harmless(written((node,), values, place, ""), place))
                case Condition():
                    value = plain(values.get((node.tag.scope, node.tag.name)))
                    out.open(holds(node, _asked(node.tag, value)))
                case "if":
                    out.put(met.group())
                    out.open(None)
                case "else" if out.turn():
                    pass
                case "endif" if out.close():
                    pass
                case _:
                    out.put(met.group())
        out.put(self.text[done:])
        return out.text

    def _tokens(self) -> Iterator[tuple[re.Match[str], Tag | Condition | str]]:
        """What is there, in order: our tags and conditions, and the host's as words: `if`, `else`,
        `endif`, or `other` for all that is only to be kept."""
        for met in _TOKEN.finditer(self.text):
            yield met, self._read(met)

    def _read(self, met: re.Match[str]) -> Tag | Condition | str:
        if met["word"]:
            return met["word"].lower()
        try:
            if met["scope"]:
                return self._inside.source(met["scope"], met["name"])
            if met["old"] is not None:
                return self._inside.condition(met["old"])
            body = met["raw"] if met["raw"] is not None else met["new"]
            return self._inside.read(body, raw=met["raw"] is not None)
        except Wrong:
            asks = met["old"] is not None or (met["new"] or "").split(None, 1)[:1] == ["if"]
            return "if" if asks else "other"


def harmless(text: str, place: Place) -> str:
    """A value in which the host finds no tag. In HTML it reads as it was; elsewhere a sign that
    shows nothing keeps apart what would begin a tag."""
    if place is Place.HTML:
        return _SIGNS.sub(lambda met: f"&#{ord(met.group())};", text)
    return _JOINED.sub(APART, text)


def _of(node: Tag | Condition | str) -> Tag | None:
    if isinstance(node, Condition):
        return node.tag
    return node if isinstance(node, Tag) else None


def _asked(tag: Tag, value: str) -> str:
    for helper in tag.helpers:
        value = helper.run(value, None)
    return value


def ours_of(texts: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """The values of ours that any of these texts asks for."""
    return frozenset(tag for text in texts.values() for tag in OurPart(text).tags)
