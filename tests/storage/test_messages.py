"""Which message of ours an event is about, and which is the last one of a step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from plugin.domain.event import Event, Received
from plugin.storage.database import Database
from plugin.storage.installation import Installation
from plugin.storage.messages import SqlMessages
from plugin.storage.tables import Tables
from tests.storage.rows import MINE, NOW, Rows

STEP = 12


@pytest.fixture
def rows(database: Database, tables: Tables) -> Rows:
    return Rows(database, tables)


def message(rows: Rows, number: int, **changes: Any) -> int:
    """One that was sent an hour before NOW to subscriber 1 of list 7, with e-mail 5."""
    row = {
        "id": number,
        "user_id": MINE,
        "journey_id": 1,
        "version_id": 10,
        "step_id": STEP,
        "enrollment_id": number,
        "visit": 1,
        "list_id": 7,
        "subscriber_id": 1,
        "person_key": bytes(16),
        "email_id": 5,
        "delivery_key": f"key-{number}",
        "host_message_id": f"<m{number}@host>",
        "state": "sent",
        "asked_at": NOW - timedelta(hours=1),
        "place_at": NOW - timedelta(hours=1),
        "sent_at": NOW - timedelta(hours=1),
        "revenue": 0,
    }
    rows.insert(rows.tables.messages, row | changes)
    return number


def received(inbox_id: int, list_id: int = 7, subscriber_id: int = 1, **data: Any) -> Received:
    event = Event(f"e{inbox_id}", "open", NOW, list_id, subscriber_id, data=data)
    return Received(inbox_id, event, NOW)


def about(rows: Rows, *events: Received) -> dict[int, int]:
    """By the number of the event: the message it is about."""
    statements: list[str] = []
    with rows.database.begin() as connection:

        def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            statements.append(statement)

        sa.event.listen(connection, "before_cursor_execute", note)
        found = SqlMessages(connection, rows.tables, Installation(rows.tables)).of_events(events)
    assert len(statements) <= 3
    return {inbox_id: ref.id for inbox_id, ref in found.items()}


def test_an_event_is_about_the_message_of_its_key_or_of_the_hosts_name_for_it(rows: Rows):
    one, two = message(rows, 1), message(rows, 2)
    found = about(
        rows,
        received(101, message="key-1"),
        received(102, message_id="<m2@host>"),
        received(103, message="key-2", message_id="<m1@host>"),
        received(104, message="no such key", message_id="<m1@host>"),
        received(105, message="no such key"),
        received(106, message=7, message_id={"x": 1}),
        received(107),
    )
    assert found == {101: one, 102: two, 103: two, 104: one}


def test_without_either_it_is_about_the_last_message_with_its_email_before_it(rows: Rows):
    message(rows, 1, asked_at=NOW - timedelta(days=2))
    last = message(rows, 2)
    message(rows, 3, asked_at=NOW + timedelta(seconds=1))
    message(rows, 4, state="skipped", sent_at=None)
    other = message(rows, 5, email_id=6)
    found = about(
        rows,
        received(101, email_id=5),
        received(102, email_id="6"),
        received(103, email_id=5, campaign_id=8),
        received(104, email_id=9),
    )
    assert found == {101: last, 102: other}


def test_nobodys_event_is_about_somebody_elses_message(rows: Rows):
    message(rows, 1)
    found = about(
        rows,
        received(101, list_id=8, message="key-1"),
        received(102, subscriber_id=2, message="key-1"),
        received(103, subscriber_id=2, message_id="<m1@host>"),
        received(104, list_id=8, email_id=5),
    )
    assert found == {}


def test_the_latest_message_of_a_step_is_one_that_was_sent_or_will_be(rows: Rows):
    message(rows, 1, enrollment_id=50)
    message(rows, 2, enrollment_id=50, visit=4)
    message(rows, 3, enrollment_id=50, visit=7, state="skipped", sent_at=None)
    message(rows, 4, enrollment_id=50, visit=8, step_id=13)
    message(rows, 5, enrollment_id=51, state="queued")
    message(rows, 6, enrollment_id=52, state="failed", sent_at=None)
    with rows.database.begin() as connection:
        found = SqlMessages(connection, rows.tables, Installation(rows.tables)).latest(
            STEP, [50, 51, 52, 53]
        )
    assert {who: ref.id for who, ref in found.items()} == {50: 2, 51: 5}
    assert found[50].journey_id == 1
    assert found[50].step_id == STEP
