"""What we need to know of a live column of the host before we compare with it or write to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine.interfaces import ReflectedColumn

#: `date` has days only, `datetime` is wall-clock time in the host's zone, `timestamp` an instant.
Family = Literal[
    "text",
    "choice",
    "integer",
    "decimal",
    "float",
    "date",
    "datetime",
    "timestamp",
    "time",
    "other",
]

#: Families that compare as numbers.
NUMBERS: frozenset[Family] = frozenset({"integer", "decimal", "float"})
#: Families that the database keeps as dates.
DATES: frozenset[Family] = frozenset({"date", "datetime", "timestamp"})

_BITS = {"TINYINT": 8, "SMALLINT": 16, "MEDIUMINT": 24, "BIGINT": 64}
_BYTES = {"TINYTEXT": 2**8 - 1, "TEXT": 2**16 - 1, "MEDIUMTEXT": 2**24 - 1, "LONGTEXT": 2**32 - 1}

#: Python's names for MySQL's charsets, where a lossless one exists.
_CODECS = {
    "latin1": "cp1252",
    "latin2": "iso8859-2",
    "latin5": "iso8859-9",
    "latin7": "iso8859-13",
    "cp1250": "cp1250",
    "cp1251": "cp1251",
    "cp1256": "cp1256",
    "cp1257": "cp1257",
    "greek": "iso8859-7",
    "hebrew": "iso8859-8",
    "koi8r": "koi8-r",
    "koi8u": "koi8-u",
}
_UNICODE = {"utf8mb4", "utf16", "utf16le", "utf32"}
_BASIC_PLANE = {"utf8mb3", "utf8", "ucs2"}


@dataclass(frozen=True)
class HostColumn:
    """`charset` None: the database takes all of Unicode (SQLite) or the column is no text."""

    name: str
    family: Family
    nullable: bool = True
    charset: str | None = None
    collation: str | None = None  #: None: the charset's default
    max_characters: int | None = None
    max_bytes: int | None = None
    bits: int = 32
    unsigned: bool = False
    precision: int | None = None
    scale: int = 0
    choices: tuple[str, ...] = ()
    must_be_given: bool = False  #: an INSERT that leaves it out fails

    def can_hold(self, text: str) -> bool:
        """Whether every character of `text` exists in the column's charset."""
        return "\x00" not in text and _encodes(text, self.charset)


@dataclass(frozen=True)
class HostTable:
    """A live table. `engine` is MySQL's storage engine in lower case; None on SQLite."""

    name: str
    columns: dict[str, HostColumn]
    engine: str | None = None
    key: str | None = None  #: the primary key, if it is one column of whole numbers

    @property
    def transactional(self) -> bool:
        """Whether a rollback undoes changes in it."""
        return self.engine in (None, "innodb")

    @cached_property
    def clause(self) -> sa.TableClause:
        """The table for statements. Its columns have no types: values come as the driver's."""
        return sa.table(self.name, *(sa.column(name) for name in self.columns))


def host_column(reflected: ReflectedColumn, table_charset: str, collation: str) -> HostColumn:
    """The facts of one column; charset and collation are '' where the database has none."""
    kind: Any = reflected["type"]
    family = _family(kind)
    own_charset, own_collation = getattr(kind, "charset", None), getattr(kind, "collation", None)
    has_charset = family in ("text", "choice")
    filled = reflected.get("autoincrement") is True or bool(reflected.get("primary_key"))
    precision, scale = _digits(kind, family)
    return HostColumn(
        name=reflected["name"],
        family=family,
        nullable=reflected["nullable"],
        charset=(own_charset or table_charset or None) if has_charset else None,
        collation=(own_collation or ("" if own_charset else collation) or None)
        if has_charset
        else None,
        max_characters=getattr(kind, "length", None) if family == "text" else None,
        max_bytes=_BYTES.get(kind.__visit_name__) if table_charset else None,
        bits=_BITS.get(kind.__visit_name__, 32),
        unsigned=bool(getattr(kind, "unsigned", False)),
        precision=precision,
        scale=scale,
        choices=tuple(getattr(kind, "enums", ())) if family == "choice" else (),
        must_be_given=not (reflected["nullable"] or reflected.get("default") or filled),
    )


def _family(kind: Any) -> Family:
    """Order matters: MySQL's enumerations, sets and timestamps are kinds of the plainer types."""
    known: tuple[tuple[type[Any] | tuple[type[Any], ...], Family], ...] = (
        (mysql.SET, "other"),
        (sa.Enum, "choice"),
        (sa.Integer, "integer"),
        (sa.Float, "float"),
        (sa.Numeric, "decimal"),
        (sa.TIMESTAMP, "timestamp"),
        (sa.DateTime, "datetime"),
        (sa.Date, "date"),
        (sa.Time, "time"),
        (sa.String, "text"),
    )
    return next((family for types, family in known if isinstance(kind, types)), "other")


def _digits(kind: Any, family: Family) -> tuple[int | None, int]:
    if family != "decimal":
        return None, 0
    return kind.precision, kind.scale or 0


def _encodes(text: str, charset: str | None) -> bool:
    codec = "utf-8" if charset is None or charset in _UNICODE | _BASIC_PLANE else None
    try:
        text.encode(codec or _CODECS.get(charset or "", "ascii"))
    except UnicodeEncodeError:
        return False
    return charset not in _BASIC_PLANE or all(ord(character) <= 0xFFFF for character in text)
