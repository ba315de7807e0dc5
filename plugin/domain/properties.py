"""Conditions on the properties of an event: plain data compared in memory, no host is asked.

What is not there, is null or is '' is not set. That makes a condition false, and a negated one
true, as it does for rules about fields. Text is compared letter by letter.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from plugin.domain.event import as_text

#: How each operator reads between a property and a value.
OPERATORS: Mapping[str, str] = {
    "is": "is",
    "is_not": "is not",
    "contains": "contains",
    "does_not_contain": "does not contain",
    "begins_with": "begins with",
    "ends_with": "ends with",
    "equals": "=",
    "less_than": "<",
    "at_most": "≤",
    "greater_than": ">",
    "at_least": "≥",
    "is_set": "is set",
    "is_not_set": "is not set",
}
_NUMBER = re.compile(r"[-+]?([0-9]{1,60}(\.[0-9]{0,60})?|\.[0-9]{1,60})")
_WITHOUT_VALUE = ("is_set", "is_not_set")
_NEGATES = {"is_not": "is", "does_not_contain": "contains", "is_not_set": "is_set"}
_TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "is": str.__eq__,
    "contains": str.__contains__,
    "begins_with": str.startswith,
    "ends_with": str.endswith,
}
_SIZES: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "equals": Decimal.__eq__,
    "less_than": Decimal.__lt__,
    "at_most": Decimal.__le__,
    "greater_than": Decimal.__gt__,
    "at_least": Decimal.__ge__,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """`property` may lead into properties of properties by a `.`"""

    property: str
    operator: str
    value: str | None = None


def value_problem(operator: str, value: str | None) -> str | None:
    """What is wrong with the value for this operator, as a sentence."""
    if operator in _WITHOUT_VALUE:
        return None if value is None else "This operator has no value."
    if value is None:
        return "This operator needs a value."
    if operator in _SIZES and as_number(value) is None:
        return "Write a number."
    return None


def holds(condition: Condition, properties: Mapping[str, Any]) -> bool:
    positive = _NEGATES.get(condition.operator, condition.operator)
    truth = _positive(positive, condition.value, _find(condition.property, properties))
    return truth if positive == condition.operator else not truth


def as_number(value: object) -> Decimal | None:
    """A finite number, or text of digits that is one; None for anything else, for truths too."""
    if isinstance(value, str):
        return Decimal(value) if _NUMBER.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Decimal(repr(value)) if math.isfinite(value) else None


def _find(name: str, properties: Mapping[str, Any]) -> object:
    """The whole name goes before its parts: shops do have dots in names."""
    if name in properties:
        return properties[name]
    found: object = properties
    for part in name.split("."):
        if not isinstance(found, dict) or part not in found:
            return None
        found = found[part]
    return found


def _positive(operator: str, wanted: str | None, found: object) -> bool:
    """Of a list, one element is enough; of a mapping, there is nothing but that it is there."""
    if isinstance(found, list):
        return any(_positive(operator, wanted, one) for one in found)
    if isinstance(found, dict):
        return operator == "is_set"
    text = as_text(found)
    if operator == "is_set" or not text:
        return bool(text)
    if operator in _TEXTS:
        return bool(_TEXTS[operator](text, wanted or ""))
    numbers = as_number(found), as_number(wanted)
    return None not in numbers and bool(_SIZES[operator](*numbers))  # type: ignore[arg-type]
