"""Named locks of a transaction: held until after its commit, and never longer."""

from __future__ import annotations

import pytest

from plugin.sql import locks


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(locks, "WAIT_SECONDS", 0)


def free(database, name):
    with database.begin() as other:
        return locks.take(other, [name])


def test_what_one_transaction_holds_no_other_gets(mysql_database):
    with mysql_database.begin() as connection:
        assert locks.take(connection, ["b", "a"])
        assert locks.take(connection, ["a"])
        assert not free(mysql_database, "a")
        assert free(mysql_database, "c")


def test_after_the_commit_it_is_free(mysql_database):
    with mysql_database.begin() as connection:
        locks.take(connection, ["a"])
    assert free(mysql_database, "a")


def test_after_a_fault_it_is_free(mysql_database):
    with pytest.raises(ZeroDivisionError), mysql_database.begin() as connection:
        locks.take(connection, ["a"])
        1 / 0  # noqa: B018
    assert free(mysql_database, "a")


def test_who_did_not_get_one_leaves_none_behind(mysql_database):
    with mysql_database.begin() as connection:
        locks.take(connection, ["b"])
        with mysql_database.begin() as other:
            assert not locks.take(other, ["a", "b"])
        assert free(mysql_database, "a")


def test_one_transaction_alone_gets_what_it_wants(database):
    with database.begin() as connection:
        assert locks.take(connection, ["a", "b"])
