"""What a call of the event hook may hold, and its events."""

from __future__ import annotations

import json
from typing import Any

from marshmallow import (
    INCLUDE,
    RAISE,
    Schema,
    ValidationError,
    fields,
    validate,
    validates,
    validates_schema,
)
from werkzeug.exceptions import RequestEntityTooLarge

from plugin.domain.event import TYPES, Event
from plugin.errors import InvalidDocument, Problem
from plugin.routes.strict import Instant, Text, Truth, Whole, pointer

MAX_EVENTS = 1000
MAX_DATA_BYTES = 16 * 1024


class _Data(Schema):
    """What is known of `data`; other keys are kept as they are."""

    class Meta:
        unknown = INCLUDE

    row_id = Whole(low=0)
    campaign_id = Whole(allow_none=True)
    email_id = Whole(allow_none=True)
    url = Text(0, 2048, allow_none=True)
    automated = Truth()
    currency = Text(0, 10, allow_none=True)
    reference = Text(0, 250, allow_none=True)
    name = Text(1, 250)
    properties = fields.Dict(keys=fields.String())


class _Event(Schema):
    class Meta:
        unknown = RAISE

    id = Text(1, 64, required=True)
    type = fields.String(
        required=True, validate=validate.OneOf(TYPES, error="Known types: {choices}.")
    )
    occurred_at = Instant(required=True)
    list_id = Whole(required=True)
    subscriber_id = Whole(low=0, required=True)
    email = Text(1, 250, allow_none=True, load_default=None)
    data = fields.Dict(keys=fields.String(), load_default=dict)

    @validates("id")
    def _id_is_plain(self, value: str, **_: Any) -> None:
        if not all("!" <= c <= "~" for c in value):
            raise ValidationError("An id is made of ASCII characters without blanks.")

    @validates_schema
    def _somebody_is_meant(self, event: dict[str, Any], **_: Any) -> None:
        if not event["subscriber_id"] and event["type"] != "list_deleted":
            raise ValidationError("Only list_deleted has no subscriber.", "subscriber_id")

    @validates("data")
    def _data_fits(self, value: dict[str, Any], **_: Any) -> None:
        if len(json.dumps(value, ensure_ascii=False).encode()) > MAX_DATA_BYTES:
            raise ValidationError(f"At most {MAX_DATA_BYTES // 1024} kB of data per event.")
        if errors := _Data().validate(value):
            raise ValidationError(errors)


class _Call(Schema):
    class Meta:
        unknown = RAISE

    events = fields.List(
        fields.Nested(_Event),
        required=True,
        validate=validate.Length(1, error="Send at least one event."),
    )


def events_of(call: Any) -> list[Event]:
    """The events of a parsed call. The call is taken whole or refused whole.

    Raises InvalidDocument with the first fault, RequestEntityTooLarge above 1,000 events.
    """
    found = call.get("events") if isinstance(call, dict) else None
    if isinstance(found, list) and len(found) > MAX_EVENTS:
        raise RequestEntityTooLarge(f"Send at most {MAX_EVENTS:,} events in one call.")
    try:
        loaded = _Call().load(call)
    except ValidationError as error:
        raise InvalidDocument([Problem(*pointer(error.messages))]) from None
    return [_event(item) for item in loaded["events"]]


def _event(item: dict[str, Any]) -> Event:
    return Event(
        event_id=item["id"],
        type=item["type"],
        occurred_at=item["occurred_at"],
        list_id=item["list_id"],
        subscriber_id=item["subscriber_id"],
        email=item["email"],
        data=item["data"],
    )
