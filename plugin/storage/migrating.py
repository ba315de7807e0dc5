"""Brings our tables to where tables.py stands, by the scripts of migrations/, and says what waits.

MySQL commits at every DDL statement. So each step of a script may run again after a crash in the
middle (see `Ddl`), and of two installers one waits until the other is through.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError
from sqlalchemy.pool import NullPool

from plugin.errors import JourneysError, Unavailable
from plugin.storage.database import translated

SCRIPTS = Path(__file__).resolve().parents[2] / "migrations"

#: How long one installer waits for another, in seconds.
PATIENCE_SECONDS = 60
#: A DDL statement that must wait this long for somebody's transaction gives up, in seconds.
METADATA_LOCK_SECONDS = 10

_PREFIX = re.compile(r"[a-z][a-z0-9_]{0,15}")
_STORAGE = {"engine": "InnoDB", "charset": "utf8mb4", "collate": "utf8mb4_bin"}
_OPTIONS: dict[str, Any] = {
    f"{dialect}_{name}": value
    for dialect in ("mysql", "mariadb")
    for name, value in _STORAGE.items()
}


def migrate(engine: sa.Engine, prefix: str, to: str = "head") -> list[str]:
    """Run what is pending; answers the revisions that were applied, oldest first.

    Raises JourneysError (the prefix, tables that are not ours, a database that a newer release
    has migrated), Unavailable (the database is away, or another installer does not finish).
    """
    applied: list[str] = []
    with _alone(engine, prefix) as connection:
        command.upgrade(_config(connection, prefix, applied), to)
    return applied


def roll_back(engine: sa.Engine, prefix: str, to: str = "base") -> list[str]:
    """Undo migrations, newest first, with all that their tables hold. For tests and emergencies."""
    undone: list[str] = []
    with _alone(engine, prefix) as connection:
        command.downgrade(_config(connection, prefix, undone), to)
    return undone


def pending(engine: sa.Engine, prefix: str) -> list[str]:
    """Revisions that the database lacks, oldest first. Raises as `migrate` does."""
    _check(prefix)
    with _in_our_words(), engine.connect() as connection:
        options = {"version_table": version_table(prefix)}
        heads = MigrationContext.configure(connection, opts=options).get_current_heads()
        waiting = ScriptDirectory(str(SCRIPTS)).iterate_revisions("head", heads or "base")
        return [script.revision for script in waiting][::-1]


def version_table(prefix: str) -> str:
    """Where the present revision is written."""
    return f"{prefix}alembic_version"


class Ddl:
    """What a script may do, each step so that it may run again after a crash behind it."""

    def __init__(self, context: MigrationContext, prefix: str) -> None:
        self._operations = Operations(context)
        self._prefix = prefix

    def table(self, name: str, *columns: sa.Column[Any]) -> None:
        """Create a table. One that stands must have the same columns: then it is ours."""
        full = self._prefix + name
        if not self._inspect().has_table(full):
            self._operations.create_table(full, *columns, **_OPTIONS)
            return
        present = [column["name"] for column in self._inspect().get_columns(full)]
        if present != [column.name for column in columns]:
            raise JourneysError(
                f"The table {full} exists and is not ours. Set JOURNEYS_TABLE_PREFIX to a prefix"
                " that no other table has."
            )

    def index(self, table: str, *columns: str, name: str = "", unique: bool = False) -> None:
        """Create an index, unless it stands. `name` without “uq_” or “ix_” and the prefix."""
        full = self._prefix + table
        kind = "uq" if unique else "ix"
        named = f"{kind}_{self._prefix}{name or '_'.join((table, *columns))}"
        if named not in {index["name"] for index in self._inspect().get_indexes(full)}:
            self._operations.create_index(named, full, list(columns), unique=unique)

    def drop(self, *tables: str) -> None:
        """Drop tables, with their indexes and rows."""
        for name in tables:
            self._operations.drop_table(self._prefix + name, if_exists=True)

    def _inspect(self) -> sa.Inspector:
        # Afresh each time: an inspector remembers what it saw.
        return sa.inspect(self._operations.get_bind())


@contextmanager
def _alone(engine: sa.Engine, prefix: str) -> Iterator[sa.Connection]:
    """A transaction in which nobody else migrates: the lock outlasts its commit."""
    _check(prefix)
    patient = _patient(engine)
    try:
        with (
            _in_our_words(),
            patient.connect() as connection,
            _lock(connection, prefix),
            connection.begin(),
        ):
            yield connection
    finally:
        if patient is not engine:
            patient.dispose()


def _check(prefix: str) -> None:
    if not _PREFIX.fullmatch(prefix):
        raise JourneysError(
            "JOURNEYS_TABLE_PREFIX must be 1 to 16 lower-case letters, digits and _, and begin"
            " with a letter."
        )


def _patient(engine: sa.Engine) -> sa.Engine:
    """An engine whose statements may take their time: a large table is altered for minutes."""
    if engine.dialect.name == "sqlite":
        return engine
    settle = f"SET SESSION lock_wait_timeout = {METADATA_LOCK_SECONDS}"
    arguments = {"charset": "utf8mb4", "connect_timeout": 5, "init_command": settle}
    return sa.create_engine(engine.url, poolclass=NullPool, connect_args=arguments)


@contextmanager
def _lock(connection: sa.Connection, prefix: str) -> Iterator[None]:
    """SQLite has one writer anyway. MySQL's named locks are the server's, hence the digest."""
    if connection.dialect.name == "sqlite":
        yield
        return
    of = f"{connection.engine.url.database}/{prefix}".encode()
    name = f"journeys-migrate-{sha256(of).hexdigest()[:16]}"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not connection.scalar(sa.select(sa.func.get_lock(name, 1))):
        if time.monotonic() > deadline:
            raise Unavailable("Another `journeys install` is at work. Try again when it is done.")
    connection.commit()  # of what asking for the lock began; the lock is the session's
    try:
        yield
    finally:
        connection.scalar(sa.select(sa.func.release_lock(name)))


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except (CommandError, RevisionError) as error:
        raise JourneysError(
            f"The database was migrated by another release of Journeys ({error}). Install that"
            " release again, or a newer one."
        ) from error
    except sa.exc.DBAPIError as error:
        raise translated(error) from error


def _config(connection: sa.Connection, prefix: str, done: list[str]) -> Config:
    config = Config(attributes={"connection": connection, "prefix": prefix, "done": done})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config
