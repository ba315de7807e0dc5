"""What made-up documents have in them, found step by step."""

from __future__ import annotations

import json
from typing import Any

Plain = dict[str, Any]
KEPT = '{{ Kept:got|"none" }}'


def without_kept(document: Plain) -> Plain:
    """The same; but no value is asked for that no step keeps."""
    if _keeps(document["steps"]):
        return document
    text = json.dumps(document)
    plain: Plain = json.loads(text.replace(json.dumps(KEPT), '"kept"'))
    return plain


def waits_for_events(steps: list[Plain]) -> bool:
    """Whether a step waits for an event."""
    return any(
        step["action"] == "WaitForEvent"
        or any(map(waits_for_events, step.get("branches", {}).values()))
        for step in steps
    )


def _keeps(steps: list[Plain]) -> bool:
    """Whether a step that is on keeps something."""
    return any(
        "keep" in step["params"] or any(_keeps(body) for body in step.get("branches", {}).values())
        for step in steps
        if step.get("published", True)
    )
