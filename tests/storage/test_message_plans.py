"""What messages cost on MariaDB: however many there are, only those that are meant are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from datetime import timedelta

import pytest
import sqlalchemy as sa

from plugin.domain.event import Event, Received
from plugin.storage.database import Database
from plugin.storage.installation import Installation
from plugin.storage.messages import SqlMessages
from plugin.storage.sending import SqlSending
from plugin.storage.tables import Tables
from tests.storage.rows import MINE, NOW, Rows

MESSAGES, MEANT = 40_000, 200
Verb = Callable[[SqlMessages], Sized]


@pytest.fixture(scope="module")
def rows(module_mysql_url: str) -> Iterator[Rows]:
    """Messages of two thousand people, twenty each, with ten e-mails."""
    database, tables = Database(module_mysql_url), Tables("jny_")
    tables.metadata.create_all(database.engine)
    table = tables.messages.name
    with database.begin() as connection:
        connection.exec_driver_sql(
            f"INSERT INTO {table} (id, user_id, journey_id, version_id, step_id, enrollment_id,"
            " visit, list_id, subscriber_id, person_key, email_id, delivery_key, host_message_id,"
            " state, asked_at, place_at, sent_at, revenue)"
            f" SELECT seq, {MINE}, 1, 10, 12, seq, 1, 7, MOD(seq, 2000) + 1,"
            " UNHEX(MD5(MOD(seq, 2000))), MOD(seq, 10), CONCAT('key-', seq), CONCAT('m-', seq),"
            " 'sent', '2026-11-01', '2026-11-01', DATE_ADD('2026-11-01', INTERVAL seq SECOND), 0"
            f" FROM seq_1_to_{MESSAGES}"
        )
        connection.exec_driver_sql(f"ANALYZE TABLE {table}").all()
    yield Rows(database, tables)
    database.engine.dispose()


def events(**data: Callable[[int], object]) -> list[Received]:
    found = []
    for n in range(1, MEANT + 1):
        given = {name: made(n) for name, made in data.items()}
        event = Event(f"e{n}", "open", NOW, 7, n % 2000 + 1, data=given)
        found.append(Received(n, event, NOW))
    return found


def keys(connection: sa.Connection) -> list[bytes]:
    found = connection.exec_driver_sql(f"SELECT UNHEX(MD5(seq)) FROM seq_1_to_{MEANT}")
    return [bytes(row[0]) for row in found]


VERBS: dict[str, tuple[int, Verb]] = {
    "by key": (MEANT, lambda m: m.of_events(events(message=lambda n: f"key-{n}"))),
    "by the host's name": (MEANT, lambda m: m.of_events(events(message_id=lambda n: f"m-{n}"))),
    "by e-mail": (MEANT, lambda m: m.of_events(events(email_id=lambda n: n % 10))),
    "of a step": (MEANT, lambda m: m.latest(12, range(1, MEANT + 1))),
    "in a line": (0, lambda m: m.queued(12, range(1, MEANT + 1))),
    "heard of": (0, lambda m: m.heard([f"key-{n}" for n in range(MEANT)])),
}


@pytest.mark.parametrize("verb", VERBS)
def test_only_what_is_meant_is_read(rows, verb):
    with rows.database.engine.connect() as connection:
        messages = SqlMessages(connection, rows.tables, Installation(rows.tables))
        before = reads(connection)
        expected, ask = VERBS[verb]
        assert len(ask(messages)) == expected
        assert reads(connection) - before <= 25 * MEANT


def test_what_people_had_lately_is_in_an_index_alone(rows):
    since = NOW - timedelta(days=30)
    with rows.database.engine.connect() as connection:
        wanted = keys(connection)
        before = reads(connection)
        found = SqlSending(connection, rows.tables).recent(MINE, wanted, since)
        assert reads(connection) - before <= 22 * MEANT
    assert {len(times) for times in found.values()} == {20}
    assert len(found) == MEANT


def reads(connection: sa.Connection) -> int:
    """Rows and entries of indexes that this connection has read."""
    found = connection.exec_driver_sql("SHOW SESSION STATUS LIKE 'Handler_read%%'")
    return sum(int(row[1]) for row in found)
