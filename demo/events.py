"""What the host tells Journeys: one event per fact, with an id made when the fact was made."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


def _new_id() -> str:
    return f"evt_{uuid.uuid4().hex}"


@dataclass(frozen=True)
class Event:
    """A fact about one subscriber of one list; `occurred_at` is aware UTC.

    A list that is deleted has the subscriber 0 and no address.
    """

    type: str
    occurred_at: datetime
    list_id: int
    subscriber_id: int
    email: str
    data: Mapping[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=_new_id)

    def payload(self) -> dict[str, Any]:
        """The form of the hook endpoint; the time to the second, as the host keeps it."""
        return {
            "id": self.id,
            "type": self.type,
            "occurred_at": self.occurred_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "list_id": self.list_id,
            "subscriber_id": self.subscriber_id,
            "email": self.email or None,
            "data": dict(self.data),
        }
