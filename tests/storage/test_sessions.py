"""Sessions and nonces, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from plugin.engine.services import Session
from plugin.storage.sessions import SqlSessions

NOW = datetime(2026, 11, 16, 8, 0, 0, 123456, tzinfo=UTC)
ID, OTHER = b"\x01" * 32, b"\x02" * 32
SESSION = Session(
    user_id=7,
    rights=frozenset(("view", "manage")),
    zone="Europe/Berlin",
    language="en",
    home="http://localhost/ü",
    created_at=NOW,
    seen_at=NOW,
)


@pytest.fixture
def sessions(database, tables) -> SqlSessions:
    return SqlSessions(tables, database.begin, database.reading)


def test_a_session_comes_back_as_it_was_kept(sessions):
    sessions.create(ID, SESSION)
    assert sessions.get(ID) == SESSION
    assert sessions.get(OTHER) is None


def test_a_session_is_read_while_somebody_else_writes(sessions, database, tables):
    sessions.create(ID, SESSION)
    with database.begin() as connection, ThreadPoolExecutor(1) as pool:
        connection.execute(sa.insert(tables.nonces).values(nonce_hash=OTHER, used_at=NOW))
        assert pool.submit(sessions.get, ID).result(timeout=5) == SESSION


def test_a_touch_moves_the_last_use_alone(sessions):
    sessions.create(ID, SESSION)
    sessions.create(OTHER, SESSION)
    later = NOW + timedelta(minutes=5)
    sessions.touch(ID, later)
    assert sessions.get(ID) == replace(SESSION, seen_at=later)
    assert sessions.get(OTHER) == SESSION


def test_a_deleted_session_is_gone_and_deleting_again_is_no_error(sessions):
    sessions.create(ID, SESSION)
    sessions.delete(ID)
    sessions.delete(ID)
    assert sessions.get(ID) is None


def test_rights_that_we_do_not_know_are_dropped(sessions, database, tables):
    sessions.create(ID, SESSION)
    with database.begin() as connection:
        connection.execute(sa.update(tables.sessions).values(rights="view,root"))
    assert sessions.get(ID).rights == {"view"}


def test_a_nonce_is_used_once(sessions):
    assert sessions.use_nonce(ID, NOW)
    assert not sessions.use_nonce(ID, NOW)
    assert sessions.use_nonce(OTHER, NOW)


def test_of_many_who_use_a_nonce_at_once_one_wins(sessions):
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda _: sessions.use_nonce(ID, NOW), range(16)))
    assert won.count(True) == 1


def test_a_new_session_drops_old_ones_and_old_nonces(sessions, database, tables):
    sessions.create(ID, SESSION)
    sessions.use_nonce(ID, NOW)
    later = NOW + timedelta(days=1, seconds=1)
    sessions.use_nonce(OTHER, later)
    sessions.create(OTHER, replace(SESSION, created_at=later, seen_at=later))
    assert sessions.get(ID) is None
    with database.begin() as connection:
        left = connection.scalars(sa.select(tables.nonces.c.nonce_hash)).all()
    assert [bytes(nonce) for nonce in left] == [OTHER]
