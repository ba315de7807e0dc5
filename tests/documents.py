"""Journey documents for tests, in as few words as they need."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

Plain = dict[str, Any]

HOOK = "https://example.com/hook"


def journey(
    *steps: Plain,
    lists: Sequence[int] | None = (1,),
    reentry: str | Plain = "once_at_a_time",
    name: str = "Test journey",
    **more: Any,
) -> str:
    """The text of a journey. `lists` None: by hand only; (): from any list."""
    trigger: Plain = {"type": "Manual"}
    if lists is not None:
        trigger = {"type": "ListSubscription", "params": {"list_ids": list(lists)}}
    document = {
        "format": 1,
        "name": name,
        "trigger": trigger,
        "reentry": {"rule": reentry} if isinstance(reentry, str) else reentry,
        "steps": list(steps),
    }
    return json.dumps(document | more)


def step(
    action: str, branches: Mapping[str, Sequence[Plain]] | None = None, **params: Any
) -> Plain:
    """One step of any kind."""
    placed: Plain = {"action": action, "params": params}
    if branches is not None:
        placed["branches"] = {name: list(body) for name, body in branches.items()}
    return placed


def wait(amount: int = 1, unit: str = "hours", window: Plain | None = None) -> Plain:
    params: Plain = {"amount": amount, "unit": unit}
    return step("Wait", **params, **({"window": window} if window else {}))


def wait_for(
    what: str,
    happened: Sequence[Plain] = (),
    timed_out: Sequence[Plain] = (),
    amount: int = 1,
    unit: str = "days",
    **more: Any,
) -> Plain:
    """A wait for an event, a day at most."""
    branches = {"happened": happened, "timed_out": timed_out}
    return step("WaitForEvent", branches, what=what, amount=amount, unit=unit, **more)


def decide(criteria: Plain, true: Sequence[Plain] = (), false: Sequence[Plain] = ()) -> Plain:
    return step("Decision", {"true": true, "false": false}, criteria=criteria)


def rule(field: str | int, operator: str, value: Any = None) -> Plain:
    """A number is a custom field's."""
    name = f"CustomField{field}" if isinstance(field, int) else field
    asked: Plain = {"field": name, "operator": operator}
    return asked if value is None else asked | {"value": value}


def update(field: int, value: str) -> Plain:
    return step("UpdateCustomFieldValue", field=field, value=value)


def webhook(body: Plain | None = None, url: str = HOOK, **more: Any) -> Plain:
    return step("Webhook", url=url, **({"body": body} if body is not None else {}), **more)


def off(placed: Plain) -> Plain:
    """The same step, not published."""
    return placed | {"published": False}
