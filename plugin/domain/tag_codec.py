"""Rules about tags ⇄ plain JSON data: `{"tags": [12, 15], "operator": "has_all"}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugin.domain.criteria import TagRule
from plugin.domain.operators import TAG_OPERATORS
from plugin.domain.problems import Problems

TAG_KEYS = frozenset({"tags", "operator"})
MAX_TAGS = 50


def decode_tags(data: Mapping[Any, Any], path: str, base: int, problems: Problems) -> TagRule:
    if unknown := set(data) - TAG_KEYS:
        problems.add(path, f"Unknown key {min(map(str, unknown))} in a rule about tags.")
    given, operator = data["tags"], str(data["operator"])
    tags = given if isinstance(given, list) else []
    if not isinstance(given, list) or len(given) > MAX_TAGS:
        problems.add(f"{path}/tags", f"Give a list of ids of tags, {MAX_TAGS} at most.")
    for place, tag_id in enumerate(tags[:MAX_TAGS]):
        if type(tag_id) is not int or tag_id < 1:
            problems.add(f"{path}/tags/{place}", "Give the id of a tag, a whole number.")
        elif tag_id in tags[:place]:
            problems.add(f"{path}/tags/{place}", "This tag is named already.")
    if operator not in TAG_OPERATORS:
        choices = ", ".join(TAG_OPERATORS)
        problems.add(f"{path}/operator", f"Unknown operator. Known for tags: {choices}.")
    elif not tags and not TAG_OPERATORS[operator][2]:
        problems.add(f"{path}/tags", f"Name the tags that {operator} is about.")
    return TagRule(tuple(tags), operator, path[base:])
