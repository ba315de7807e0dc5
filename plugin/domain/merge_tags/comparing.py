"""Is a condition true of a text? Numbers and dates are compared as such, all else as text."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from plugin.domain.merge_tags.tree import Condition

_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,60}(?:\.[0-9]{0,60})?|\.[0-9]{1,60})")
_MOMENT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[ T](?P<time>[0-9]{2}:[0-9]{2})(?P<rest>:[0-9]{2}(?:\.[0-9]{1,6})?)?)?"
    r"(?:Z|[-+][0-9]{2}:?[0-9]{2})?"
)

_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def holds(condition: Condition, text: str) -> bool:
    """Case, and blanks at the ends, make no difference. An order between what is neither two
    numbers nor two dates is no order: false."""
    if condition.comparison == "set":
        return text != ""
    pair = _numbers(text, condition.operand) or _dates(text, condition.operand)
    if condition.comparison in _ORDERS:
        return pair is not None and _ORDERS[condition.comparison](*pair)
    left, right = pair or (_folded(text), _folded(condition.operand))
    return (left == right) is (condition.comparison == "=")


def _numbers(left: str, right: str) -> tuple[Any, Any] | None:
    left, right = left.strip(), right.strip()
    both = _NUMBER.fullmatch(left) and _NUMBER.fullmatch(right)
    return (Decimal(left), Decimal(right)) if both else None


def _dates(left: str, right: str) -> tuple[Any, Any] | None:
    """ISO dates compare as their text does. To the day, where one of them names no time."""
    first, second = _MOMENT.fullmatch(left.strip()), _MOMENT.fullmatch(right.strip())
    if not first or not second:
        return None
    if first["time"] and second["time"]:
        return _instant(first), _instant(second)
    return first["day"], second["day"]


def _instant(met: re.Match[str]) -> str:
    return met["day"] + met["time"] + (met["rest"] or ":00")


def _folded(text: str) -> str:
    return text.strip().casefold()
