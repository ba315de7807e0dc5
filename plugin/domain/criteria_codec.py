"""Criteria ⇄ plain JSON data: `{"all": […]}`, `{"any": […]}`, `{"not": …}` over rules.

A rule is about a field, `{"field", "operator", "value"}`; about being on a list, `{"list",
"operator"}`; about tags, `{"tags", "operator"}`; about opens and clicks, `{"activity", …}`; about a
value kept from an answer or come with the event, `{"kept", "operator", "value"}` and `{"event",
"operator", "value"}`; or of one of the forms in behaviour_codec.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from plugin.domain.activity_codec import decode_activity, encode_activity
from plugin.domain.behaviour_codec import decode_behaviour, encode_behaviour
from plugin.domain.criteria import (
    ActivityRule,
    All,
    Any_,
    AnyRule,
    Criteria,
    ListRule,
    Not,
    Rule,
    TagRule,
    ValueRule,
    rules,
)
from plugin.domain.operators import LIST_OPERATORS, OPERATORS, value_problem
from plugin.domain.problems import Problems
from plugin.domain.tag_codec import TAG_KEYS, decode_tags
from plugin.errors import InvalidDocument

MAX_RULES = 50
MAX_LEVELS = 5

_RULE_KEYS = {"field", "operator", "value"}
_LIST_KEYS = {"list", "operator"}
_SCOPES: tuple[Literal["kept", "event"], ...] = ("kept", "event")
MAX_NAME = 100


def decode_criteria(data: object, path: str = "") -> Criteria:
    """Raises InvalidDocument; the pointers in it begin with `path`, those in rules do not. It has
    a hundred problems at most."""
    problems = Problems()
    criteria = _read(data, path, len(path), 1, problems)
    if not problems and sum(1 for _ in rules(criteria)) > MAX_RULES:
        problems.add(path, f"A criteria tree has at most {MAX_RULES} rules.")
    if problems:
        raise InvalidDocument(problems.found)
    return criteria


def encode_criteria(criteria: Criteria) -> dict[str, Any]:
    match criteria:
        case All(parts):
            return {"all": [encode_criteria(part) for part in parts]}
        case Any_(parts):
            return {"any": [encode_criteria(part) for part in parts]}
        case Not(part):
            return {"not": encode_criteria(part)}
        case _:
            return _encode_rule(criteria)


def _encode_rule(rule: AnyRule) -> dict[str, Any]:
    match rule:
        case Rule(field, operator, None):
            return {"field": field, "operator": operator}
        case Rule(field, operator, value):
            return {"field": field, "operator": operator, "value": value}
        case ListRule(list_id, operator):
            return {"list": list_id, "operator": operator}
        case ActivityRule():
            return encode_activity(rule)
        case TagRule(tags, operator):
            return {"tags": list(tags), "operator": operator}
        case ValueRule(scope, name, operator, None):
            return {scope: name, "operator": operator}
        case ValueRule(scope, name, operator, value):
            return {scope: name, "operator": operator, "value": value}
        case _:
            return encode_behaviour(rule)


def _read(data: object, path: str, base: int, level: int, problems: Problems) -> Criteria:
    if isinstance(data, Mapping) and (rule := _any_rule(data, path, base, problems)):
        return rule
    if level > MAX_LEVELS:
        problems.add(path, f"Groups may be nested {MAX_LEVELS} levels deep.")
        return All(())
    match data:
        case {"all": list(parts), **rest} if not rest:
            return All(_parts(parts, f"{path}/all", base, level, problems))
        case {"any": list(parts), **rest} if not rest:
            return Any_(_parts(parts, f"{path}/any", base, level, problems))
        case {"not": part, **rest} if not rest:
            return Not(_read(part, f"{path}/not", base, level + 1, problems))
        case _:
            text = "Expected all, any or not, or a rule with field, operator and value;"
            text += " with list, tags, kept, event, sent, journey or segment and operator;"
            problems.add(path, f"{text} with message and did; with activity or suppression.")
            return All(())


def _parts(
    parts: list[object], path: str, base: int, level: int, problems: Problems
) -> tuple[Criteria, ...]:
    if not parts:
        problems.add(path, "This group is empty; add a rule or remove the group.")
    return tuple(
        _read(part, f"{path}/{i}", base, level + 1, problems) for i, part in enumerate(parts)
    )


def _any_rule(data: Mapping[Any, Any], path: str, base: int, problems: Problems) -> AnyRule | None:
    """The rule, by the keys that it has; None when it looks like none."""
    if "activity" in data:
        return decode_activity(data, path, base, problems)
    if set(data) >= {"field", "operator"}:
        return _rule(data, path, base, problems)
    if set(data) >= _LIST_KEYS:
        return _list_rule(data, path, base, problems)
    if set(data) >= TAG_KEYS:
        return decode_tags(data, path, base, problems)
    for scope in _SCOPES:
        if set(data) >= {scope, "operator"}:
            return _value_rule(scope, data, path, base, problems)
    return decode_behaviour(data, path, base, problems)


def _list_rule(data: Mapping[Any, Any], path: str, base: int, problems: Problems) -> ListRule:
    if unknown := set(data) - _LIST_KEYS:
        problems.add(path, f"Unknown key {min(map(str, unknown))} in a rule about a list.")
    list_id, operator = data["list"], str(data["operator"])
    if type(list_id) is not int or list_id < 1:
        problems.add(f"{path}/list", "Give the id of a list, a whole number.")
    if operator not in LIST_OPERATORS:
        choices = ", ".join(LIST_OPERATORS)
        problems.add(f"{path}/operator", f"Unknown operator. Known for lists: {choices}.")
    return ListRule(list_id, operator, path[base:])


def _rule(data: Mapping[Any, Any], path: str, base: int, problems: Problems) -> Rule:
    if unknown := set(data) - _RULE_KEYS:
        problems.add(path, f"Unknown key {min(map(str, unknown))} in a rule.")
    field = data["field"]
    if not isinstance(field, str) or not field:
        problems.add(f"{path}/field", "Name a field, such as CustomField3.")
    _check_operator(data, path, problems)
    return Rule(str(field), str(data["operator"]), data.get("value"), path[base:])


def _value_rule(
    scope: Literal["kept", "event"],
    data: Mapping[Any, Any],
    path: str,
    base: int,
    problems: Problems,
) -> ValueRule:
    if unknown := set(data) - {scope, "operator", "value"}:
        problems.add(path, f"Unknown key {min(map(str, unknown))} in a rule about a value.")
    name = data[scope]
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        problems.add(f"{path}/{scope}", "Name a value, such as url or Property:size.")
    _check_operator(data, path, problems)
    return ValueRule(scope, str(name), str(data["operator"]), data.get("value"), path[base:])


def _check_operator(data: Mapping[Any, Any], path: str, problems: Problems) -> None:
    operator = OPERATORS.get(str(data["operator"]))
    if operator is None:
        choices = ", ".join(OPERATORS)
        problems.add(f"{path}/operator", f"Unknown operator. Known: {choices}.")
    elif text := value_problem(operator, data.get("value")):
        problems.add(f"{path}/value", text)
