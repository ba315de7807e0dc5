"""Short forms for the kinds of columns and indexes that the host's tables are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Index, Integer, String, Table, text

from demo.column_types import MYSQL, Moment, one_of


def key(name: str) -> Column[Any]:
    """The counting primary key."""
    return Column(name, Integer, primary_key=True, autoincrement=True)


def number(name: str, default: int = 0) -> Column[Any]:
    return Column(name, Integer, nullable=False, server_default=text(str(default)))


def numbers(*names: str) -> list[Column[Any]]:
    return [number(name) for name in names]


def words(*names: str, length: int = 250) -> list[Column[Any]]:
    """Text columns that are '' where nothing is known, as the host keeps them."""
    return [Column(name, String(length), nullable=False, server_default="") for name in names]


def moment(name: str, kind: str = "datetime", default: str | None = None) -> Column[Any]:
    """A date or time; with a default (the zero date) it is never NULL."""
    return Column(name, Moment(kind), nullable=default is None, server_default=default)


def choice(name: str, *values: str) -> Column[Any]:
    """One of a closed set of words; the first is the default."""
    return Column(name, one_of(*values), nullable=False, server_default=values[0])


def index(name: str, *columns: str, table: str) -> list[Index]:
    """One index; its name is the host's on MySQL and carries the table's on SQLite.

    SQLite keeps index names per database, MySQL per table.
    """
    return [
        *(Index(name, *columns).ddl_if(dialect=dialect) for dialect in MYSQL),
        Index(f"{table}_{name}", *columns).ddl_if(dialect="sqlite"),
    ]


def fitting(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row without what the table has no column for: an older host has fewer."""
    return {name: value for name, value in row.items() if name in table.c}
