"""The same journeys by the plainest means: one person after the other, in plain Python.

Nothing here is taken from the add-on: documents are the data that people write, the host is a
dictionary per person, and every rule is written down a second time. UTC only; windows open and
close at full and half hours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

Plain = dict[str, Any]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PAUSES = (15, 30, 60, 120, 240)  #: minutes after each failed try
NUMBER = re.compile(r"[-+]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})")
ANY_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
TAG = re.compile(r'\{\{ Subscriber:(\w+)(?:\|"([^"]*)")? \}\}')
NOTHING = (None, "", "0000-00-00")


@dataclass
class Person:
    """`row` is by the names that criteria use; None: the person was deleted."""

    row: Plain | None
    path: list[str] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)
    due: datetime | None = None
    passage: Iterator[datetime] | None = None


class Oracle:
    """One journey. `integers` and `dates` are the columns that hold only such; `numbers` hold
    texts that must be numbers."""

    def __init__(
        self,
        document: Plain,
        integers: set[str],
        dates: set[str],
        numbers: set[str],
    ) -> None:
        self._steps: list[Plain] = document["steps"]
        self._goes_on = document.get("unsubscribed") == "continue"
        self._integers, self._dates, self._numbers = integers, dates, numbers
        self.now = datetime(2000, 1, 1, tzinfo=UTC)

    def enter(self, person: Person) -> None:
        person.passage = self._whole(person)
        person.due = self.now

    def advance(self, person: Person) -> None:
        """As far as they get at this moment."""
        while person.passage is not None and person.due is not None and person.due <= self.now:
            person.due = next(person.passage, None)

    def _whole(self, person: Person) -> Iterator[datetime]:
        if self._may_go_on(person, self._steps[0]):
            yield from self._body(person, self._steps)

    def _may_go_on(self, person: Person, step: Plain) -> bool:
        row = person.row
        if row is not None and (row["SubscriptionStatus"] != "Unsubscribed" or self._goes_on):
            return True
        person.path.append(f"{step['action']} end")
        person.passage = None
        return False

    def _body(self, person: Person, steps: list[Plain]) -> Iterator[datetime]:
        for step in steps:
            if not step.get("published", True):
                person.path.append(f"{step['action']} skipped")
                continue
            yield from getattr(self, f"_{step['action']}")(person, step)
            if person.passage is None:
                return

    def _Wait(self, person: Person, step: Plain) -> Iterator[datetime]:
        person.path.append("Wait until")
        until = self.now + timedelta(**{step["params"]["unit"]: step["params"]["amount"]})
        window = step["params"].get("window")
        while window and not is_open(window, until):
            half = until.replace(minute=until.minute // 30 * 30, second=0, microsecond=0)
            until = half + timedelta(minutes=30)
        yield until
        self._may_go_on(person, step)

    def _Decision(self, person: Person, step: Plain) -> Iterator[datetime]:
        assert person.row is not None
        branch = "true" if holds(step["params"]["criteria"], person.row, self.now) else "false"
        person.path.append(f"Decision branch {branch}")
        yield from self._body(person, step.get("branches", {}).get(branch, []))

    def _UpdateCustomFieldValue(self, person: Person, step: Plain) -> Iterator[datetime]:
        column = f"CustomField{step['params']['field']}"
        for pause in (*PAUSES, None):
            assert person.row is not None
            fits, value = self._fitting(column, rendered(step["params"]["value"], person.row))
            if fits:
                person.row[column] = value
                person.path.append("UpdateCustomFieldValue next")
                return
            if pause is None:
                break
            person.path.append("UpdateCustomFieldValue failed")
            yield self.now + timedelta(minutes=pause)
            if not self._may_go_on(person, step):
                return
        person.path.append("UpdateCustomFieldValue parked")
        person.passage = None

    def _Webhook(self, person: Person, step: Plain) -> Iterator[datetime]:
        assert person.row is not None
        body = step["params"]["body"]
        person.sent.append({key: rendered(text, person.row) for key, text in body.items()})
        person.path.append("Webhook next")
        return iter(())

    def _fitting(self, column: str, text: str) -> tuple[bool, Any]:
        if column in self._integers:
            if text == "":
                return True, None
            whole = re.fullmatch(r"[-+]?[0-9]{1,20}", text) is not None
            return whole and -(2**31) <= int(text) < 2**31, int(text) if whole else None
        if column in self._dates:
            if text in NOTHING:
                return True, None
            return is_day(text) and text >= "1000", text
        if column in self._numbers:
            return text == "" or ANY_NUMBER.fullmatch(text) is not None, text
        return True, text


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
    return answer(criteria["operator"], row.get(criteria["field"]), criteria.get("value"), now)


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


def as_text(document: Plain) -> str:
    return json.dumps(document, ensure_ascii=False)
