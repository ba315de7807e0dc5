"""Reads one text from its start to its end, once."""

from __future__ import annotations

import re
from functools import cached_property

from plugin.domain.merge_tags import chance
from plugin.domain.merge_tags.frames import MOST_LEVELS, Frame, joined
from plugin.domain.merge_tags.helpers import LONGEST_FORMAT, WRAPPERS, helper
from plugin.domain.merge_tags.inside import Inside
from plugin.domain.merge_tags.scopes import NOW, REFUSED, SCOPES, Scopes, Wrong, checked, short
from plugin.domain.merge_tags.template import TagProblem, Template
from plugin.domain.merge_tags.tree import Condition, Node, Random, Tag

MOST_PROBLEMS = 50

# Possessive quantifiers, and no class that holds a brace or a percent sign, keep each match from
# looking past the next tag: reading takes linear time, whatever the text.
_TOKEN = re.compile(r"\{\{\{?|%|\[(?:IF:|ELSE\]|ENDIF\]|TITLE:|UPPER:|LOWER:|\[)|[|\]]")
_BRACES = {
    "{{": re.compile(r"\{\{([^{}]*+)\}\}"),
    "{{{": re.compile(r"\{\{\{([^{}]*+)\}\}\}"),
}
_PERCENT = re.compile(
    r"%(?:(?P<scope>\w++):(?P<name>\w[\w\-]*+(?::[\w\-]++)*+)%"
    r"|Date=(?P<format>[^%\n]++)%"
    r"|(?P<remote>RemoteContent(?:BeforeSend)?=)"
    r"|(?P<sender>MFROMDomain%)"
    r"|(?P<random>Random:))"
)
_OLD_IF = re.compile(r"\[IF:([^\[\]{}]*+)\]")

_NO_IF = "There is no {{ if … }} or [IF:…] before this."


def parse(text: str, scopes: Scopes = SCOPES) -> Template:
    """Read a text. Never raises: what looks like a tag and is none is a problem, and stays text.

    At most 50 problems are kept. Takes time in proportion to the text's length.
    """
    return _Reader(text, scopes).read()


