"""Connections to the demo's database: one door for reading, one for writing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

#: The host's sessions accept zero dates, so neither NO_ZERO_DATE nor NO_ZERO_IN_DATE.
_MYSQL_SESSION = (
    "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'"
)
_BUSY_SECONDS = 10
#: MySQL's words for "somebody else held the rows; nothing was done, do it again".
_TRY_AGAIN = (1205, 1213)
_TRIES = 5

Result = TypeVar("Result")


def open_engine(url: str) -> Engine:
    """An engine for the host's own connections; SQLite runs with a write-ahead log."""
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url, connect_args={"init_command": _MYSQL_SESSION}, pool_pre_ping=True, pool_recycle=3600
    )


def writing(engine: Engine) -> AbstractContextManager[Connection]:
    """A transaction that changes rows; on SQLite it takes the write lock at once.

    Without that, two writers that both read first would end in "database is locked".
    """
    return engine.execution_options(writing=True).begin()


def changed(engine: Engine, work: Callable[[Connection], Result]) -> Result:
    """What `work` returns; it runs in a writing transaction, again if a deadlock undid it."""
    for _ in range(_TRIES - 1):
        try:
            with writing(engine) as connection:
                return work(connection)
        except OperationalError as error:
            arguments = getattr(error.orig, "args", ())
            if not arguments or arguments[0] not in _TRY_AGAIN:
                raise
    with writing(engine) as connection:
        return work(connection)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
