"""Private MariaDB and Redis servers, for the tests, the full demo, the bench and the crash tests.

Each runs as a child process in a directory of its own, listens on 127.0.0.1 only, has a password
of its own, and can be killed and started again. Nothing that already runs on the machine is used.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pymysql
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from devtools.process import Child, Lock, ServerError, find_program, free_port

__all__ = ["MariaDb", "RedisServer", "ServerError", "private_mariadb", "private_redis"]

USER = "journeys"
DATABASE = "journeys"
DATABASE_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
TRIES = 3
ONCE = Retry(NoBackoff(), retries=0)

COMMON = (
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_unicode_ci",
    "--default-time-zone=+00:00",
    "--innodb-buffer-pool-size=256M",
    "--max-connections=200",
    "--performance-schema=OFF",
)
# A killed process loses nothing with these, since each commit is handed to the kernel; a machine
# that loses its power would.
FAST = (
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-flush-method=nosync",
    "--innodb-log-file-size=64M",
    "--skip-innodb-doublewrite",
    "--debug-no-sync",
    "--sync-binlog=0",
)
DURABLE = (
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-doublewrite=1",
    "--innodb-log-file-size=256M",
)


class PrivateServer:
    """What both servers share: a directory, a port, a password, and life and death."""

    def __init__(self, directory: Path, port: int | None) -> None:
        self.directory = directory.resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.password = secrets.token_urlsafe(18)
        self._port = port
        self._child = Child(self.directory / "server.log")

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1; stays the same over `kill` and `start`."""
        if self._port is None:
            raise ServerError("The server has no port before its first start.")
        return self._port

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the server's process exists now."""
        return self._child.running

    @property
    def log(self) -> Path:
        """The file with all that the server printed."""
        return self._child.log

    def kill(self) -> None:
        """End the server as a crash would (SIGKILL). `start` brings it back on the same port."""
        self._child.kill()

    def stop(self) -> None:
        """End the server as an administrator would."""
        self._child.stop()

    def start(self) -> None:
        """Start the server and return once it answers. Raises ServerError if it never does."""
        for left in reversed(range(TRIES)):
            port = self._port or free_port()
            try:
                self._child.start(self._command(port), partial(self._answers, port))
            except ServerError as error:
                # Between our look and the server's start, somebody else may take the port.
                if self._port or not left or "in use" not in str(error):
                    raise
            else:
                self._port = port
                return

    def _command(self, port: int) -> Sequence[str]:
        raise NotImplementedError

    def _answers(self, port: int) -> bool:
        raise NotImplementedError


Server = TypeVar("Server", bound=PrivateServer)


