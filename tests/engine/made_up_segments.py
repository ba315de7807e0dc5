"""Segments of the host that random journeys ask about, rules that some places cannot ask, goals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from random import Random
from typing import Any

from tests.documents import rule
from tests.world_host import CITY, LEVEL

Plain = dict[str, Any]

#: The host's segments of LIST: operator, groups, and what they mean, written down by hand.
CITY_IS = {"type": "fields", "field_id": CITY, "operator": "is", "value": "Oslo"}
LEVEL_HAS = {"type": "fields", "field_id": str(LEVEL), "operator": "Contains", "value": "7"}
LEVEL_SET = {"type": "fields", "field_id": LEVEL, "operator": "is set"}
IS_OSLO, HAS_7 = rule(CITY, "is", "Oslo"), rule(LEVEL, "contains", "7")
SEGMENTS: dict[int, tuple[str, list[Any], dict[str, Any]]] = {
    1: (
        "and",
        [[CITY_IS, LEVEL_HAS], [LEVEL_SET]],
        {"all": [{"any": [IS_OSLO, HAS_7]}, rule(LEVEL, "is_set")]},
    ),
    2: (
        "or",
        [[LEVEL_SET, [CITY_IS, LEVEL_HAS]]],
        {"all": [rule(LEVEL, "is_set"), {"any": [IS_OSLO, HAS_7]}]},
    ),
}
PLACES = ("inside", "not_inside", "finished", "not_finished", "entered", "not_entered")


def without(forms: Collection[str], value: Any) -> Any:
    """The same, but no rule of these forms is in it: another stands in its place."""
    match value:
        case dict() if any(form in value and "operator" in value for form in forms):
            return rule(CITY, "is_set")
        case dict():
            return {name: without(forms, inner) for name, inner in value.items()}
        case list():
            return [without(forms, inner) for inner in value]
        case _:
            return value


GOAL_STEP = 4711


def made_up_goal(dice: Random, steps: list[Plain], fields: Sequence[int]) -> Plain:
    """One that leads to one of the uppermost steps, perhaps back, or ends, or only counts."""
    pick = dice.choice
    operator, value = pick(("is", "is_not", "contains")), pick(("7", "Oslo", "o"))
    made: Plain = {"name": "Fits", "criteria": rule(pick(fields), operator, value)}
    made |= pick(({}, {"days": 1}))
    match pick(("jump", "jump", "end", "count")):
        case "jump":
            at = dice.randrange(len(steps))
            steps[at] = steps[at] | {"id": GOAL_STEP}
            return made | {"jump_to": GOAL_STEP}
        case "end":
            return made | {"end": True}
        case _:
            return made
