"""The trigger, entry criteria, caps and exit rules of a document ⇄ plain JSON data, strictly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugin.domain.criteria import Criteria
from plugin.domain.criteria_codec import decode_criteria, encode_criteria
from plugin.domain.entry_rules import Caps, ExitRule, Trigger
from plugin.domain.journey import Document
from plugin.domain.problems import Problems, escaped
from plugin.domain.send_rates import ANY_RATE, MOST_RATE, SendRate
from plugin.domain.waits import Delay, Unit
from plugin.errors import BadValue, InvalidDocument

MAX_CAP = 1_000_000_000
MAX_EXIT_RULES = 20
MAX_RULE_NAME = 100

_CAPS = ("per_hour", "per_day")
_RATE = ("per_minute", "per_hour")


def read_trigger(path: str, data: object, problems: Problems) -> Trigger:
    if not isinstance(data, Mapping) or not isinstance(data.get("type"), str):
        problems.add(path, "A trigger needs a type, such as ListSubscription.")
        return Trigger("")
    known_keys(path, data, {"type", "params", "max_age"}, problems)
    max_age = _max_age(f"{path}/max_age", data.get("max_age"), problems)
    return Trigger(data["type"], _params(path, data, problems), max_age)


def encode_trigger(trigger: Trigger) -> dict[str, Any]:
    data: dict[str, Any] = {"type": trigger.type, "params": dict(trigger.params)}
    if trigger.max_age is not None:
        data["max_age"] = {"amount": trigger.max_age.amount, "unit": trigger.max_age.unit.value}
    return data


def read_entry_criteria(data: object, problems: Problems) -> Criteria | None:
    return None if data is None else read_criteria("/entry_criteria", data, problems)


def read_caps(data: object, problems: Problems) -> Caps:
    if not isinstance(data, Mapping):
        problems.add("/caps", "Caps are a mapping of per_hour and per_day to numbers.")
        return Caps()
    known_keys("/caps", data, set(_CAPS), problems)
    for name in _CAPS:
        value = data.get(name, 0)
        if type(value) is not int or not 0 <= value <= MAX_CAP:
            text = f"A cap is a whole number up to {MAX_CAP:,}; 0 is no cap."
            problems.add(f"/caps/{name}", text)
            return Caps()
    return Caps(data.get("per_hour", 0), data.get("per_day", 0))


def read_send_rate(data: object, problems: Problems) -> SendRate:
    if not isinstance(data, Mapping):
        problems.add(
            "/send_rate", "A send rate is a mapping of per_minute and per_hour to numbers."
        )
        return ANY_RATE
    known_keys("/send_rate", data, set(_RATE), problems)
    for name in _RATE:
        value = data.get(name, 0)
        if type(value) is not int or not 0 <= value <= MOST_RATE:
            text = f"A send rate is a whole number up to {MOST_RATE:,}; 0 is any."
            problems.add(f"/send_rate/{name}", text)
            return ANY_RATE
    return SendRate(data.get("per_minute", 0), data.get("per_hour", 0))


def read_exit_rules(data: object, problems: Problems) -> tuple[ExitRule, ...]:
    if not isinstance(data, list):
        problems.add("/exit_rules", "Exit rules are a list.")
        return ()
    if len(data) > MAX_EXIT_RULES:
        problems.add("/exit_rules", f"A journey has at most {MAX_EXIT_RULES} exit rules.")
        return ()
    return tuple(_exit_rule(f"/exit_rules/{i}", rule, problems) for i, rule in enumerate(data))


def encode_entry(document: Document) -> dict[str, Any]:
    """Defaults are left out: a document without such rules has none of these keys."""
    data: dict[str, Any] = {}
    if document.entry_criteria is not None:
        data["entry_criteria"] = encode_criteria(document.entry_criteria)
    if document.caps:
        caps = {name: getattr(document.caps, name) for name in _CAPS}
        data["caps"] = {name: cap for name, cap in caps.items() if cap}
    if document.send_rate:
        rate = {name: getattr(document.send_rate, name) for name in _RATE}
        data["send_rate"] = {name: most for name, most in rate.items() if most}
    if document.exit_rules:
        data["exit_rules"] = [_encode_exit_rule(rule) for rule in document.exit_rules]
    return data


def _exit_rule(path: str, data: object, problems: Problems) -> ExitRule:
    if not isinstance(data, Mapping) or ("criteria" in data) == ("event" in data):
        problems.add(path, "An exit rule has either criteria or an event.")
        return ExitRule()
    known_keys(path, data, {"criteria", "event", "name"}, problems)
    name = data.get("name", "")
    if not isinstance(name, str) or len(name) > MAX_RULE_NAME or "\0" in name:
        problems.add(f"{path}/name", f"A name is text of at most {MAX_RULE_NAME} characters.")
        name = ""
    if "criteria" in data:
        return ExitRule(read_criteria(f"{path}/criteria", data["criteria"], problems), None, name)
    event = read_trigger(f"{path}/event", data["event"], problems)
    if event.max_age is not None:
        problems.add(f"{path}/event/max_age", "Only the journey's trigger has a max_age.")
    return ExitRule(None, event, name)


def _encode_exit_rule(rule: ExitRule) -> dict[str, Any]:
    data: dict[str, Any] = {"name": rule.name} if rule.name else {}
    if rule.criteria is not None:
        data["criteria"] = encode_criteria(rule.criteria)
    if rule.event is not None:
        data["event"] = encode_trigger(rule.event)
    return data


def read_criteria(path: str, data: object, problems: Problems) -> Criteria | None:
    try:
        return decode_criteria(data, path)
    except InvalidDocument as wrong:
        for problem in wrong.problems:
            problems.add(problem.path, problem.text)
        return None


def _max_age(path: str, data: object, problems: Problems) -> Delay | None:
    if data is None:
        return None
    text = "The greatest age is an amount and a unit: seconds, minutes, hours or days."
    if not isinstance(data, Mapping) or data.keys() != {"amount", "unit"}:
        problems.add(path, text)
        return None
    if data["unit"] not in [unit.value for unit in Unit]:
        problems.add(f"{path}/unit", text)
        return None
    try:
        return Delay(data["amount"], Unit(data["unit"]))
    except BadValue:
        problems.add(f"{path}/amount", "The amount is a whole number, of up to 3,650 days in all.")
        return None


def _params(path: str, data: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    params = data.get("params", {})
    if isinstance(params, Mapping) and all(isinstance(name, str) for name in params):
        return dict(params)
    problems.add(f"{path}/params", "Parameters are a mapping of names to values.")
    return {}


def known_keys(path: str, data: Mapping[Any, Any], known: set[str], problems: Problems) -> None:
    for key in data:
        if key not in known:
            choices = ", ".join(sorted(known))
            problems.add(f"{path}/{escaped(key)}", f"Unknown key. Known here: {choices}.")
