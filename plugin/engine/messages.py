"""Which e-mail: the parameters by which triggers choose e-mails and campaigns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import fields

from plugin.domain.catalog import Catalog
from plugin.domain.event import Event
from plugin.engine.choices import either, missing, some_of
from plugin.errors import Problem


def emails_field() -> fields.List[int]:
    return some_of("E-mails", "emails")


def campaigns_field() -> fields.List[int]:
    return some_of("Campaigns", "campaigns")


def message_words(params: Mapping[str, Any], catalog: Catalog) -> str:
    names = [f"“{catalog.email_name(i)}”" for i in params["email_ids"]]
    names += [f"campaign “{catalog.campaign_name(i)}”" for i in params["campaign_ids"]]
    return either(names, "any e-mail")


def message_problems(params: Mapping[str, Any], catalog: Catalog) -> Iterator[Problem]:
    yield from missing("/email_ids", params["email_ids"], catalog.emails, "e-mail")
    yield from missing("/campaign_ids", params["campaign_ids"], catalog.campaigns, "campaign")


def of_message(params: Mapping[str, Any], event: Event) -> bool:
    """Is the event about one of the chosen e-mails or campaigns, or is any of them meant?"""
    emails, campaigns = params["email_ids"], params["campaign_ids"]
    if not emails and not campaigns:
        return True
    return number(event, "email_id") in emails or number(event, "campaign_id") in campaigns


def number(event: Event, name: str) -> int | None:
    """An id of the event's data. The host writes them as numbers and as texts."""
    value = event.data.get(name)
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    return value if type(value) is int else None
