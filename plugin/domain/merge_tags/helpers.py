"""Helpers: what may be done to a value before it is put in. Text in, text out, linear time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import ROUND_HALF_UP, Context, Decimal
from urllib.parse import quote, quote_plus, unquote

from plugin.domain.merge_tags.dates import formatted
from plugin.domain.merge_tags.scopes import Wrong, short

#: Helpers in a row on one tag.
MOST_HELPERS = 10
LONGEST_FORMAT = 100

Run = Callable[[str, tzinfo | None], str]
Change = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Helper:
    """One helper as it was written, such as `truncate-20`, and what it does.

    `encodes`: its output may stand in a URL. `dated`: it needs to know the journey's zone.
    """

    spelling: str
    run: Run = field(compare=False, repr=False)
    encodes: bool = False
    dated: bool = False


@dataclass(frozen=True, slots=True)
class _Sized:
    """A helper with a whole number behind it."""

    change: Callable[[str, int], str]
    default: int
    least: int = 1
    most: int = 10_000


def helper(word: str) -> Helper | None:
    """The helper that a word such as `truncate-20` names; None for `raw` and `nl2br`, which are
    no change of the text. Raises Wrong."""
    name, dash, argument = word.partition("-")
    if name in FLAGS or name in PLAIN:
        if dash:
            raise Wrong(f"The helper {name} takes nothing behind it. Write {name} alone.")
        return Helper(word, _plainly(PLAIN[name]), name in _ENCODING) if name in PLAIN else None
    if name in SIZED:
        return Helper(word, _sized(name, SIZED[name], dash, argument))
    if name == DATED:
        return Helper(word, _dated(argument), dated=True)
    raise Wrong(f"There is no helper {short(name)}.", name, HELPERS)


def _plainly(change: Change) -> Run:
    return lambda text, _: change(text)


def _sized(name: str, sized: _Sized, dash: str, argument: str) -> Run:
    number = sized.default
    if dash:
        known = re.fullmatch("[0-9]{1,6}", argument)
        number = int(argument) if known else -1
    if not sized.least <= number <= sized.most:
        raise Wrong(
            f"{name} takes a whole number from {sized.least} to {sized.most:,}, such as"
            f" {name}-{sized.default}."
        )
    return lambda text, _: sized.change(text, number)


def _dated(argument: str) -> Run:
    if not argument or len(argument) > LONGEST_FORMAT:
        raise Wrong(
            f"dateFormat takes a format of up to {LONGEST_FORMAT} signs, such as"
            " dateFormat-F_j,_Y; an underscore becomes a blank."
        )
    pattern = argument.replace("_", " ")
    return lambda text, zone: formatted(text, pattern, zone)


# Case.


def capital(text: str) -> str:
    return text[:1].title() + text[1:]


def titled(text: str) -> str:
    """Each word with one capital letter; a word begins after a blank or a hyphen."""
    return _WORD_STARTS.sub(lambda met: met.group().title(), text.lower())


_WORD_STARTS = re.compile(r"(?:(?<=[\s-])|\A)\w")


def _words(text: str) -> Iterator[str]:
    """What stands between signs, blanks and humps, in small letters."""
    word: list[str] = []
    before = ""
    for sign in text:
        hump = sign.isupper() and (before.islower() or before.isdigit())
        if word and (hump or not sign.isalnum()):
            yield "".join(word).lower()
            word = []
        if sign.isalnum():
            word.append(sign)
        before = sign
    if word:
        yield "".join(word).lower()


def _joined(sign: str) -> Change:
    return lambda text: sign.join(_words(text))


def _pascal(text: str) -> str:
    return "".join(map(capital, _words(text)))


def _camel(text: str) -> str:
    first, *others = list(_words(text)) or [""]
    return first + "".join(map(capital, others))


# Length.


def _ellipsis(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + "..."


def _truncated(text: str, most: int) -> str:
    return text[:most]


def _few_words(text: str, most: int) -> str:
    words = text.split(None, most)
    if len(words) <= most:
        return text
    return text[: len(text) - len(words[-1])].rstrip() + "..."


def _wrapped(text: str, most: int) -> str:
    return "\n".join(row for line in text.split("\n") for row in _rows(line, most))


def _rows(line: str, most: int) -> Iterator[str]:
    """Broken at blanks where there are some, else within the word."""
    row = ""
    for place, word in enumerate(line.split(" ")):
        if place and len(row) + 1 + len(word) <= most:
            row += " " + word
            continue
        if place:
            yield row
        whole = (len(word) - 1) // most * most if word else 0
        for at in range(0, whole, most):
            yield word[at : at + most]
        row = word[whole:]
    yield row


# Numbers and digests.

_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,4})?")
#: Digits that are reckoned with; what is larger stays as it is.
_DIGITS = 1000


def _number(text: str, places: int) -> str:
    """With commas between the thousands; what is no number is 0, as for the host."""
    known = _NUMBER.fullmatch(text.strip())
    number = Decimal(text.strip()) if known else Decimal(0)
    if abs(number.adjusted()) > _DIGITS:
        return text
    exact = Context(prec=2 * _DIGITS, rounding=ROUND_HALF_UP)
    rounded = number.quantize(Decimal(1).scaleb(-places), context=exact)
    return f"{abs(rounded) if rounded.is_zero() else rounded:,f}"


def _md5(text: str) -> str:
    return hashlib.md5(_bytes(text), usedforsecurity=False).hexdigest() if text else ""


def _sha1(text: str) -> str:
    return hashlib.sha1(_bytes(text), usedforsecurity=False).hexdigest() if text else ""


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


PLAIN: Mapping[str, Change] = {
    "uppercase": str.upper,
    "upcase": str.upper,
    "lowercase": str.lower,
    "downcase": str.lower,
    "capitalize": capital,
    "capitalizeAll": titled,
    "titleize": titled,
    "camelcase": _camel,
    "pascalcase": _pascal,
    "dashcase": _joined("-"),
    "dotcase": _joined("."),
    "snakecase": _joined("_"),
    "trim": str.strip,
    "trimLeft": str.lstrip,
    "trimRight": str.rstrip,
    "urlEncode": lambda text: quote_plus(text, errors="replace"),
    "encodeURI": lambda text: quote(text, safe="", errors="replace"),
    "decodeURI": lambda text: unquote(text, errors="replace"),
    "md5": _md5,
    "sha1": _sha1,
}
SIZED: Mapping[str, _Sized] = {
    "ellipsis": _Sized(_ellipsis, 20),
    "truncate": _Sized(_truncated, 20),
    "truncateWords": _Sized(_few_words, 5),
    "number_format": _Sized(_number, 0, 0, 20),
    "wordwrap": _Sized(_wrapped, 75),
}
DATED = "dateFormat"
FLAGS = frozenset({"raw", "nl2br"})
HELPERS = (*PLAIN, *SIZED, DATED, *sorted(FLAGS))
_ENCODING = frozenset({"urlEncode", "encodeURI"})

#: How `{{ Now }}` is written where no format is asked for.
UNASKED = Helper("dateFormat-Y-m-d_H:i:s", _dated("Y-m-d_H:i:s"), dated=True)

#: The case wrappers `[TITLE:…]`, `[UPPER:…]` and `[LOWER:…]`.
WRAPPERS: Mapping[str, Helper] = {
    name: Helper(f"[{name}:]", _plainly(change))
    for name, change in (("TITLE", titled), ("UPPER", str.upper), ("LOWER", str.lower))
}
