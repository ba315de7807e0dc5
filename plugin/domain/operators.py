"""The operators of rules: which there are, what value each wants, and how each reads.

NULL and '' are both "not set"; every negation covers them. Comparisons of size read the field as
a number; text that is no number compares false. The host's own collation decides what "is"
means for text (case, accents). The names follow the host's (host rule types `fields`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any, Literal

Wants = Literal["nothing", "text", "number", "date", "dates", "days"]


@dataclass(frozen=True, slots=True)
class Operator:
    """`reads` is a str.format of field and value, for people."""

    name: str
    wants: Wants
    reads: str


OPERATORS: Mapping[str, Operator] = {
    operator.name: operator
    for operator in (
        Operator("is", "text", "{field} is “{value}”"),
        Operator("is_not", "text", "{field} is not “{value}”"),
        Operator("contains", "text", "{field} contains “{value}”"),
        Operator("does_not_contain", "text", "{field} does not contain “{value}”"),
        Operator("begins_with", "text", "{field} begins with “{value}”"),
        Operator("ends_with", "text", "{field} ends with “{value}”"),
        Operator("is_set", "nothing", "{field} is set"),
        Operator("is_not_set", "nothing", "{field} is not set"),
        Operator("equals", "number", "{field} equals {value}"),
        Operator("less_than", "number", "{field} is less than {value}"),
        Operator("at_most", "number", "{field} is at most {value}"),
        Operator("greater_than", "number", "{field} is greater than {value}"),
        Operator("at_least", "number", "{field} is at least {value}"),
        Operator("on", "date", "{field} is on {value}"),
        Operator("not_on", "date", "{field} is not on {value}"),
        Operator("before", "date", "{field} is before {value}"),
        Operator("after", "date", "{field} is after {value}"),
        Operator("between", "dates", "{field} is between {value[0]} and {value[1]}"),
        Operator("not_between", "dates", "{field} is not between {value[0]} and {value[1]}"),
        Operator("in_last_days", "days", "{field} is in the last {value} days"),
        Operator("not_in_last_days", "days", "{field} is not in the last {value} days"),
        Operator("in_next_days", "days", "{field} is in the next {value} days"),
        Operator("not_in_next_days", "days", "{field} is not in the next {value} days"),
        Operator("days_ago", "days", "{field} is exactly {value} days ago"),
        Operator("days_from_now", "days", "{field} is exactly {value} days from now"),
    )
}

#: The operators of rules about other lists, and how they read.
LIST_OPERATORS: Mapping[str, str] = {
    "subscribed": "subscribed to {name}",
    "not_subscribed": "not subscribed to {name}",
    "present": "on {name}, whatever the status",
    "absent": "not on {name} at all",
}

#: The operators of rules about tags, and how they read of one tag, of several, and of any tag.
TAG_OPERATORS: Mapping[str, tuple[str, str, str]] = {
    "has_any": ("tagged {tags}", "tagged with one of {tags}", "tagged at all"),
    "has_all": ("tagged {tags}", "tagged with all of {tags}", ""),
    "has_none": ("not tagged {tags}", "tagged with none of {tags}", "not tagged at all"),
}

MAX_DAYS = 36500
MAX_TEXT = 1000

_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")


def value_problem(operator: Operator, value: Any) -> str | None:
    """Why `value` does not suit the operator, as a sentence; None when it does."""
    match operator.wants:
        case "nothing":
            return None if value is None else "This operator takes no value; remove it."
        case "text":
            if not isinstance(value, str):
                return "The value must be text."
            return None if len(value) <= MAX_TEXT else f"At most {MAX_TEXT} characters."
        case "number":
            return None if _is_number(value) else "The value must be a number."
        case "date":
            return None if _is_date(value) else "The value must be a date such as 2026-05-31."
        case "dates":
            return _dates_problem(value)
        case "days":
            fits = type(value) is int and 1 <= value <= MAX_DAYS
            return None if fits else f"The value must be a whole number of days, 1 to {MAX_DAYS}."


def _dates_problem(value: Any) -> str | None:
    """Dates in the wrong order would be a rule that is true for nobody, or for everybody."""
    if not (isinstance(value, list) and len(value) == 2 and all(map(_is_date, value))):
        return "The value must be a list of two dates, such as 2026-05-31."
    in_order = value[0] <= value[1]
    return None if in_order else "The first date is after the second. Write the earlier one first."


def _is_number(value: Any) -> bool:
    match value:
        case bool():
            return False
        case int():
            return abs(value) < 10**30
        case float():
            return isfinite(value)
        case str():
            return len(value) <= 30 and _NUMBER.fullmatch(value) is not None
        case _:
            return False


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
