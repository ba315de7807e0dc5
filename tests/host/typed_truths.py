"""What each rule must answer about columns that are no text: an expected table, made by hand.

`VALUES` is what the column of a field holds, by subscriber id. Each row names the ids for which
the rule is true; it is false for all others, and `negation` must answer the exact opposite. Today
is 2026-06-15 in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.host.world import CLOCK, DAY, DECIMAL, INSTANT, LEVEL, MOMENT, NUMBER

ZERO_MOMENT = "0000-00-00 00:00:00"

VALUES: dict[int, dict[int, Any]] = {
    NUMBER: {1: None, 2: 0, 3: 9, 4: 10, 5: -3},
    DECIMAL: {1: None, 2: 0, 3: 9, 4: 9.5, 5: -3.25},
    DAY: {1: None, 2: "0000-00-00", 3: "2026-05-31", 4: "2026-06-15", 5: "2026-06-16"},
    MOMENT: {
        1: None,
        2: ZERO_MOMENT,
        3: "2026-05-31 22:30:00",
        4: "2026-06-15 00:00:00",
        5: "2026-06-16 23:59:59",
    },
    INSTANT: {1: None, 3: "2026-05-31 22:30:00", 4: "2026-06-15 00:00:00"},
    CLOCK: {1: None, 2: "00:00:00", 3: "09:30:00"},
    LEVEL: {1: None, 3: "bronze", 4: "gold"},
}

#: The values seen, where they are not simply the text of what the column holds.
SEEN: dict[int, dict[int, str | None]] = {
    DECIMAL: {2: "0.00", 3: "9.00", 4: "9.50"},
    DAY: {2: None},
    MOMENT: {2: None},
}


@dataclass(frozen=True)
class Truth:
    field: int
    operator: str
    value: Any
    true_for: set[int]
    negation: str | None = None

    @property
    def id(self) -> str:
        return f"{self.field} {self.operator} {self.value!r}"


TRUTHS = [
    Truth(NUMBER, "is", "9", {3}, "is_not"),
    Truth(NUMBER, "is", "9.0", {3}, "is_not"),
    Truth(NUMBER, "is", "9abc", set(), "is_not"),
    Truth(NUMBER, "is", "0", {2}, "is_not"),
    Truth(NUMBER, "is", "", {1}, "is_not"),
    Truth(NUMBER, "is_set", None, {2, 3, 4, 5}, "is_not_set"),
    Truth(NUMBER, "contains", "0", {2, 4}, "does_not_contain"),
    Truth(NUMBER, "begins_with", "-", {5}),
    Truth(NUMBER, "ends_with", "0", {2, 4}),
    Truth(NUMBER, "equals", "10.00", {4}),
    Truth(NUMBER, "less_than", 10, {2, 3, 5}),
    Truth(NUMBER, "at_most", "9", {2, 3, 5}),
    Truth(NUMBER, "greater_than", 8.5, {3, 4}),
    Truth(NUMBER, "greater_than", "1e999", set()),
    Truth(NUMBER, "at_least", "-1e999", {2, 3, 4, 5}),
    Truth(NUMBER, "at_least", 9, {3, 4}),
    Truth(NUMBER, "on", "2026-05-31", set()),
    Truth(NUMBER, "in_last_days", 30, set(), "not_in_last_days"),
    Truth(DECIMAL, "is", "9.5", {4}, "is_not"),
    Truth(DECIMAL, "is", "9.50", {4}, "is_not"),
    Truth(DECIMAL, "contains", "50", {4}, "does_not_contain"),
    Truth(DECIMAL, "ends_with", ".00", {2, 3}),
    Truth(DECIMAL, "equals", 9.5, {4}),
    Truth(DECIMAL, "less_than", "-3.2", {5}),
    Truth(DECIMAL, "greater_than", "9", {4}),
    Truth(DAY, "is", "2026-05-31", {3}, "is_not"),
    Truth(DAY, "is_set", None, {3, 4, 5}, "is_not_set"),
    Truth(DAY, "begins_with", "2026-06", {4, 5}),
    Truth(DAY, "contains", "-06-", {4, 5}, "does_not_contain"),
    Truth(DAY, "equals", 2026, set()),
    Truth(DAY, "greater_than", 0, set()),
    Truth(DAY, "on", "2026-06-15", {4}),
    Truth(DAY, "before", "2026-06-15", {3}),
    Truth(DAY, "after", "2026-05-31", {4, 5}),
    Truth(DAY, "between", ["2026-05-31", "2026-06-15"], {3, 4}, "not_between"),
    Truth(DAY, "in_last_days", 14, {4}, "not_in_last_days"),
    Truth(DAY, "in_last_days", 15, {3, 4}, "not_in_last_days"),
    Truth(DAY, "in_next_days", 1, {4, 5}),
    Truth(MOMENT, "is", "2026-05-31 22:30:00", {3}, "is_not"),
    Truth(MOMENT, "is", "2026-05-31", set(), "is_not"),
    Truth(MOMENT, "is_set", None, {3, 4, 5}, "is_not_set"),
    Truth(MOMENT, "on", "2026-05-31", {3}),
    Truth(MOMENT, "on", "2026-06-16", {5}),
    Truth(MOMENT, "before", "2026-06-15", {3}),
    Truth(MOMENT, "after", "2026-06-14", {4, 5}),
    Truth(MOMENT, "between", ["2026-05-31", "2026-06-16"], {3, 4, 5}, "not_between"),
    Truth(MOMENT, "in_last_days", 15, {3, 4}, "not_in_last_days"),
    Truth(MOMENT, "in_next_days", 1, {4, 5}),
    Truth(INSTANT, "is_set", None, {3, 4}, "is_not_set"),
    Truth(INSTANT, "on", "2026-05-31", {3}),
    Truth(INSTANT, "before", "2026-06-01", {3}),
    Truth(INSTANT, "after", "1000-01-01", {3, 4}),
    Truth(INSTANT, "before", "9999-12-31", {3, 4}),
    Truth(INSTANT, "in_last_days", 14, {4}, "not_in_last_days"),
    Truth(CLOCK, "is", "09:30:00", {3}, "is_not"),
    Truth(CLOCK, "is_set", None, {2, 3}, "is_not_set"),
    Truth(CLOCK, "begins_with", "09:", {3}),
    Truth(CLOCK, "greater_than", 0, set()),
    Truth(CLOCK, "on", "2026-06-15", set()),
    Truth(LEVEL, "is", "gold", {4}, "is_not"),
    Truth(LEVEL, "is", "GOLD", {4}, "is_not"),
    Truth(LEVEL, "is", "2", set(), "is_not"),
    Truth(LEVEL, "is_set", None, {3, 4}, "is_not_set"),
    Truth(LEVEL, "contains", "on", {3}, "does_not_contain"),
    Truth(LEVEL, "ends_with", "ld", {4}),
    Truth(LEVEL, "equals", 2, set()),
    Truth(LEVEL, "less_than", 3, set()),
    Truth(LEVEL, "on", "2026-06-15", set()),
]
