"""Private servers: they start, answer, survive a kill, keep what they promise, and never stay."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
import sqlalchemy

from devtools.process import find_program
from devtools.servers import (
    ONCE,
    MariaDb,
    RedisServer,
    ServerError,
    needed,
    private_mariadb,
    private_redis,
)

pytestmark = pytest.mark.services

ROOT = Path(__file__).resolve().parents[2]
LEAVE_SECONDS = 20

ORPHAN_MAKER = """
import os, sys
from pathlib import Path
from devtools.servers import private_mariadb, private_redis

here = Path(sys.argv[1])
with private_mariadb(here / "mariadb") as mariadb, private_redis(here / "redis") as redis:
    print(mariadb.pid, redis.pid, flush=True)
    sys.stdin.read()
"""


def ask(url: str, *statements: str) -> list[tuple]:
    """Run statements in one committed transaction; the rows of the last one."""
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        for statement in statements[:-1]:
            connection.exec_driver_sql(statement)
        result = connection.exec_driver_sql(statements[-1])
        return [tuple(row) for row in result] if result.returns_rows else []


def exists(pid: int) -> bool:
    """Whether the process runs; a dead one that nobody has collected yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_mariadb_speaks_utf8mb4_in_utc_and_has_an_empty_database(mariadb: MariaDb):
    assert ask(mariadb.url, "SELECT DATABASE(), @@time_zone") == [("journeys", "+00:00")]
    assert ask(mariadb.url, "SELECT @@character_set_database, '🧭'") == [("utf8mb4", "🧭")]


def test_a_new_database_is_empty_and_goes_even_while_somebody_uses_it(mariadb: MariaDb):
    url = mariadb.create_database("scratch")
    ask(url, "CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)")
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT * FROM t").all()
        mariadb.drop_database("scratch")
        with pytest.raises(sqlalchemy.exc.OperationalError):
            connection.exec_driver_sql("SELECT 1")
    engine.dispose()
    assert ask(mariadb.create_database("scratch"), "SHOW TABLES") == []
    mariadb.drop_database("scratch")


def test_a_database_needs_a_plain_name(mariadb: MariaDb):
    with pytest.raises(ServerError, match="cannot name a database"):
        mariadb.create_database("x`; DROP DATABASE journeys")


def test_tests_get_an_empty_database_of_their_own(mysql_url: str):
    assert ask(mysql_url, "SHOW TABLES") == []


@pytest.mark.chaos
def test_a_durable_mariadb_keeps_committed_rows_over_a_kill(tmp_path: Path):
    with private_mariadb(tmp_path / "durable", durable=True) as server:
        url = server.url
        ask(url, "CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1), (2)")
        engine = sqlalchemy.create_engine(url)
        with engine.connect() as connection:
            connection.exec_driver_sql("INSERT INTO t VALUES (3)")
            server.kill()
            assert not server.running
            with pytest.raises(sqlalchemy.exc.OperationalError):
                connection.commit()
        engine.dispose()
        server.start()
        assert server.url == url
        assert ask(url, "SELECT a FROM t ORDER BY a") == [(1,), (2,)]
        flushes = "SELECT @@innodb_flush_log_at_trx_commit, @@innodb_doublewrite"
        assert ask(url, flushes) == [(1, 1)]


@pytest.mark.chaos
def test_a_fast_mariadb_keeps_its_rows_over_a_kill_and_in_a_later_run(tmp_path: Path):
    with private_mariadb(tmp_path) as server:
        ask(server.url, "CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)")
        server.kill()
        server.start()
        assert ask(server.url, "SELECT a FROM t") == [(1,)]
    with private_mariadb(tmp_path) as later:
        assert ask(later.url, "SELECT a FROM t") == [(1,)]


def test_two_servers_run_side_by_side_on_ports_of_their_own(tmp_path: Path, mariadb: MariaDb):
    with private_mariadb(tmp_path / "other") as other:
        assert other.port != mariadb.port
        ask(other.url, "CREATE TABLE only_here (a INT)", "SELECT 1")
        assert ask(mariadb.url, "SHOW TABLES LIKE 'only_here'") == []


def test_one_directory_serves_one_process_at_a_time(tmp_path: Path):
    with (
        private_redis(tmp_path),
        pytest.raises(ServerError, match="Stop it first"),
        private_redis(tmp_path),
    ):
        pass


@pytest.mark.chaos
def test_redis_comes_back_empty_on_the_same_port_after_a_kill(tmp_path: Path):
    with private_redis(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        client.set("key", "value")
        server.kill()
        with pytest.raises(redis.ConnectionError):
            client.get("key")
        server.start()
        assert client.get("key") is None


def test_a_flushed_redis_holds_nothing(redis_server: RedisServer):
    with redis.Redis.from_url(redis_server.url) as client:
        client.set("key", "value")
        redis_server.flush()
        assert client.dbsize() == 0


def test_redis_does_not_talk_to_people_without_its_password(redis_server: RedisServer):
    with (
        redis.Redis(port=redis_server.port, retry=ONCE) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_a_server_that_cannot_start_says_why(tmp_path: Path):
    with (
        private_redis(tmp_path / "first") as first,
        pytest.raises(ServerError, match="ended while starting"),
        private_redis(tmp_path / "second", port=first.port),
    ):
        pass


@pytest.mark.chaos
def test_servers_end_when_the_process_that_started_them_is_killed(tmp_path: Path):
    starter = subprocess.Popen(
        [sys.executable, "-c", ORPHAN_MAKER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with starter:
        pids = [int(pid) for pid in starter.stdout.readline().split()]
        assert len(pids) == 2
        assert all(map(exists, pids))
        os.kill(starter.pid, signal.SIGKILL)
        starter.wait()
    deadline = time.monotonic() + LEAVE_SECONDS
    while any(map(exists, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(exists, pids))


def test_a_missing_server_is_named_with_the_way_to_get_it():
    assert find_program("no-such-program-anywhere") is None
    with pytest.raises(ServerError, match="make services"):
        needed("Something", "no-such-program-anywhere")
