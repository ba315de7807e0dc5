"""Which tags: the parameters and the judgement that Tag and UnTag have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import fields

from plugin.domain.catalog import Catalog
from plugin.domain.event import Event
from plugin.engine.choices import missing, some_of
from plugin.engine.kinds import Cause
from plugin.engine.messages import number
from plugin.errors import Problem


def tags_field() -> fields.List[int]:
    return some_of("Tags", "tags")


def tags_words(params: Mapping[str, Any], catalog: Catalog, several: str) -> str:
    """`several` stands before more than one tag."""
    ids = params["tag_ids"]
    if not ids:
        return "any tag"
    names = [f"“{catalog.tag_name(i)}”" for i in ids]
    if len(ids) == 1:
        return names[0]
    return f"{several} {', '.join(names[:-1])} and {names[-1]}"


def tags_problems(params: Mapping[str, Any], catalog: Catalog) -> Iterator[Problem]:
    """Tags that the account does not have. Where they cannot be read, any will do."""
    if catalog.tables_of_tags:
        yield from missing("/tag_ids", params["tag_ids"], catalog.tags, "tag")


def may_be_about(params: Mapping[str, Any], cause: Cause) -> bool:
    return not params["tag_ids"] or cause.tag_id is None or cause.tag_id in params["tag_ids"]


def about(params: Mapping[str, Any], event: Event) -> bool:
    """Is it one of the chosen tags that was put on or taken away, or is any of them meant?"""
    return not params["tag_ids"] or number(event, "tag_id") in params["tag_ids"]


def tags_after(event: Event) -> frozenset[int] | None:
    """The tags that the subscriber has after the event; None when the reporter does not say."""
    known = event.data.get("tag_ids")
    if not isinstance(known, list):
        return None
    return frozenset(i for i in known if type(i) is int)
