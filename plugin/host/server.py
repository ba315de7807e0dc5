"""What the doctor asks of the database server. SQLite, which is no server, answers in kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

_SKIP_LOCKED = {"MariaDB": (10, 6), "MySQL": (8, 0, 1)}
_STRICT = {"STRICT_TRANS_TABLES", "STRICT_ALL_TABLES"}


@dataclass(frozen=True, slots=True)
class Server:
    """`charset` is that of our own sessions, `strict` says whether they refuse bad values."""

    name: str
    version: tuple[int, ...]
    charset: str
    strict: bool
    skips_locked: bool

    @property
    def title(self) -> str:
        return f"{self.name} {'.'.join(map(str, self.version))}"


@dataclass(frozen=True, slots=True)
class Stored:
    """How one table is kept. `engine` is in lower case."""

    table: str
    engine: str
    charset: str


def server(connection: sa.Connection) -> Server:
    """Which database it is, and how our sessions with it are set."""
    if connection.dialect.name == "sqlite":
        version = connection.dialect.server_version_info or ()
        return Server("SQLite", tuple(map(int, version)), "utf-8", strict=True, skips_locked=True)
    query = sa.text("SELECT VERSION(), @@sql_mode, @@character_set_connection")
    version_text, mode, charset = connection.execute(query).one()
    name = "MariaDB" if "mariadb" in version_text.lower() else "MySQL"
    version = _version(version_text)
    return Server(
        name,
        version,
        charset,
        strict=bool(_STRICT & set(mode.split(","))),
        skips_locked=version >= _SKIP_LOCKED[name],
    )


def _version(text: str) -> tuple[int, ...]:
    """MariaDB may put a 5.5.5- before its own number, for old clients."""
    numbers = re.match(r"(?:5\.5\.5-)?(\d+)\.(\d+)\.(\d+)", text)
    return tuple(map(int, numbers.groups())) if numbers else (0,)


def server_now(connection: sa.Connection) -> datetime:
    """The server's clock, aware UTC."""
    if connection.dialect.name == "sqlite":
        shown = connection.exec_driver_sql("SELECT strftime('%Y-%m-%d %H:%M:%f')").scalar_one()
        return datetime.fromisoformat(shown).replace(tzinfo=UTC)
    naive: datetime = connection.exec_driver_sql("SELECT UTC_TIMESTAMP(6)").scalar_one()
    return naive.replace(tzinfo=UTC)


def stored(connection: sa.Connection, prefix: str, names: Iterable[str]) -> Sequence[Stored]:
    """How all lists' tables and those of `names` (without the prefix) are kept.

    Nothing on SQLite.
    """
    if connection.dialect.name == "sqlite":
        return []
    columns = ("TABLE_SCHEMA", "TABLE_NAME", "TABLE_TYPE", "ENGINE", "TABLE_COLLATION")
    c = sa.table("TABLES", *map(sa.column, columns), schema="information_schema").c
    named = sa.or_(
        c.TABLE_NAME.in_([prefix + name for name in names]),
        c.TABLE_NAME.startswith(f"{prefix}subscribers_", autoescape=True),
    )
    here = sa.and_(sa.func.database() == c.TABLE_SCHEMA, c.TABLE_TYPE == "BASE TABLE", named)
    rows = connection.execute(sa.select(c.TABLE_NAME, c.ENGINE, c.TABLE_COLLATION).where(here))
    return [
        Stored(name, (engine or "").lower(), (collation or "").split("_")[0])
        for name, engine, collation in rows
    ]


def columns_of(connection: sa.Connection, tables: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """The columns of those of the tables that exist, by table."""
    if not tables:
        return {}
    found = sa.inspect(connection).get_multi_columns(filter_names=list(tables))
    return {
        name: frozenset(column["name"] for column in columns)
        for (_, name), columns in found.items()
        if columns
    }
