"""Rules about opens and clicks ⇄ plain JSON data, and the words that may stand in them.

`{"activity": "clicked", "campaigns": [3], "emails": [7], "url": {…}, "when": {…}, "count": {…}}`:
all but `activity` may be left out. `url`, `when` and `count` are `{"operator", "value"}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from plugin.domain.criteria import ActivityRule, Condition
from plugin.domain.operators import MAX_TEXT, OPERATORS, value_problem
from plugin.domain.problems import Problems

#: What can be asked about, and the activity that must have happened or, negated, must not.
ACTIVITIES: Mapping[str, str] = {
    "opened": "opened",
    "not_opened": "opened",
    "clicked": "clicked",
    "not_clicked": "clicked",
}
WHEN = ("in_last_days", "not_in_last_days", "between", "not_between", "before", "after")
COUNTS = ("at_least", "at_most", "exactly")
URLS = ("is", "begins_with", "contains")

MAX_COUNT = 1_000_000
MAX_CHOSEN = 50

_KEYS = {"activity", "campaigns", "emails", "url", "when", "count"}

#: Why a value does not suit an operator, as a sentence; None when it does.
Fault = Callable[[str, Any], str | None]


def is_negated(rule: ActivityRule) -> bool:
    """Whether the rule asks that nothing of the kind happened."""
    return rule.activity != ACTIVITIES[rule.activity]


def encode_activity(rule: ActivityRule) -> dict[str, Any]:
    """What is not given is left out."""
    chosen = {"campaigns": rule.campaigns, "emails": rule.emails}
    tests = {"url": rule.url, "when": rule.when, "count": rule.count}
    return {
        "activity": rule.activity,
        **{name: list(ids) for name, ids in chosen.items() if ids},
        **{
            name: {"operator": test.operator, "value": test.value}
            for name, test in tests.items()
            if test is not None
        },
    }


def decode_activity(
    data: Mapping[Any, Any], path: str, base: int, problems: Problems
) -> ActivityRule:
    """What `data` says; its faults go to `problems`. The rule's place is `path` from `base` on."""
    if unknown := set(data) - _KEYS:
        problems.add(path, f"Unknown key {min(map(str, unknown))} in a rule about an activity.")
    activity = data["activity"]
    if not isinstance(activity, str) or activity not in ACTIVITIES:
        problems.add(f"{path}/activity", f"Unknown activity. Known: {', '.join(ACTIVITIES)}.")
    elif "url" in data and ACTIVITIES[activity] != "clicked":
        problems.add(f"{path}/url", "Only clicks have an address. Ask for clicked, or remove url.")
    elif "count" in data and activity != ACTIVITIES[activity]:
        problems.add(
            f"{path}/count",
            f"“{activity}” means not even once. Ask for {ACTIVITIES[activity]} with at_most or"
            " exactly, or remove count.",
        )
    return ActivityRule(
        str(activity),
        chosen(data, "campaigns", path, problems),
        chosen(data, "emails", path, problems),
        condition(data, "url", path, URLS, url_fault, problems),
        condition(data, "when", path, WHEN, _when_fault, problems),
        condition(data, "count", path, COUNTS, _count_fault, problems),
        path[base:],
    )


def chosen(data: Mapping[Any, Any], name: str, path: str, problems: Problems) -> tuple[int, ...]:
    if name not in data:
        return ()
    ids = data[name]
    if not isinstance(ids, list) or not 1 <= len(ids) <= MAX_CHOSEN:
        text = f"List 1 to {MAX_CHOSEN} ids, or leave {name} out to mean any."
        problems.add(f"{path}/{name}", text)
        return ()
    for place, number in enumerate(ids):
        if type(number) is not int or number < 1:
            problems.add(f"{path}/{name}/{place}", "An id is a whole number from 1 on.")
        elif number in ids[:place]:
            problems.add(f"{path}/{name}/{place}", f"{number} is there twice; remove one.")
    return tuple(ids)


def condition(
    data: Mapping[Any, Any],
    name: str,
    path: str,
    operators: tuple[str, ...],
    fault: Fault,
    problems: Problems,
) -> Condition | None:
    if name not in data:
        return None
    match data[name]:
        case {"operator": str(operator), "value": value, **rest} if not rest:
            if operator not in operators:
                text = f"Unknown operator. Known here: {', '.join(operators)}."
                problems.add(f"{path}/{name}/operator", text)
            elif wrong := fault(operator, value):
                problems.add(f"{path}/{name}/value", wrong)
            return Condition(operator, value)
        case _:
            problems.add(f"{path}/{name}", "Expected operator and value, and nothing else.")
            return None


def url_fault(_: str, value: Any) -> str | None:
    fits = isinstance(value, str) and 1 <= len(value) <= MAX_TEXT
    return None if fits else f"The value must be text of 1 to {MAX_TEXT} characters."


def _when_fault(operator: str, value: Any) -> str | None:
    return value_problem(OPERATORS[operator], value)


def _count_fault(operator: str, value: Any) -> str | None:
    fewest = 1 if operator == "at_least" else 0
    if type(value) is int and fewest <= value <= MAX_COUNT:
        return None
    return f"The value must be a whole number, {fewest} to {MAX_COUNT}."
