"""What tells this installation from any other: a number drawn once, kept in the database."""

from __future__ import annotations

import secrets
import uuid

import sqlalchemy as sa

from plugin.engine.ports import Parcel
from plugin.storage.dialect import insert_ignore
from plugin.storage.tables import Tables

#: Namespace of the namespaces, one per installation.
ORIGIN = uuid.UUID("6f6a79d2-0c8b-4f43-9a4e-6d1c3f1f2b60")
#: The row of the sequences table that holds the number; no host user has the id 0.
NOBODY, NAME = 0, "installation"


class Installation:
    """Knows the installation's namespace of delivery keys. One per process, for all threads."""

    def __init__(self, tables: Tables) -> None:
        self._table = tables.sequences
        self._keys: uuid.UUID | None = None

    def keys(self, connection: sa.Connection) -> uuid.UUID:
        """The namespace. Ask once per transaction: the first one of all draws the number, and may
        yet be rolled back."""
        return self._keys or self._namespace(connection)

    def _namespace(self, connection: sa.Connection) -> uuid.UUID:
        rows = self._table.c
        query = sa.select(rows.next_value).where(rows.user_id == NOBODY, rows.name == NAME)
        number, new = connection.execute(query).scalar(), 0
        if number is None:
            drawn = {"user_id": NOBODY, "name": NAME, "next_value": secrets.randbits(62)}
            new = insert_ignore(connection, self._table, [drawn])
            number = connection.execute(query).scalar_one()
        keys = uuid.uuid5(ORIGIN, str(number))
        if not new:
            self._keys = keys
        return keys


def delivery_key(keys: uuid.UUID, parcel: Parcel) -> str:
    """A UUID, the same for one visit of one person after any retry, crash or restore of this
    database, and unlike any of another installation's or of another person's."""
    return key_of_visit(keys, parcel.enrollment_id, parcel.visit, parcel.email)


def key_of_visit(keys: uuid.UUID, enrollment_id: int, visit: int, email: str) -> str:
    """The key of the delivery that this visit asks for."""
    return str(uuid.uuid5(keys, f"{enrollment_id}|{visit}|{email}"))
