"""Column types that mean the same on SQLite and on MySQL/MariaDB."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Dialect, Integer, Numeric, String, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnClause, ColumnElement
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from demo.fields import FieldSpec

MYSQL = ("mysql", "mariadb")

#: The host writes these where it has no date; they are values, not NULL.
ZERO_DATE = "0000-00-00"
ZERO_DATETIME = "0000-00-00 00:00:00"
ZERO_IP = "0.0.0.0"

_FORMATS = {
    "date": "%Y-%m-%d",
    "time": "%H:%M:%S",
    "datetime": "%Y-%m-%d %H:%M:%S",
    "timestamp": "%Y-%m-%d %H:%M:%S",
}
_MYSQL_MOMENTS: dict[str, TypeEngine[Any]] = {
    "date": mysql.DATE(),
    "time": mysql.TIME(),
    "datetime": mysql.DATETIME(),
    "timestamp": mysql.TIMESTAMP(),
}


class _SqliteMoment(UserDefinedType[str]):
    """A column declared DATE, TIME or DATETIME that keeps text untouched, zero dates too."""

    cache_ok = True

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def get_col_spec(self, **_: Any) -> str:
        return self.kind.upper()


class Moment(TypeDecorator[str]):
    """A date, time or datetime column, as text in Python on every database.

    Takes text or a date, time, datetime; returns the text MySQL would show, zero dates included.
    """

    impl = String
    cache_ok = True

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name in MYSQL:
            return dialect.type_descriptor(_MYSQL_MOMENTS[self.kind])
        return dialect.type_descriptor(_SqliteMoment(self.kind))

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return self._text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return self._text(value)

    def _text(self, value: Any) -> str | None:
        if isinstance(value, (datetime, date, time)):
            return value.strftime(_FORMATS[self.kind])
        if value is None:
            return None
        return str(value)[:10] if self.kind == "date" else str(value)


class AsText(TypeDecorator[str]):
    """The TEXT column in which an old host keeps the values of any custom field.

    Takes what the typed column would take. Characters beyond the Basic Multilingual Plane become
    "?", as in a server that knows three bytes per character.
    """

    impl = Text
    cache_ok = True

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        text = mysql.TEXT() if dialect.name in MYSQL else Text(collation="NOCASE")
        return dialect.type_descriptor(text)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if isinstance(value, (datetime, date, time)):
            return value.strftime(_FORMATS.get(self.kind, _FORMATS[type(value).__name__]))
        return None if value is None else three_bytes(str(value))


def three_bytes(text: str) -> str:
    """The text as a server keeps it that knows no characters of four bytes."""
    return "".join(letter if letter <= "\uffff" else "?" for letter in text)


class Weekday(ColumnElement[int]):
    """1 (Sunday) to 7 of a datetime column, for the host's stored generated columns."""

    inherit_cache = True
    type = Integer()

    def __init__(self, column: str) -> None:
        self.column: ColumnClause[Any] = ColumnClause(column)


@compiles(Weekday)
def _mysql_weekday(element: Weekday, compiler: SQLCompiler, **kw: Any) -> str:
    return f"DAYOFWEEK({compiler.process(element.column, **kw)})"


@compiles(Weekday, "sqlite")
def _sqlite_weekday(element: Weekday, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(strftime('%w', {compiler.process(element.column, **kw)}) AS INTEGER) + 1"


def folded(length: int) -> TypeEngine[str]:
    """A VARCHAR that compares without regard to case, as the host's collation does."""
    return String(length).with_variant(String(length, collation="NOCASE"), "sqlite")


def long_text(fold: bool = False) -> TypeEngine[str]:
    """LONGTEXT; with `fold` compared without regard to case on SQLite too."""
    kind = Text().with_variant(mysql.LONGTEXT(), *MYSQL)
    return kind.with_variant(Text(collation="NOCASE"), "sqlite") if fold else kind


def one_of(*values: str) -> TypeEngine[str]:
    """ENUM on MySQL, VARCHAR on SQLite."""
    return String(max(map(len, values))).with_variant(mysql.ENUM(*values), *MYSQL)


def field_type(field: FieldSpec, typed: bool = True) -> TypeEngine[Any]:
    """The type of a custom field's column in its shard; without `typed` it is always TEXT."""
    if not typed:
        return AsText(field.data_type)
    if field.data_type in _FORMATS:
        return Moment(field.data_type)
    if field.data_type == "number":
        return Integer()
    if field.data_type == "decimal":
        return Numeric(12, 2, asdecimal=False)
    if field.data_type == "enum":
        return folded(250).with_variant(mysql.ENUM(*field.options), *MYSQL)
    return long_text(fold=True)