class MariaDb(PrivateServer):
    """A MariaDB server with one user that may do everything, and one empty database."""

    def __init__(self, directory: Path, *, durable: bool = False, port: int | None = None) -> None:
        super().__init__(directory, port)
        self._durable = durable
        self._data = self.directory / "data"
        self._sign_in = self.directory / "sign-in.sql"

    @property
    def url(self) -> str:
        """SQLAlchemy's address of the database `journeys`, which exists from the first start."""
        return self.url_of(DATABASE)

    def url_of(self, name: str) -> str:
        """SQLAlchemy's address of the database `name`."""
        host = f"127.0.0.1:{self.port}"
        return f"mysql+pymysql://{USER}:{self.password}@{host}/{name}?charset=utf8mb4"

    def create_database(self, name: str) -> str:
        """Make an empty database (lower-case letters, digits, _) and return its address."""
        self.execute(f"CREATE DATABASE {checked(name)}")
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Remove a database with all in it; connections that still use it are ended."""
        for row in self.execute("SHOW PROCESSLIST"):
            if row[3] == checked(name):
                self.execute(f"KILL {int(row[0])}", forgive=1094)
        self.execute(f"DROP DATABASE IF EXISTS {checked(name)}")

    def execute(self, statement: str, *, forgive: int = 0) -> Sequence[tuple[Any, ...]]:
        """Run one statement on a connection of its own; error number `forgive` is no error."""
        with closing(self._connect(self.port)) as connection, connection.cursor() as cursor:
            try:
                cursor.execute(statement)
            except pymysql.MySQLError as error:
                if error.args[0] != forgive:
                    raise
            return tuple(cursor.fetchall())

    def start(self) -> None:
        """Start the server; the first time, make its data directory (half a second)."""
        if not (self._data / "mysql").is_dir():
            self._install()
        self._write_sign_in()
        super().start()

    def _install(self) -> None:
        install = needed("MariaDB", "mariadb-install-db", "mysql_install_db")
        done = subprocess.run(
            [
                install,
                *self._options(),
                "--auth-root-authentication-method=socket",
                "--auth-root-socket-user=root",
                "--skip-test-db",
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ServerError(f"MariaDB cannot make {self._data}:\n{done.stdout}{done.stderr}")

    def _write_sign_in(self) -> None:
        # The server reads this at each start, so the password may be new each time.
        self._sign_in.touch(mode=0o600)
        self._sign_in.write_text(
            f"CREATE USER IF NOT EXISTS '{USER}'@'127.0.0.1';\n"
            f"ALTER USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{self.password}';\n"
            f"GRANT ALL ON *.* TO '{USER}'@'127.0.0.1' WITH GRANT OPTION;\n"
            f"CREATE DATABASE IF NOT EXISTS {DATABASE};\n"
        )

    def _options(self) -> Sequence[str]:
        speed = DURABLE if self._durable else FAST
        # MariaDB refuses to run as root unless it is told to.
        user = ["--user=root"] if os.geteuid() == 0 else []
        # A starting server clears its temporary directory: in a shared one, of others' files too.
        temporary = self.directory / "tmp"
        temporary.mkdir(exist_ok=True)
        places = [f"--datadir={self._data}", f"--tmpdir={temporary}"]
        return ["--no-defaults", *places, *user, *COMMON, *speed]

    def _command(self, port: int) -> Sequence[str]:
        return [
            needed("MariaDB", "mariadbd", "mysqld"),
            *self._options(),
            f"--port={port}",
            # Relative to the data directory: a socket's whole path may have 107 characters only.
            "--socket=server.sock",
            "--pid-file=server.pid",
            f"--init-file={self._sign_in}",
        ]

    def _connect(self, port: int) -> Any:
        return pymysql.connect(
            host="127.0.0.1",
            port=port,
            user=USER,
            password=self.password,
            connect_timeout=10,
            autocommit=True,
        )

    def _answers(self, port: int) -> bool:
        try:
            self._connect(port).close()
        except pymysql.MySQLError:
            return False
        return True


class RedisServer(PrivateServer):
    """A Redis server that keeps nothing on disk: a kill loses all it held."""

    @property
    def url(self) -> str:
        """Address of its database 0."""
        return self._url(self.port)

    def flush(self) -> None:
        """Forget everything, as if Redis had just been emptied by somebody."""
        with closing(redis.Redis.from_url(self.url)) as client:
            client.flushall()

    def _url(self, port: int) -> str:
        return f"redis://:{self.password}@127.0.0.1:{port}/0"

    def _command(self, port: int) -> Sequence[str]:
        settings = self.directory / "redis.conf"
        settings.touch(mode=0o600)
        settings.write_text(
            f'bind 127.0.0.1\nport {port}\nrequirepass {self.password}\ndir "{self.directory}"\n'
            'save ""\nappendonly no\ndaemonize no\n'
        )
        return [needed("Redis", "redis-server"), str(settings)]

    def _answers(self, port: int) -> bool:
        try:
            with closing(redis.Redis.from_url(self._url(port), retry=ONCE)) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def checked(name: str) -> str:
    """The name itself, if it may be a database's. Raises ServerError otherwise."""
    if not DATABASE_NAME.fullmatch(name):
        raise ServerError(f"{name!r} cannot name a database: use a-z, 0-9 and _ only.")
    return name


def needed(product: str, *names: str) -> str:
    """The path of a server's program. Raises ServerError that says how to install it."""
    found = find_program(*names)
    if found is None:
        raise ServerError(
            f"{product} is not installed ({' or '.join(names)} not found). "
            "Run `make services` as root, or install it with your system's packages."
        )
    return found


@contextmanager
def private_mariadb(
    directory: Path, *, durable: bool = False, port: int | None = None
) -> Iterator[MariaDb]:
    """Run a MariaDB server in `directory` until the block ends, on a free port if none is given.

    `durable` flushes at each commit, as a production server does; otherwise a power cut (not a
    killed process) may lose data, for speed. The directory is kept: a later server finds the data.
    """
    with running(MariaDb(directory, durable=durable, port=port)) as server:
        yield server


@contextmanager
def private_redis(directory: Path, port: int | None = None) -> Iterator[RedisServer]:
    """Run a Redis server in `directory` until the block ends, on a free port if none is given."""
    with running(RedisServer(directory, port)) as server:
        yield server


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Start the server, stop it when the block ends, and hold its directory meanwhile."""
    lock = Lock(server.directory)
    lock.take()
    try:
        server.start()
        yield server
    finally:
        server.stop()
        lock.release()