class _Reader:
    def __init__(self, text: str, scopes: Scopes) -> None:
        self._text, self._scopes, self._inside = text, scopes, Inside(scopes)
        self._problems: list[TagProblem] = []
        self._frames = [Frame("text", 0, [""])]
        self._done = 0  #: all before this is in the frames
        self._close = -1

    def read(self) -> Template:
        at = 0
        while met := _TOKEN.search(self._text, at):
            at = self._token(met.start(), met.group())
        self._flush(len(self._text))
        while len(self._frames) > 1:
            self._give_up()
        problems = sorted(self._problems, key=lambda problem: problem.position)
        return Template(joined(self._frames[0].as_text()), tuple(problems))

    def _token(self, at: int, token: str) -> int:
        """Read what begins here; answers where to read on."""
        if token in _BRACES:
            return self._braces(at, token)
        if token == "%":
            return self._percent(at)
        if token in ("|", "]"):
            return self._separator(at, token)
        if token == "[[":
            return self._open(Frame("spin", at, [token]), at + 2)
        if token == "[IF:":
            return self._old_if(at)
        if token == "[ELSE]":
            return self._else(at, at + len(token))
        if token == "[ENDIF]":
            return self._endif(at, at + len(token))
        wrapper = WRAPPERS[token[1:-1]]
        return self._open(Frame("case", at, [token], wrapper=wrapper), at + len(token))

    # One sort of token each. They answer where to read on.

    def _braces(self, at: int, opening: str) -> int:
        met = _BRACES[opening].match(self._text, at)
        if met is None:
            return self._not_a_tag(at, opening)
        try:
            found = self._inside.read(met[1], raw=opening == "{{{")
        except Wrong as wrong:
            return self._wrong(at, wrong, met.end())
        match found:
            case Tag():
                return self._put(found, at, met.end())
            case Condition():
                return self._open(Frame("if", at, [met.group()], found), met.end())
            case "else":
                return self._else(at, met.end())
            case "endif":
                return self._endif(at, met.end())

    def _percent(self, at: int) -> int:
        met = _PERCENT.match(self._text, at)
        if met is None:
            return at + 1
        try:
            found = self._percent_tag(met, at)
        except Wrong as wrong:
            return self._wrong(at, wrong, met.end())
        return self._put(found, at, met.end()) if found else at + 1

    def _percent_tag(self, met: re.Match[str], at: int) -> Node | None:
        """None: only text with percent signs. Raises Wrong."""
        if met["format"]:
            if len(met["format"]) > LONGEST_FORMAT:
                raise Wrong(f"The format may have {LONGEST_FORMAT} signs at most.")
            return Tag(*NOW, helpers=tuple(filter(None, [helper(f"dateFormat-{met['format']}")])))
        if met["remote"]:
            raise Wrong("RemoteContent is not supported: texts are never fetched from elsewhere.")
        if met["sender"]:
            raise Wrong("MFROMDomain is known to the host alone, when it sends a mail.")
        if met["random"] or met["scope"] == "Random":
            return self._random(met["name"] or "", at)
        scope, name = met["scope"], met["name"]
        if scope in self._scopes or scope in REFUSED or scope.title() in self._scopes:
            checked(scope, name, self._scopes)
            return Tag(scope, name)
        return None

    def _random(self, name: str, at: int) -> Random:
        kind, _, length = name.partition(":")
        if kind in chance.NAMES and not length:
            return Random(kind, 0, self._mark(at))
        known = kind in chance.SIGNS and length.isascii() and length.isdecimal() and len(length) < 3
        if not known or not 1 <= int(length) <= chance.MOST_SIGNS:
            raise Wrong(
                "Write %Random:FirstName%, %Random:LastName%, or Letters, Numbers or Alpha with"
                f" how many from 1 to {chance.MOST_SIGNS}, such as %Random:Letters:6%."
            )
        return Random(kind, int(length), self._mark(at))

    def _old_if(self, at: int) -> int:
        met = _OLD_IF.match(self._text, at)
        if met is None:
            return self._wrong(at, Wrong("The condition is not closed. End it with ]."), at + 4)
        try:
            condition = self._inside.condition(met[1])
        except Wrong as wrong:
            return self._wrong(at, wrong, met.end())
        return self._open(Frame("if", at, [met.group()], condition), met.end())

    def _else(self, at: int, end: int) -> int:
        if not self._down_to_if(at):
            return self._wrong(at, Wrong(_NO_IF), end)
        if len(self._frames[-1].bodies) > 1:
            return self._wrong(at, Wrong("This condition has its {{ else }} already."), end)
        self._flush(at)
        self._frames[-1].part(self._text[at:end])
        self._done = end
        return end

    def _endif(self, at: int, end: int) -> int:
        if not self._down_to_if(at):
            return self._wrong(at, Wrong(_NO_IF), end)
        return self._shut(at, end)

    def _separator(self, at: int, token: str) -> int:
        """A bar or bracket means something inside of a choice or a wrapper only."""
        top = self._frames[-1]
        if top.kind == "case" and token == "]":
            return self._shut(at, at + 1)
        if top.kind == "spin" and token == "|":
            self._flush(at)
            top.part(token)
            self._done = at + 1
        elif top.kind == "spin" and self._text.startswith("]]", at):
            if len(top.bodies) > 1:
                return self._shut(at, at + 2)
            self._give_up(at)
            return at + 2
        return at + 1

    # The frames.

    def _put(self, node: Node, at: int, end: int) -> int:
        self._flush(at)
        self._frames[-1].body.append(node)
        self._done = end
        return end

    def _open(self, frame: Frame, end: int) -> int:
        if len(self._frames) > MOST_LEVELS:
            text = f"Conditions, choices and wrappers may stand {MOST_LEVELS} deep in one another."
            return self._wrong(frame.position, Wrong(text), end)
        self._flush(frame.position)
        self._frames.append(frame)
        self._done = end
        return end

    def _shut(self, at: int, end: int) -> int:
        """The innermost frame ends here."""
        self._flush(at)
        frame = self._frames.pop()
        self._frames[-1].body.extend(frame.closed(self._mark(frame.position)))
        self._done = end
        return end

    def _down_to_if(self, at: int) -> bool:
        """Give up what stands open inside of the innermost condition; False when there is none."""
        if all(frame.kind != "if" for frame in self._frames):
            return False
        while self._frames[-1].kind != "if":
            self._give_up(at)
        return True

    def _give_up(self, at: int | None = None) -> None:
        """The innermost frame was no such thing: it stays text."""
        if at is not None:
            self._flush(at)
        frame = self._frames.pop()
        self._frames[-1].body.extend(frame.as_text())
        ends = {"if": "{{ endif }}", "case": "]", "spin": "]]"}[frame.kind]
        if frame.kind != "spin" or len(frame.bodies) > 1:
            text = f"{short(frame.marks[0])} is not closed. End it with {ends}."
            self._report(frame.position, Wrong(text))

    def _flush(self, end: int) -> None:
        """The text up to here stays text."""
        if end > self._done:
            self._frames[-1].body.append(self._text[self._done : end])
            self._done = end

    # Faults.

    def _not_a_tag(self, at: int, opening: str) -> int:
        """Report braces that open no tag; answers where to read on."""
        inside, closing = at + len(opening), "}" * len(opening)
        close = self._next_close(inside)
        if close == len(self._text) or self._text.find("{{", inside, close) >= 0:
            text = f'The tag is not closed. End it with "{closing}".'
            return self._wrong(at, Wrong(text), inside)
        if not self._text.startswith(closing, close):
            text = f'A tag that begins with "{opening}" ends with "{closing}".'
        else:
            text = "A tag holds no single braces. Write it like {{ Subscriber:FirstName }}."
        return self._wrong(at, Wrong(text), close + 2)

    def _next_close(self, at: int) -> int:
        """The next closing braces, or the length of the text; searched for once each."""
        if self._close < at:
            found = self._text.find("}}", at)
            self._close = len(self._text) if found < 0 else found
        return self._close

    def _wrong(self, at: int, wrong: Wrong, end: int) -> int:
        self._report(at, wrong)
        return end

    def _report(self, position: int, wrong: Wrong) -> None:
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(TagProblem(position, wrong.sentence()))

    def _mark(self, at: int) -> str:
        return f"{self._digest}.{at}"

    @cached_property
    def _digest(self) -> str:
        return chance.mark_of(self._text)
