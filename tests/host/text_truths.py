"""What each rule must answer about text: an expected table, made by hand.

Each row names the values for which the rule is true; it is false for all others. `negation` is
the operator that must answer the exact opposite. Where the two databases differ, it is because
their collations do: MariaDB's utf8mb4_unicode_ci ignores case, accents and trailing blanks,
SQLite's NOCASE the case of ASCII letters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

VALUES: dict[str, str | None] = {
    "null": None,
    "empty": "",
    "blank": " ",
    "0": "0",
    "9": "9",
    "10": "10",
    "7abc": "7abc",
    "-3.5": "-3.5",
    "point five": ".5",
    "1e3": "1e3",
    "padded": " 9",
    "line": "9\n",
    "comma": "9,5",
    "Oslo": "Oslo",
    "oslo": "oslo",
    "é": "é",
    "ÅÆ": "ÅÆ",
    "emoji": "😀",
    "percent": "100%",
    "under": "a_b!",
    "zero day": "0000-00-00",
    "zero moment": "0000-00-00 00:00:00",
    "May 31": "2026-05-31",
    "May 31 late": "2026-05-31 22:30:00",
    "Feb 31": "2026-02-31",
    "Feb 29": "2026-02-29",
    "leap day": "2024-02-29",
    "24 o'clock": "2026-05-31 24:00:00",
    "with T": "2026-05-31T22:30:00",
    "German": "31.05.2026",
    "today": "2026-06-15",
    "tomorrow": "2026-06-16",
    "boxes": "red||||blue",
    "64 kB": "x" * 65535 + "é",
    "64 kB of digits": "9" * 65536,
}
#: The values seen, where they are not the whole text.
SEEN = {"64 kB": "x" * 249 + "…", "64 kB of digits": "9" * 249 + "…"}
NOT_SET = {"null", "empty", "zero day", "zero moment"}
SET = set(VALUES) - NOT_SET
#: Everything that reads as a number.
NUMBERS = {"0", "9", "10", "-3.5", "point five"}
#: Everything that reads as a day.
MAY_31 = {"May 31", "May 31 late"}
DAYS = MAY_31 | {"leap day", "today", "tomorrow"}


@dataclass(frozen=True)
class Truth:
    """`true_for` on both databases, or on MariaDB only where `on_sqlite` says otherwise."""

    operator: str
    value: Any
    true_for: set[str]
    negation: str | None = None
    on_sqlite: set[str] | None = None

    def expected(self, sqlite: bool) -> set[str]:
        return self.on_sqlite if sqlite and self.on_sqlite is not None else self.true_for

    @property
    def id(self) -> str:
        shown = repr(self.value)
        return f"{self.operator} {shown if len(shown) < 40 else shown[:3] + '…'}"


TRUTHS = [
    Truth("is", "Oslo", {"Oslo", "oslo"}, "is_not"),
    Truth("is", "OSLO  ", {"Oslo", "oslo"}, "is_not", on_sqlite=set()),
    Truth("is", "9", {"9"}, "is_not"),
    Truth("is", "09", set(), "is_not"),
    Truth("is", "7", set(), "is_not"),
    Truth("is", "e", {"é"}, "is_not", on_sqlite=set()),
    Truth("is", "É", {"é"}, "is_not", on_sqlite=set()),
    Truth("is", "é", {"é"}, "is_not"),
    Truth("is", "ÅÆ", {"ÅÆ"}, "is_not"),
    Truth("is", "åæ", {"ÅÆ"}, "is_not", on_sqlite=set()),
    Truth("is", "😀", {"emoji"}, "is_not"),
    Truth("is", "100%", {"percent"}, "is_not"),
    Truth("is", "%", set(), "is_not"),
    Truth("is", " ", {"blank"}, "is_not"),
    Truth("is", "0000-00-00", set(), "is_not"),
    Truth("is", "", NOT_SET, "is_not"),
    Truth("is", "x" * 1000, set(), "is_not"),
    Truth("is_set", None, SET, "is_not_set"),
    Truth("contains", "SL", {"Oslo", "oslo"}, "does_not_contain"),
    Truth(
        "contains",
        "e",
        {"é", "1e3", "boxes", "64 kB"},
        "does_not_contain",
        on_sqlite={"1e3", "boxes"},
    ),
    Truth("contains", "||||BLUE", {"boxes"}, "does_not_contain"),
    Truth("contains", "x" * 1000, {"64 kB"}, "does_not_contain"),
    Truth("contains", "9" * 1000, {"64 kB of digits"}, "does_not_contain"),
    Truth("contains", "😀", {"emoji"}, "does_not_contain"),
    Truth("contains", "%", {"percent"}, "does_not_contain"),
    Truth("contains", "_", {"under"}, "does_not_contain"),
    Truth("contains", "!", {"under"}, "does_not_contain"),
    Truth("contains", "bc", {"7abc"}, "does_not_contain"),
    Truth("contains", "", SET, "does_not_contain"),
    Truth("begins_with", "os", {"Oslo", "oslo"}),
    Truth("begins_with", "%", set()),
    Truth("begins_with", "XXX", {"64 kB"}),
    Truth("begins_with", "😀", {"emoji"}),
    Truth("begins_with", " ", {"blank", "padded"}),
    Truth("begins_with", "", SET),
    Truth("begins_with", "7", {"7abc"}),
    Truth("begins_with", "å", {"ÅÆ", "under"}, on_sqlite=set()),
    Truth("begins_with", "2026-05", {"May 31", "May 31 late", "24 o'clock", "with T"}),
    Truth("ends_with", "LO", {"Oslo", "oslo"}),
    Truth("ends_with", "b!", {"under"}),
    Truth("ends_with", "0%", {"percent"}),
    Truth("ends_with", "xé", {"64 kB"}),
    Truth("ends_with", "XE", {"64 kB"}, on_sqlite=set()),
    Truth("ends_with", "😀", {"emoji"}),
    Truth("ends_with", "", SET),
    Truth("ends_with", "_b!", {"under"}),
    Truth("equals", 9, {"9"}),
    Truth("equals", "9.0", {"9"}),
    Truth("equals", 7, set()),
    Truth("equals", 0, {"0"}),
    Truth("equals", 0.5, {"point five"}),
    Truth("equals", "1e3", set()),
    Truth("less_than", 10, {"0", "9", "-3.5", "point five"}),
    Truth("less_than", "-3", {"-3.5"}),
    Truth("at_most", 9, {"0", "9", "-3.5", "point five"}),
    Truth("at_most", "-3.5", {"-3.5"}),
    Truth("greater_than", 9, {"10"}),
    Truth("greater_than", "1e1", set()),
    Truth("greater_than", "-1e25", NUMBERS),
    Truth("less_than", "9e99", NUMBERS),
    Truth("at_least", "9", {"9", "10"}),
    Truth("at_least", "0", {"0", "9", "10", "point five"}),
    Truth("on", "2026-05-31", MAY_31, "not_on"),
    Truth("on", "2024-02-29", {"leap day"}, "not_on"),
    Truth("on", "2026-03-03", set(), "not_on"),
    Truth("before", "2026-05-31", {"leap day"}),
    Truth("before", "0001-01-01", set()),
    Truth("after", "2026-05-31", {"today", "tomorrow"}),
    Truth("after", "9999-12-31", set()),
    Truth("between", ["2026-05-31", "2026-06-15"], MAY_31 | {"today"}, "not_between"),
    Truth("between", ["2026-06-15", "2026-05-31"], set(), "not_between"),
    Truth("between", ["0001-01-01", "9999-12-31"], DAYS, "not_between"),
    Truth("in_last_days", 1, {"today"}, "not_in_last_days"),
    Truth("in_last_days", 14, {"today"}, "not_in_last_days"),
    Truth("in_last_days", 15, MAY_31 | {"today"}, "not_in_last_days"),
    Truth("in_last_days", 36500, MAY_31 | {"today", "leap day"}, "not_in_last_days"),
    Truth("in_next_days", 1, {"today", "tomorrow"}, "not_in_next_days"),
    Truth("in_next_days", 36500, {"today", "tomorrow"}, "not_in_next_days"),
    Truth("days_ago", 1, set()),
    Truth("days_ago", 15, MAY_31),
    Truth("days_ago", 36500, set()),
    Truth("days_from_now", 1, {"tomorrow"}),
    Truth("days_from_now", 2, set()),
    Truth("days_from_now", 36500, set()),
]
