"""The goals of a document ⇄ plain JSON data, strictly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugin.domain.criteria_codec import encode_criteria
from plugin.domain.entry_codec import encode_trigger, known_keys, read_criteria, read_trigger
from plugin.domain.entry_rules import Goal, Trigger
from plugin.domain.problems import Problems

MAX_GOALS = 10
#: A goal's name is the remark of its figure.
MAX_GOAL_NAME = 60
MAX_GOAL_DAYS = 365

_KEYS = {"name", "criteria", "event", "days", "jump_to", "end"}


def read_goals(data: object, problems: Problems) -> tuple[Goal, ...]:
    if not isinstance(data, list):
        problems.add("/goals", "Goals are a list.")
        return ()
    if len(data) > MAX_GOALS:
        problems.add("/goals", f"A journey has at most {MAX_GOALS} goals.")
        return ()
    goals = tuple(_goal(f"/goals/{at}", goal, problems) for at, goal in enumerate(data))
    names = [goal.name for goal in goals]
    for at, name in enumerate(names):
        if name and name in names[:at]:
            problems.add(f"/goals/{at}/name", f"Two goals are called “{name}”.")
    return goals


def encode_goals(goals: tuple[Goal, ...]) -> list[dict[str, Any]]:
    return [_encode(goal) for goal in goals]


def _goal(path: str, data: object, problems: Problems) -> Goal:
    if not isinstance(data, Mapping) or ("criteria" in data) == ("event" in data):
        problems.add(path, "A goal has a name and either criteria or an event.")
        return Goal("")
    known_keys(path, data, _KEYS, problems)
    jump_to, end = data.get("jump_to"), data.get("end", False)
    if "jump_to" in data and (type(jump_to) is not int or jump_to < 1):
        problems.add(f"{path}/jump_to", "Name a step by its id, a whole number.")
        jump_to = None
    if not isinstance(end, bool):
        problems.add(f"{path}/end", "End is true or false.")
    elif end and jump_to is not None:
        problems.add(f"{path}/end", "A goal leads to a step or ends the passage, not both.")
    return Goal(
        name=_name(path, data.get("name"), problems),
        criteria=read_criteria(f"{path}/criteria", data["criteria"], problems)
        if "criteria" in data
        else None,
        event=read_event(f"{path}/event", data["event"], problems) if "event" in data else None,
        days=_days(path, data, problems),
        jump_to=jump_to,
        end=end is True,
    )


def read_event(path: str, data: object, problems: Problems) -> Trigger:
    event = read_trigger(path, data, problems)
    if event.max_age is not None:
        problems.add(f"{path}/max_age", "Only the journey's trigger has a max_age.")
    return event


def _name(path: str, name: object, problems: Problems) -> str:
    if isinstance(name, str) and name.strip() and len(name) <= MAX_GOAL_NAME and "\0" not in name:
        return name
    problems.add(f"{path}/name", f"Give the goal a name of up to {MAX_GOAL_NAME} characters.")
    return ""


def _days(path: str, data: Mapping[Any, Any], problems: Problems) -> int | None:
    days = data.get("days")
    if days is None:
        return None
    if type(days) is int and 1 <= days <= MAX_GOAL_DAYS:
        return days
    problems.add(f"{path}/days", f"Days are a whole number from 1 to {MAX_GOAL_DAYS}.")
    return None


def _encode(goal: Goal) -> dict[str, Any]:
    data: dict[str, Any] = {"name": goal.name}
    if goal.criteria is not None:
        data["criteria"] = encode_criteria(goal.criteria)
    if goal.event is not None:
        data["event"] = encode_trigger(goal.event)
    if goal.days is not None:
        data["days"] = goal.days
    if goal.jump_to is not None:
        data["jump_to"] = goal.jump_to
    return data | ({"end": True} if goal.end else {})
