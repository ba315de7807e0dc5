"""Values as people write them."""

from __future__ import annotations

import json
from datetime import date, time
from decimal import Decimal

LONGEST_SPELLED_OUT = 1000  #: digits; a number with more keeps its exponent


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
