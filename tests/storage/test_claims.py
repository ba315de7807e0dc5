"""What one worker's claim leaves to the others. On MariaDB: SQLite has one writer."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from plugin.storage.claims import Claims
from plugin.storage.tables import Tables
from tests.storage.rows import NOW, Rows


@pytest.fixture
def rows(mysql_database) -> Rows:
    """Six people of one journey who are due, at one step or three."""
    made = Rows(mysql_database, Tables("jny_"))
    made.tables.metadata.create_all(mysql_database.engine)
    made.journey(1)
    return made


def due(rows: Rows, *steps: int) -> None:
    for n, step_id in enumerate(steps, start=1):
        at = NOW - timedelta(minutes=60 - n)
        rows.enroll(n, step_id=step_id, due_at=at)


def claimed(groups):
    return [member.enrollment_id for _, members in groups for member in members]


@pytest.mark.parametrize("steps", [(11,) * 6, (11, 11, 12, 12, 13, 13)])
def test_nobody_waits_for_another_workers_claim(rows, steps):
    """Neither to claim others nor to settle their own."""
    due(rows, *steps)
    e = rows.tables.enrollments
    with rows.database.begin() as one, rows.database.begin() as other:
        for connection in (one, other):
            connection.execute(sa.text("SET innodb_lock_wait_timeout = 1"))
        mine = claimed(Claims(one, rows.tables).next(NOW, 2, 0, ()))
        theirs = claimed(Claims(other, rows.tables).next(NOW, 4, 0, ()))
        assert (mine, sorted(theirs)) == ([1, 2], [3, 4, 5, 6])
        for connection, ids in ((one, mine), (other, theirs)):
            connection.execute(sa.update(e).where(e.c.id.in_(ids)).values(due_at=sa.null()))


def test_who_finds_the_oldest_in_other_hands_looks_further(rows):
    """One person a step: more of them in other hands than a tick takes groups."""
    steps = tuple(range(11, 31))
    due(rows, *steps)
    with rows.database.begin() as one, rows.database.begin() as other:
        mine = claimed(Claims(one, rows.tables).next(NOW, 100, 0, ()))
        theirs = claimed(Claims(other, rows.tables).next(NOW, 100, 0, ()))
    assert mine == list(range(1, 9))
    assert len(theirs) == 8
    assert not set(mine) & set(theirs)
