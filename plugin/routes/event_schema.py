"""What a call of the event hook may hold, and its events."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
from plugin.domain.properties import as_number
from plugin.errors import InvalidDocument, Problem
from plugin.routes.strict import Instant, Text, Truth, Whole, pointer

MAX_EVENTS = 1000
MAX_DATA_BYTES = 16 * 1024
MAX_TAGS = 1000
MAX_PROPERTIES = 250
MAX_VALUE = 5000
MAX_AMOUNT = 10**9


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


class _Strict(Schema):
    """Data of the types that journeys look into key by key: other keys are refused."""

    class Meta:
        unknown = RAISE

    row_id = Whole(low=0)
    automated = Truth()


class _Tagged(_Strict):
    """`tag_ids`: all tags that the subscriber has after the event."""

    tag_id = Whole(required=True)
    tag = Text(0, 250, allow_none=True)
    tag_ids = fields.List(Whole(), validate=validate.Length(max=MAX_TAGS))


class _Value(fields.Field[Any]):
    """What a custom field may hold: null, a text, a number, true or false."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if isinstance(value, dict | list):
            raise ValidationError("Write a text, a number, true, false or null.")
        if isinstance(value, str) and len(value) > MAX_VALUE:
            raise ValidationError(f"Write at most {MAX_VALUE:,} characters.")
        return value


class _Changed(_Strict):
    """Without `from` or `to`, that value is not known; null and '' are not set."""

    class Meta:
        unknown = RAISE
        include = {"from": _Value(allow_none=True), "to": _Value(allow_none=True)}

    field_id = Whole(required=True)


class _Custom(_Strict):
    name = Text(1, 250, required=True)
    properties = fields.Dict(keys=Text(1, 250), validate=validate.Length(max=MAX_PROPERTIES))


class _Amount(fields.Field[Any]):
    """A number, or text that is one, from 0; stays as it was written."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        number = as_number(value)
        if number is None or not 0 <= number <= MAX_AMOUNT:
            raise ValidationError(f"Write a number from 0 to {MAX_AMOUNT:,}.")
        return value


class _Revenue(_Strict):
    """What brought it in: our key of a message, the host's name for it, or its e-mail."""

    amount = _Amount(required=True)
    currency = Text(0, 10, allow_none=True)
    reference = Text(0, 250, allow_none=True)
    message = Text(0, 250, allow_none=True)
    message_id = Text(0, 250, allow_none=True)
    campaign_id = Whole(allow_none=True)
    email_id = Whole(allow_none=True)


_DATA: Mapping[str, type[Schema]] = {
    "tag": _Tagged,
    "untag": _Tagged,
    "field_changed": _Changed,
    "custom": _Custom,
    "revenue": _Revenue,
}


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
    def _data_is_small(self, value: dict[str, Any], **_: Any) -> None:
        if len(json.dumps(value, ensure_ascii=False).encode()) > MAX_DATA_BYTES:
            raise ValidationError(f"At most {MAX_DATA_BYTES // 1024} kB of data per event.")

    @validates_schema
    def _data_fits_the_type(self, event: dict[str, Any], **_: Any) -> None:
        if errors := _DATA.get(event["type"], _Data)().validate(event["data"]):
            raise ValidationError({"data": errors})


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
