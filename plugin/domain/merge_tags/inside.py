"""What stands between the braces of one tag: helpers, a source, a fallback, or a condition."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from plugin.domain.merge_tags.helpers import (
    FLAGS,
    HELPERS,
    MOST_HELPERS,
    UNASKED,
    Helper,
    helper,
)
from plugin.domain.merge_tags.scopes import NOW, Scopes, Wrong, checked, nearest, short
from plugin.domain.merge_tags.tree import Comparison, Condition, Tag

#: `else` and `endif` in braces, and the words of the older form.
Word = Literal["else", "endif"]

_SOURCE = re.compile(r"(?P<scope>\w++):(?P<name>\w[\w\-]*+(?::[\w\-]++)*+)")
_COMPARISON = re.compile(r"<>|[<>]=|!=|=[<>]|==?|[<>]")
_FALLBACK = re.compile(r'\s*+"(?P<text>[^"]*+)"\s*+')
_AS_TAG = re.compile(r"%\w++:\w")


@dataclass(frozen=True, slots=True)
class Inside:
    """Reads what is inside, by a table of scopes. All of its verbs raise Wrong."""

    scopes: Scopes

    def read(self, body: str, raw: bool) -> Tag | Condition | Word:
        """`raw`: it stood in three braces. `body` holds no braces."""
        first, *others = body.split(None, 1) or [""]
        if first in ("if", "else", "endif") and raw:
            raise Wrong(f"Write {{{{ {first} }}}} with two braces.")
        if first == "if":
            return self.condition("".join(others))
        if first in ("else", "endif") and not others:
            return cast(Word, first)
        if first in ("else", "elseif", "elif"):
            raise Wrong(
                "A condition has one {{ else }}. Put another {{ if … }} … {{ endif }} inside of it."
            )
        if first.startswith(("#", "/", ">", "!", "^")):
            raise Wrong(f"There are no blocks such as {short(first)} here, only {{{{ if … }}}}.")
        return self._tag(body, raw)

    def condition(self, text: str) -> Condition:
        """Such as `Subscriber:City=Oslo`."""
        met = _COMPARISON.search(text)
        sides = (text[: met.start()], text[met.end() :]) if met else (text, "")
        left, operand = (side.strip() for side in sides)
        if len(left) > 1 and left[0] == left[-1] == "%":
            left = left[1:-1]
        if not left:
            raise Wrong("The condition is empty. Write it like {{ if Subscriber:City=Oslo }}.")
        if "|" in left:
            raise Wrong("A condition has no fallback: an empty value is not set.")
        if _AS_TAG.search(operand):
            raise Wrong("A condition compares a tag with a fixed text, not with another tag.")
        if len(operand) > 1 and operand[0] == operand[-1] == '"':
            operand = operand[1:-1]
        return _asked(self._tag(left, raw=False), met.group() if met else "", operand)

    def source(self, scope: str, name: str) -> Tag:
        checked(scope, name, self.scopes)
        return Tag(scope, name)

    def _tag(self, body: str, raw: bool) -> Tag:
        before, bar, behind = body.partition("|")
        words = before.split()
        if not words:
            raise _no_tag(body)
        if len(words) > MOST_HELPERS + 1:
            raise Wrong(f"A tag may have {MOST_HELPERS} helpers at most.")
        scope, name = self._named(words[-1], body)
        fallback = _FALLBACK.fullmatch(behind)
        if bar and not fallback:
            raise _no_tag(body)
        flags = FLAGS.intersection(words[:-1])
        helpers = [found for word in reversed(words[:-1]) if (found := helper(word))]
        if scope == NOW[0] and not (helpers and helpers[0].dated):
            helpers.insert(0, UNASKED)
        return Tag(
            scope,
            name,
            fallback["text"] if fallback else None,
            raw or "raw" in flags,
            "nl2br" in flags,
            tuple(helpers),
        )

    def _named(self, word: str, body: str) -> tuple[str, str]:
        if word == NOW[0]:
            return NOW
        met = _SOURCE.fullmatch(word)
        if not met:
            raise _no_tag(body)
        if met["scope"] == "Random":
            raise Wrong(f"Write it with percent signs: %{word[:40]}%.")
        checked(met["scope"], met["name"], self.scopes)
        return met["scope"], met["name"]


def wrapped(tag: Tag, wrapper: Helper) -> Tag:
    """The tag inside of a case wrapper, its fallback too."""
    fallback = None if tag.fallback is None else wrapper.run(tag.fallback, None)
    return Tag(tag.scope, tag.name, fallback, tag.raw, tag.breaks, (*tag.helpers, wrapper))


def _asked(tag: Tag, sign: str, operand: str) -> Condition:
    """`=` nothing asks for an empty value, `!=` and `<>` nothing for one that is set."""
    comparison = {"": "set", "==": "=", "<>": "!="}.get(sign, sign)
    if comparison in ("=>", "=<"):
        raise Wrong(f"Write {comparison[::-1]} instead of {comparison}.")
    if not operand and comparison == "!=":
        comparison = "set"
    if not operand and comparison in ("<", ">", "<=", ">="):
        raise Wrong(f"A value is missing behind {comparison}.")
    return Condition(tag, cast(Comparison, comparison), operand)


def _no_tag(body: str) -> Wrong:
    words = body.split(None, 1)
    if "|" in body:
        return Wrong(
            "A fallback stands in straight double quotes and holds no braces:"
            ' {{ Subscriber:FirstName|"friend" }}.'
        )
    if words and nearest(words[0], (NOW[0],)):
        return Wrong(f"{short(body.strip())} is not a merge tag.", words[0], (NOW[0],))
    if words and words[0].partition("-")[0] in HELPERS:
        return Wrong(
            f"{short(body.strip())} names no value. Write the tag behind the helper:"
            f" {{{{ {words[0][:40]} Subscriber:FirstName }}}}."
        )
    return Wrong(
        f"{short(body.strip())} is not a merge tag. Write it like {{{{ Subscriber:FirstName }}}}."
    )
