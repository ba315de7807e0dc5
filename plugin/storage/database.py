"""The connection to the database: one engine, its transactions, and its errors in our words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from plugin.errors import Interrupted, JourneysError, Unavailable
from plugin.sql import locks
from plugin.sql.fragments import CONVERSIONS

#: MySQL errors after which the whole unit is run again (deadlock, lock wait, snapshot, DDL).
REDO = {1213, 1205, 1020, 1412, 1615, 3572, 3058}
#: "SAVEPOINT does not exist": a deadlock has undone the transaction, and its savepoints with it.
#: The driver says this instead, when it goes back to the savepoint of the part that failed.
REDO |= {1305}
#: The connection is gone, or the server cannot write now.
AWAY = {2002, 2003, 2006, 2013, 2055, 1927, 1053, 1040, 1158, 1159, 1160, 1161, 1203}
AWAY |= {1290, 1836, 1792, 1114, 1021, 1041, 1037}

#: Seconds that a session waits for a metadata lock before it gives up and is run again.
LOCK_WAIT_SECONDS = 5


class Database:
    """An SQLAlchemy engine with the session settings that we rely on."""

    def __init__(self, url: str, pool_size: int = 10) -> None:
        self.engine = make_engine(url, pool_size)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """One transaction: commits when the block ends, rolls back when it raises.

        Raises Interrupted (nothing was written, run it again) or Unavailable (the database is
        away; after an error at COMMIT the outcome must be read again).
        """
        try:
            with self.engine.connect() as connection:
                try:
                    with connection.begin():
                        yield connection
                finally:
                    locks.release(connection)
        except sa.exc.DBAPIError as error:
            raise translated(error) from error
        except sa.exc.TimeoutError as error:
            raise Unavailable("All database connections are in use. Try again.") from error

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that only reads. On SQLite it does not wait for the one writer."""
        try:
            with self.engine.connect() as plain:
                connection = plain.execution_options(read_only=True)
                with connection.begin():
                    yield connection
        except sa.exc.DBAPIError as error:
            raise translated(error) from error
        except sa.exc.TimeoutError as error:
            raise Unavailable("All database connections are in use. Try again.") from error


@contextmanager
def savepoint(connection: sa.Connection) -> Iterator[None]:
    """A part that may fail alone. A deadlock undoes the whole transaction: Interrupted."""
    try:
        with connection.begin_nested():
            yield
    except sa.exc.DBAPIError as error:
        known = translated(error)
        raise known from error


def translated(error: sa.exc.DBAPIError) -> Exception:
    """Our error for the driver's: Interrupted, Unavailable, or itself when it is neither."""
    code = error_code(error)
    if code in REDO or _sqlite_busy(error):
        return Interrupted(str(error.orig))
    if code in AWAY or error.connection_invalidated:
        return Unavailable(str(error.orig))
    return error


def error_code(error: sa.exc.DBAPIError) -> int:
    """MySQL's error number; 0 when there is none."""
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else 0


def _sqlite_busy(error: sa.exc.DBAPIError) -> bool:
    return isinstance(error.orig, sqlite3.OperationalError) and "locked" in str(error.orig)


def make_engine(url: str, pool_size: int = 10) -> sa.Engine:
    """An engine for either database. Raises JourneysError for any other kind of URL."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed)
    if parsed.get_backend_name() in ("mysql", "mariadb"):
        return _mysql_engine(parsed, pool_size)
    raise JourneysError("The database URL must begin with mysql+pymysql:// or sqlite://.")


def _mysql_engine(url: sa.URL, pool_size: int) -> sa.Engine:
    engine = sa.create_engine(
        url,
        hide_parameters=True,  # values of people have no place in a log
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=5,
        pool_recycle=1800,
        pool_pre_ping=True,
        connect_args={
            "charset": "utf8mb4",
            "connect_timeout": 5,
            "read_timeout": 30,
            "conv": CONVERSIONS,
        },
    )

    @event.listens_for(engine, "connect")
    def settle_session(dbapi_connection: Any, _: object) -> None:
        # Strict, but at peace with the host's zero dates; the host's own mode may differ.
        with dbapi_connection.cursor() as cursor:
            cursor.execute(
                "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION',"
                f" time_zone = '+00:00', lock_wait_timeout = {LOCK_WAIT_SECONDS},"
                " innodb_lock_wait_timeout = 10"
            )

    return engine


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    """Transactions begin IMMEDIATE: SQLite's one writer waits in line and never half-way."""
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=20,
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def settle_session(dbapi_connection: Any, _: object) -> None:
        dbapi_connection.isolation_level = None
        dbapi_connection.execute("PRAGMA journal_mode = WAL")
        dbapi_connection.execute("PRAGMA synchronous = NORMAL")
        dbapi_connection.execute("PRAGMA busy_timeout = 10000")
        dbapi_connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin_immediate(connection: sa.Connection) -> None:
        read_only = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
