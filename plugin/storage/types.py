"""Column types that mean the same on MySQL, MariaDB and SQLite."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

#: json.dumps would make such an encoder for every value.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)

#: Ids. SQLite counts up by itself only on a column declared INTEGER.
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LongText = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


def fixed_bytes(size: int) -> sa.types.TypeEngine[bytes]:
    """Bytes compared as bytes, `size` of them."""
    return sa.LargeBinary(size).with_variant(mysql.BINARY(size), "mysql", "mariadb")


def short_bytes(size: int) -> sa.types.TypeEngine[bytes]:
    """Bytes compared as bytes, at most `size`."""
    return sa.LargeBinary(size).with_variant(mysql.VARBINARY(size), "mysql", "mariadb")


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """Aware UTC datetimes with microseconds in Python, DATETIME(6) in the database."""

    impl = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class JsonText(sa.types.TypeDecorator[Any]):
    """Plain data as compact JSON text. None is NULL. Keys keep their order."""

    impl = LongText
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        if value is None:
            return None
        return _ENCODER.encode(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        return None if value is None else json.loads(value)
