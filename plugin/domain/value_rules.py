"""Rules about values that lie beside an enrollment: kept from answers, or come with the event.

The same operators as for fields. There is no database to ask, so text is compared here: without
regard to case and to blanks at the end, as the host's usual collation does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from plugin.domain.criteria import Answer, ValueRule
from plugin.domain.merge_tags import plain

#: Characters of a value that are kept in the history.
MOST_SEEN = 250

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?=$|[T ])", re.ASCII)
_NEGATIONS: Mapping[str, str] = {
    "is_not": "is",
    "does_not_contain": "contains",
    "not_on": "on",
    "not_between": "between",
    "not_in_last_days": "in_last_days",
    "not_in_next_days": "in_next_days",
}


def answer(rule: ValueRule, value: object, today: date) -> Answer:
    """`value` None: there is none. Of a kept value nothing can be told then, but whether it is
    set; of an event's it is as if a field were not set."""
    text = plain(value)
    seen = text[:MOST_SEEN] if text else None
    if rule.operator in ("is_set", "is_not_set"):
        return Answer(bool(text) is (rule.operator == "is_set"), seen)
    if value is None and rule.scope == "kept":
        return Answer(None, None)
    operator = _NEGATIONS.get(rule.operator)
    holds = bool(text) and _holds(operator or rule.operator, text, rule.value, today)
    return Answer(holds is (operator is None), seen)


def _holds(operator: str, text: str, value: Any, today: date) -> bool:
    if operator in _TEXTS:
        return _TEXTS[operator](_folded(text), _folded(value))
    if operator in _NUMBERS:
        number, asked = _number(text), _number(str(value))
        return number is not None and asked is not None and _NUMBERS[operator](number, asked)
    day = _day(text)
    return day is not None and _DAYS[operator](day, value, today)


_TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "is": lambda text, value: text == value,
    "contains": lambda text, value: value in text,
    "begins_with": lambda text, value: text.startswith(value),
    "ends_with": lambda text, value: text.endswith(value),
}
_NUMBERS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "equals": lambda number, value: number == value,
    "less_than": lambda number, value: number < value,
    "at_most": lambda number, value: number <= value,
    "greater_than": lambda number, value: number > value,
    "at_least": lambda number, value: number >= value,
}
_DAYS: Mapping[str, Callable[[date, Any, date], bool]] = {
    "on": lambda day, value, today: day == date.fromisoformat(value),
    "before": lambda day, value, today: day < date.fromisoformat(value),
    "after": lambda day, value, today: day > date.fromisoformat(value),
    "between": lambda day, value, today: (
        date.fromisoformat(value[0]) <= day <= date.fromisoformat(value[1])
    ),
    "in_last_days": lambda day, value, today: today - timedelta(value) <= day <= today,
    "in_next_days": lambda day, value, today: today <= day <= today + timedelta(value),
    "days_ago": lambda day, value, today: day == today - timedelta(value),
    "days_from_now": lambda day, value, today: day == today + timedelta(value),
}


def _folded(text: str) -> str:
    return text.rstrip(" ").casefold()


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip()) if len(text) <= 60 else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _day(text: str) -> date | None:
    found = _DATE.match(text)
    try:
        return date.fromisoformat(found[0]) if found else None
    except ValueError:
        return None
