"""Who waits is found by index on MariaDB, however many do: for a thousand events at once, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from plugin.domain.event import Event
from plugin.engine.waiters_port import Waiter
from plugin.storage.database import Database
from plugin.storage.tables import Tables
from plugin.storage.waiters import SqlWaiters, gone
from tests.storage.rows import MINE, NOW

MANY, BATCH = 50_000, 1000
#: Rows that a batch may read: some tables, and its numbers, of which MariaDB makes a table.
MOST = 8 * BATCH
TYPES = ("open", "click")


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def waiter(number: int) -> Waiter:
    return Waiter(
        enrollment_id=number,
        user_id=MINE,
        journey_id=1,
        step_id=11,
        wake_key=key(number * 7919),
        person_key=key(number),
        terms=key(1),
        began_at=NOW,
        since_at=NOW,
        until_at=NOW + timedelta(days=3),
        looks_to=0,
    )


@pytest.fixture(scope="module")
def place(module_mysql_url: str) -> Iterator[tuple[Database, Tables]]:
    """As many waiters and heard events; the inbox has three times as many."""
    database, tables = Database(module_mysql_url), Tables("jny_")
    for table in (tables.waiters, tables.heard, tables.inbox, tables.enrollments):
        table.create(database.engine)
    with database.begin() as connection:
        waiters = SqlWaiters(connection, tables)
        for first in range(1, MANY, 5000):
            numbers = range(first, first + 5000)
            waiters.keep([waiter(n) for n in numbers])
            events = {n: (MINE, Event(f"e{n}", "open", NOW, 1, n)) for n in numbers}
            waiters.hear({n: key(n) for n in numbers}, events)
        columns = "source, event_id, body_hash, type, list_id, subscriber_id, occurred_at,"
        columns += " received_at, data, state, hops"
        connection.exec_driver_sql(
            f"INSERT INTO jny_inbox ({columns}) SELECT 'x', seq, REPEAT('x', 16),"
            f" ELT(1 + seq MOD 3, 'open', 'click', 'custom'), 1 + seq MOD 4, seq, '{NOW:%F %T}',"
            f" '{NOW:%F %T}', '{{}}', 'routed', 0 FROM seq_1_to_{3 * MANY}"
        )
        connection.exec_driver_sql(
            "INSERT INTO jny_enrollments (id, user_id, journey_id, version_id, list_id,"
            " subscriber_id, person_key, state, step_id, due_at, visit, epoch, attempts, hops,"
            f" entered_at, arrived_at) SELECT seq, {MINE}, 1, 10, 1, seq, REPEAT('x', 16),"
            f" 'active', 11, '{NOW:%F %T}', 1, 1, 0, 0, '{NOW:%F %T}', '{NOW:%F %T}'"
            f" FROM seq_1_to_{MANY}"
        )
    with database.engine.connect() as connection:
        for name in tables.metadata.tables:
            if sa.inspect(database.engine).has_table(name):
                connection.exec_driver_sql(f"ANALYZE TABLE {name}").all()
    yield database, tables
    database.engine.dispose()


IDS = range(MANY // 2, MANY // 2 + BATCH)
VERBS: dict[str, Callable[[SqlWaiters], object]] = {
    "passages": lambda w: w.passages(IDS),
    "unrouted": lambda w: w.unrouted(),
    "of people": lambda w: w.of_people(MINE, [key(n) for n in IDS], TYPES, NOW),
    "of rows": lambda w: w.of_rows(1, IDS, TYPES, NOW),
    "waiting": lambda w: w.waiting([key(n * 7919) for n in IDS]),
    "looks": lambda w: w.note_looks(IDS, 0),
    "wake": lambda w: w.wake(IDS, NOW),
}


def read(place: tuple[Database, Tables], verb: Callable[[SqlWaiters], object]) -> int:
    """The rows that the server touches for it."""
    database, tables = place
    with database.begin() as connection:
        connection.exec_driver_sql("FLUSH STATUS")
        verb(SqlWaiters(connection, tables))
        status = connection.exec_driver_sql("SHOW STATUS LIKE 'Handler_read%%'").all()
        connection.rollback()
    return sum(int(n) for _, n in status)


@pytest.mark.parametrize("name", VERBS)
def test_a_thousand_are_found_by_reading_little_more_than_their_own_rows(place, name):
    assert read(place, VERBS[name]) < MOST


def test_those_who_wait_no_more_are_found_by_their_numbers(place):
    _, tables = place
    assert read(place, lambda w: gone(w._connection, tables, IDS)) < MOST


def test_one_event_reads_one_waiter(place):
    assert read(place, lambda w: w.waiting([key(7 * 7919)])) < 5
