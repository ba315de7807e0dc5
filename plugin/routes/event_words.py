"""Events in the words of the pages: what the history has kept of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from plugin.domain.catalog import Catalog
from plugin.routes import words


def event_facts(event: Mapping[str, Any], catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Which event it was that moved or ended them."""
    yield "By", words.entry(str(event.get("type", "")))
    if "name" in event:
        yield "Event", f"“{event['name']}”"
    email, list_id = _number(event.get("email_id")), _number(event.get("list_id"))
    if email is not None:
        yield "E-mail", catalog.email_name(email)
    if list_id is not None:
        yield "On list", catalog.list_name(list_id)
    if "url" in event:
        yield "Link", str(event["url"])
    if "value" in event:
        yield "Value", str(event["value"])
    yield "Happened at", str(event.get("occurred_at", ""))
    if "id" in event:
        yield "Event number", str(event["id"])


def _number(value: object) -> int | None:
    """Hosts write ids as numbers and as texts."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() else None
