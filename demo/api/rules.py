"""RulesJSON: who of a list is meant, as far as the demo can say it (rules on fields)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, not_, or_, select

from demo.api.call import Call
from demo.reading import HostList

Rule = Mapping[str, Any]

_CONNECTORS: Mapping[str, Callable[..., ColumnElement[bool]]] = {"and": and_, "or": or_}
_OTHER = {"and": "or", "or": "and"}


class BadRules(Exception):
    """The text is no JSON, or holds no rule with a type: nothing may be done."""


class Unanswerable(Exception):
    """Well-formed rules that the demo cannot turn into a question."""


def people_by_rules(connection: Connection, of: HostList, call: Call) -> list[Mapping[str, Any]]:
    """The rows of the list that RulesJSON and RulesOperator mean.

    The operator joins the groups, and the other one the rules inside a group. Raises BadRules
    and Unanswerable.
    """
    groups = _groups(call.parameters.get("rulesjson"))
    operator = call.text("rulesoperator").strip().lower()
    if operator not in _CONNECTORS:
        raise Unanswerable
    inside, between = _CONNECTORS[_OTHER[operator]], _CONNECTORS[operator]
    condition = between(*(inside(*(_condition(of, rule) for rule in group)) for group in groups))
    query = select(of.shard).where(condition).order_by(of.shard.c.SubscriberID)
    return [dict(row) for row in connection.execute(query).mappings()]


def _groups(value: Any) -> list[list[Rule]]:
    if not isinstance(value, str):
        raise BadRules
    try:
        content = json.loads(value)
    except (ValueError, RecursionError):
        raise BadRules from None
    if not isinstance(content, list):
        raise BadRules
    groups = [group if isinstance(group, list) else [group] for group in content]
    rules: list[list[Rule]] = [
        [rule for rule in group if isinstance(rule, dict) and "type" in rule] for group in groups
    ]
    kept = [group for group in rules if group]
    if not kept:
        raise BadRules
    return kept


def _condition(of: HostList, rule: Rule) -> ColumnElement[bool]:
    field = str(rule.get("field_id", ""))
    name = f"CustomField{field}" if field.isdecimal() else field
    if rule["type"] != "fields" or name not in of.shard.c:
        raise Unanswerable
    column, value = of.shard.c[name], str(rule.get("value", ""))
    empty = or_(column.is_(None), column == "")
    conditions: Mapping[str, ColumnElement[bool]] = {
        "is": column == value,
        "is not": or_(column.is_(None), column != value),
        "contains": column.contains(value, autoescape=True),
        "does not contain": or_(column.is_(None), ~column.contains(value, autoescape=True)),
        "is set": not_(empty),
        "is not set": empty,
    }
    operator = str(rule.get("operator", "")).strip().lower()
    if operator not in conditions:
        raise Unanswerable
    return conditions[operator]
