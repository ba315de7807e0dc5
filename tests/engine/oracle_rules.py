"""What criteria, windows and tags say of one row, written down a second time.

Nothing here is taken from the add-on. UTC only; windows open and close at full and half hours.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

Plain = dict[str, Any]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NUMBER = re.compile(r"[-+]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})")
ANY_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
TAG = re.compile(r'\{\{ (?:Subscriber|Kept):(\w+)(?:\|"([^"]*)")? \}\}')
NOTHING = (None, "", "0000-00-00")


def is_day(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_open(window: Plain, at: datetime) -> bool:
    clock, day = at.strftime("%H:%M"), DAYS[at.weekday()]
    before = DAYS[(at.weekday() - 1) % 7]
    days, opens, closes = window["days"], window["from"], window["to"]
    if opens == closes:
        return day in days
    if opens < closes:
        return day in days and opens <= clock < closes
    return (day in days and clock >= opens) or (before in days and clock < closes)


def rendered(text: str, row: Plain) -> str:
    def value(match: re.Match[str]) -> str:
        found = row.get(match[1])
        return str(found) if found not in NOTHING else match[2] or ""

    return TAG.sub(value, text)


def holds(criteria: Plain, row: Plain, now: datetime) -> bool:
    if "all" in criteria:
        return all(holds(part, row, now) for part in criteria["all"])
    if "any" in criteria:
        return any(holds(part, row, now) for part in criteria["any"])
    if "not" in criteria:
        return not holds(criteria["not"], row, now)
    if "tags" in criteria:
        return tagged(criteria, row)
    if "journey" in criteria:
        word = criteria["operator"].removeprefix("not_")
        was = word in row["journeys"].get(criteria["journey"], ())
        return was != criteria["operator"].startswith("not_")
    if "segment" in criteria:
        inside = holds(row["segments"][criteria["segment"]], row, now)
        return inside == (criteria["operator"] == "in")
    if "suppression" in criteria:
        asked = criteria.get("scopes", ["list", "account", "everywhere"])
        found = any(scope in row["suppressed"] for scope in asked)
        return found == (criteria["suppression"] == "suppressed")
    return answer(criteria["operator"], row.get(criteria["field"]), criteria.get("value"), now)


def tagged(criteria: Plain, row: Plain) -> bool:
    """`tags`: all that somebody has; `tags here`: those of the list on which they are inside."""
    wanted = criteria["tags"]
    has = [tag for tag in wanted if tag in row["tags"]] if wanted else row["tags here"]
    match criteria["operator"]:
        case "has_all":
            return len(has) == len(wanted)
        case "has_any":
            return bool(has)
        case "has_none":
            return not has
        case operator:
            raise AssertionError(f"no such operator: {operator}")


NEGATED = {
    "is_not": "is",
    "does_not_contain": "contains",
    "is_not_set": "is_set",
    "not_between": "between",
    "not_in_last_days": "in_last_days",
}


def answer(operator: str, seen: Any, value: Any, now: datetime) -> bool:
    if operator in NEGATED:
        return not answer(NEGATED[operator], seen, value, now)
    if operator == "is" and value == "":
        return seen in NOTHING
    if seen in NOTHING:
        return False
    if operator == "is_set":
        return True
    for family in (_of_text, _of_number, _of_day):
        found = family(operator, seen, value, now)
        if found is not None:
            return found
    raise AssertionError(f"no such operator: {operator}")


def _of_text(operator: str, seen: Any, value: Any, now: datetime) -> bool | None:
    """Case of ASCII letters does not count, as in the host's collation."""
    if operator == "is" and isinstance(seen, int):
        return bool(NUMBER.fullmatch(value)) and Decimal(value) == seen
    wanted, text = str(value).lower(), str(seen).lower()
    match operator:
        case "is":
            return text == wanted
        case "contains":
            return wanted in text
        case "begins_with":
            return text.startswith(wanted)
        case "ends_with":
            return text.endswith(wanted)
        case _:
            return None


def _of_number(operator: str, seen: Any, value: Any, now: datetime) -> bool | None:
    signs = {
        "equals": "=",
        "less_than": "<",
        "at_most": "<=",
        "greater_than": ">",
        "at_least": ">=",
    }
    if operator not in signs:
        return None
    if not NUMBER.fullmatch(str(seen)):
        return False
    number, wanted = Decimal(str(seen)), Decimal(str(value))
    order = "<" if number < wanted else "=" if number == wanted else ">"
    return order in signs[operator]


def _of_day(operator: str, seen: Any, value: Any, now: datetime) -> bool | None:
    day, today = str(seen), now.date()
    match operator:
        case "on":
            return day == value
        case "before":
            return day < value
        case "after":
            return day > value
        case "between":
            return bool(value[0] <= day <= value[1])
        case "in_last_days":
            return (today - timedelta(days=value)).isoformat() <= day <= today.isoformat()
        case "in_next_days":
            return today.isoformat() <= day <= (today + timedelta(days=value)).isoformat()
        case _:
            return None


def after_wait(params: Plain, now: datetime) -> datetime:
    """When a Wait that begins now is over."""
    until = now + timedelta(**{params["unit"]: params["amount"]})
    window = params.get("window")
    while window and not is_open(window, until):
        half = until.replace(minute=until.minute // 30 * 30, second=0, microsecond=0)
        until = half + timedelta(minutes=30)
    return until
