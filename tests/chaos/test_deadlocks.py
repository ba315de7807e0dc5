"""A deadlock in the middle of a tick undoes all of it; it must not look like a step that fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from devtools.servers import MariaDb
from plugin.errors import Interrupted
from plugin.storage.database import Database, savepoint

pytestmark = pytest.mark.chaos

#: The server undoes the transaction that has changed less.
MANY = range(10, 40)
WAITING = "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'"


@pytest.fixture
def database(mysql_url: str) -> Iterator[Database]:
    database = Database(mysql_url)
    rows = ",".join(f"({i}, 0)" for i in (1, 2, 3, *MANY))
    with database.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE things (id INT PRIMARY KEY, n INT)")
        connection.exec_driver_sql(f"INSERT INTO things VALUES {rows}")
    yield database
    database.engine.dispose()


def touch(connection: sa.Connection, *ids: int) -> None:
    connection.exec_driver_sql(f"UPDATE things SET n = 1 WHERE id IN ({','.join(map(str, ids))})")


def test_a_deadlock_inside_a_savepoint_is_told_as_an_interruption_of_the_whole_transaction(
    database: Database, mariadb: MariaDb
):
    first, other_has_begun = threading.Event(), threading.Event()

    def other() -> None:
        with database.begin() as connection:
            touch(connection, 2, *MANY)
            other_has_begun.set()
            first.wait(10)
            touch(connection, 1)

    def cross() -> None:
        with database.begin() as connection:
            touch(connection, 3)
            with savepoint(connection):
                other_has_begun.wait(10)
                touch(connection, 1)
                first.set()
                while not mariadb.execute(WAITING)[0][0]:
                    time.sleep(0.15)  # the server looks at its transactions ten times a second
                touch(connection, 2)

    with ThreadPoolExecutor(1) as pool:
        crossing = pool.submit(other)
        with pytest.raises(Interrupted):
            cross()
        crossing.result()
    with database.begin() as connection:
        changed = connection.exec_driver_sql("SELECT id FROM things WHERE n = 1 ORDER BY id")
        assert list(changed.scalars()) == [1, 2, *MANY]
