"""What a webhook tells: its own fields, a description of the person, or what the host's tell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from plugin.domain.catalog import SUBSCRIBER_COLUMNS
from plugin.domain.enrollment import Batch, EnrollmentId, SubscriberId
from plugin.domain.merge_tags import plain
from plugin.engine.ports import Work

#: json.dumps would make such an encoder for every body.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

JSON: Mapping[str, str] = {"Content-Type": "application/json"}
FORM: Mapping[str, str] = {"Content-Type": "application/x-www-form-urlencoded"}


def as_json(data: Any) -> bytes:
    return _ENCODER.encode(data).encode()


def as_form(data: Mapping[str, Any]) -> bytes:
    """One level of fields: true and false as JSON has them, null as nothing."""
    return urlencode({key: _field(value) for key, value in data.items()}).encode()


def _field(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def described(batch: Batch, enrollment_id: EnrollmentId) -> dict[str, Any]:
    """The default body: who, where and when."""
    subscriber = batch.subscribers[enrollment_id]
    return {
        "type": "journeys.webhook",
        "timestamp": batch.now.isoformat(),
        "data": {
            "journey_id": batch.journey_id,
            "journey_name": batch.journey_name,
            "step_id": batch.step.id,
            "enrollment_id": enrollment_id,
            "list_id": batch.list_id,
            "subscriber_id": subscriber.subscriber_id,
            "email": subscriber.email,
        },
    }


class HostBody:
    """The body of the host's own journeys (host-facts 3.4), read for a whole batch at once."""

    def __init__(self, batch: Batch, work: Work, trigger: str) -> None:
        """`trigger`: the journey's, by its type."""
        fields = work.catalog(batch.user_id).fields
        self._fields = {
            field.field_id: field
            for field in fields.values()
            if field.list_id in (batch.list_id, None)
        }
        names = [*SUBSCRIBER_COLUMNS, *(field.column for field in self._fields.values())]
        ids = [s.subscriber_id for s in batch.subscribers.values()]
        self._values = work.host.values(batch.list_id, ids, names)
        of_list = work.host.list_values(batch.user_id, batch.list_id, ["Name"])
        self._same = {
            "Journey": {
                "JourneyID": batch.journey_id,
                "JourneyName": batch.journey_name,
                "JourneyTrigger": _trigger(trigger, batch.list_id),
            },
            "List": {"ListID": batch.list_id, "ListName": plain(of_list["Name"])},
            "CustomFields": {str(i): field.name for i, field in self._fields.items()},
        }

    def has(self, subscriber_id: SubscriberId) -> bool:
        return subscriber_id in self._values

    def of(self, subscriber_id: SubscriberId, payload: Any) -> dict[str, Any]:
        values = self._values[subscriber_id]
        subscriber: dict[str, Any] = {name: _text(values[name]) for name in SUBSCRIBER_COLUMNS}
        subscriber["SubscriberID"] = subscriber_id
        subscriber["CustomFields"] = {
            str(i): _text(values[field.column]) for i, field in self._fields.items()
        }
        return {**self._same, "Subscriber": subscriber, "CustomPayload": payload}


def _trigger(name: str, list_id: int) -> str:
    """As the host writes it: `ListSubscription:12`."""
    return f"{name}:{list_id}" if name.startswith("List") else name


def _text(value: object) -> str | None:
    return None if value is None else plain(value)
