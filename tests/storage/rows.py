"""Rows of our tables for tests of what is read from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from plugin.domain.enrollment import person_key
from plugin.storage.database import Database
from plugin.storage.reading import SqlReading
from plugin.storage.tables import Tables

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
#: Numbers that stand nowhere else in a statement.
MINE, THEIRS = 990001, 990002

DOCUMENT: Mapping[str, Any] = {
    "format": 1,
    "name": "A",
    "trigger": {"type": "ListSubscription", "params": {"list_ids": [1]}},
    "reentry": {"rule": "once_at_a_time"},
    "time_zone": None,
    "unsubscribed": "end",
    "steps": [
        {"id": 11, "action": "Wait", "params": {"amount": 1, "unit": "days"}},
        {"id": 12, "action": "Webhook", "params": {"url": "https://example.com/"}},
    ],
}


def addresses_of(_: object) -> Callable[[Mapping[int, Collection[int]]], Mapping[Any, str]]:
    """Everybody has an address but the subscribers from 900 on: they are gone."""

    def addresses(wanted: Mapping[int, Collection[int]]) -> Mapping[tuple[int, int], str]:
        people = [(list_id, i) for list_id, ids in wanted.items() for i in ids]
        return {who: f"p{who[1]}@example.com" for who in people if who[1] < 900}

    return addresses


@dataclass
class Rows:
    database: Database
    tables: Tables

    @property
    def reading(self) -> SqlReading:
        return SqlReading(self.tables, self.database.begin, addresses_of, lambda: NOW)

    def insert(self, table: sa.Table, *rows: Mapping[str, Any]) -> None:
        with self.database.begin() as connection:
            connection.execute(sa.insert(table), list(rows))

    def journey(self, journey_id: int, user_id: int = MINE, **changes: Any) -> None:
        """An enabled journey with one version that equals its draft."""
        document = changes.pop("document", DOCUMENT)
        row = {
            "id": journey_id,
            "user_id": user_id,
            "name": f"Journey {journey_id}",
            "notes": "",
            "status": "enabled",
            "live_version_id": journey_id * 10,
            "draft": DOCUMENT,
            "draft_revision": 1,
            "frozen_mark": 0,
            "created_at": NOW,
            "modified_at": NOW + timedelta(minutes=journey_id),
        } | changes
        self.insert(self.tables.journeys, row)
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        self.insert(
            self.tables.versions,
            {
                "id": journey_id * 10,
                "user_id": user_id,
                "journey_id": journey_id,
                "number": 3,
                "document": text,
                "sha256": b"\0" * 32,
                "zone": "UTC",
                "exit_rules": 0,
                "published_at": NOW,
                "published_by": f"user:{user_id}",
            },
        )

    def enroll(self, *ids: int, journey_id: int = 1, user_id: int = MINE, **changes: Any) -> None:
        """People who wait at step 11; each is a subscriber of the same number."""
        rows = [
            {
                "id": i,
                "user_id": user_id,
                "journey_id": journey_id,
                "version_id": journey_id * 10,
                "list_id": 7,
                "subscriber_id": i,
                "person_key": person_key(user_id, f"p{i}@example.com"),
                "entry_key": None,
                "state": "waiting",
                "step_id": 11,
                "due_at": NOW,
                "visit": 1,
                "epoch": 1,
                "attempts": 0,
                "hops": 0,
                "entered_at": NOW,
                "arrived_at": NOW,
            }
            | changes
            for i in ids
        ]
        self.insert(self.tables.enrollments, *rows)

    def count(
        self, step_id: int, figure: str, remark: str, n: int, journey_id: int = 1, **changes: Any
    ) -> None:
        row = {
            "user_id": MINE,
            "journey_id": journey_id,
            "version_id": journey_id * 10,
            "step_id": step_id,
            "counted_on": NOW.date(),
            "figure": figure,
            "remark": remark,
            "n": n,
        }
        self.insert(self.tables.counters, row | changes)

    def log(self, enrollment_id: int, visit: int, outcome: str = "next", **changes: Any) -> None:
        row = {
            "enrollment_id": enrollment_id,
            "visit": visit,
            "logged_on": NOW.date(),
            "user_id": MINE,
            "journey_id": 1,
            "version_id": 10,
            "step_id": 12,
            "action": "Webhook",
            "outcome": outcome,
            "branch": None,
            "logged_at": NOW,
            "detail": None,
        }
        self.insert(self.tables.step_log, row | changes)

    def delivery(self, delivery_id: int, enrollment_id: int, visit: int, **changes: Any) -> None:
        row = {
            "id": delivery_id,
            "user_id": MINE,
            "journey_id": 1,
            "enrollment_id": enrollment_id,
            "visit": visit,
            "step_id": 12,
            "kind": "webhook",
            "receiver_id": 1,
            "awaited": 0,
            "delivery_key": f"key-{delivery_id}",
            "method": "POST",
            "url": "https://example.com/",
            "headers": {},
            "body": b"{}",
            "state": "new",
            "attempts": 0,
            "next_at": NOW,
            "created_at": NOW,
        }
        self.insert(self.tables.deliveries, row | changes)

    def attempt(self, delivery_id: int, attempt: int, **changes: Any) -> None:
        row = {
            "delivery_id": delivery_id,
            "attempt": attempt,
            "user_id": MINE,
            "tried_at": NOW,
            "status": 503,
            "took_ms": 40,
            "answer": "busy",
            "next_at": NOW + timedelta(seconds=10),
        }
        self.insert(self.tables.delivery_tries, row | changes)
