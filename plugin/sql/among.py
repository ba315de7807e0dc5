"""`column IN (ids)` for thousands of ids, as one value of a statement whose text stays the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from plugin.sql.fragments import Fragment


def among(column: sa.ColumnElement[Any], ids: Iterable[int]) -> sa.ColumnElement[bool]:
    """The rows whose column is one of these whole numbers. Of no ids: no rows.

    Raises ValueError for anything that is no int.
    """
    given = sa.bindparam("ids", list(ids), _Ids(), unique=True)
    return column.op("IN", is_comparison=True)(_Listed(given))


class _Ids(sa.types.UserDefinedType[list[int]]):
    """Whole numbers, as `(1,2,3)` for MySQL and as a JSON array for SQLite."""

    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> Any:
        return _as_json if dialect.name == "sqlite" else _in_brackets


class _Listed(sa.sql.functions.FunctionElement[Any]):
    name = "listed"
    inherit_cache = True


@compiles(_Listed)
def _literally(element: _Listed, compiler: SQLCompiler, **more: Any) -> str:
    return compiler.process(next(iter(element.clauses)), **more)


@compiles(_Listed, "sqlite")
def _from_json(element: _Listed, compiler: SQLCompiler, **more: Any) -> str:
    return f"(SELECT value FROM json_each({_literally(element, compiler, **more)}))"  # noqa: S608


def _as_json(ids: list[int]) -> str:
    return f"[{_numbers(ids)}]"


def _in_brackets(ids: list[int]) -> Fragment:
    return Fragment(f"({_numbers(ids) or 'NULL'})")


def _numbers(ids: list[int]) -> str:
    return ",".join([f"{i:d}" for i in ids])
