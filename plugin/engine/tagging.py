"""Which tags: the parameters and the judgement that Tag and UnTag have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from plugin.domain.event import Event
from plugin.engine.choices import some_of
from plugin.engine.messages import number


def tags_field() -> fields.List[int]:
    return some_of("Tags", "tags")


def tags_words(params: Mapping[str, Any], several: str) -> str:
    """`several` stands before more than one tag."""
    ids = params["tag_ids"]
    if not ids:
        return "any tag"
    if len(ids) == 1:
        return f"tag {ids[0]}"
    return f"{several} the tags {', '.join(map(str, ids[:-1]))} and {ids[-1]}"


def about(params: Mapping[str, Any], event: Event) -> bool:
    """Is it one of the chosen tags that was put on or taken away, or is any of them meant?"""
    return not params["tag_ids"] or number(event, "tag_id") in params["tag_ids"]


def tags_after(event: Event) -> frozenset[int] | None:
    """The tags that the subscriber has after the event; None when the reporter does not say."""
    known = event.data.get("tag_ids")
    if not isinstance(known, list):
        return None
    return frozenset(i for i in known if type(i) is int)
