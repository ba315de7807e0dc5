"""Many rows as the text of a VALUES clause, for MySQL and MariaDB.

PyMySQL escapes one value at a time, which costs more than the database takes for it. People who
go the same way differ in a few columns only, so a value that many rows share is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from plugin.storage.types import JsonText

#: Characters of a statement. At four bytes each every server takes it: max_allowed_packet is
#: 4 MiB at least where nobody has lowered it.
STATEMENT_CHARACTERS = 1_000_000

Write = Callable[[Any], str]


def rows_as_text(
    connection: sa.Connection,
    table: sa.Table,
    names: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
) -> list[str]:
    """Each row as `1,'a',NULL`, in the order of `names`."""
    cursor: Any = connection.connection.cursor()  # it only writes: nothing is sent

    def write(value: Any) -> str:
        text: str = cursor.mogrify("%s", (value,))
        return text

    columns = [
        _column(table.c[name].type, [row[name] for row in rows], write, connection.dialect)
        for name in names
    ]
    return [",".join(row) for row in zip(*columns, strict=True)]


def in_parts(rows: Sequence[str]) -> Iterator[Sequence[str]]:
    """The rows in as few parts as the length of a statement allows; one row at least in each."""
    first = size = 0
    for place, row in enumerate(rows):
        size += len(row) + 3
        if size > STATEMENT_CHARACTERS and place > first:
            yield rows[first:place]
            first, size = place, len(row) + 3
    if rows:
        yield rows[first:]


def _column(
    kind: sa.types.TypeEngine[Any], values: list[Any], write: Write, dialect: sa.Dialect
) -> list[str]:
    if isinstance(kind, sa.Integer):
        return ["NULL" if value is None else f"{value:d}" for value in values]
    process = kind.dialect_impl(dialect).bind_processor(dialect) or _as_it_is
    if isinstance(kind, JsonText):  # many people share one object, and it has no hash
        documents = {id(value): value for value in values}
        texts = {key: write(process(value)) for key, value in documents.items()}
        return [texts[id(value)] for value in values]
    known = {value: write(process(value)) for value in set(values)}
    return [known[value] for value in values]


def _as_it_is(value: Any) -> Any:
    return value
