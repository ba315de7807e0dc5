"""Named locks that a transaction holds until after its commit. SQLite, with one writer, needs none.

They belong to the session, not to the transaction, so whoever opens transactions releases them.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

#: Under which a connection remembers what it holds.
_HELD = "journeys_locks"
#: A session that waits longer is run again.
WAIT_SECONDS = 5


def take(connection: sa.Connection, names: Iterable[str]) -> bool:
    """Take these, in one order for everybody; False when somebody else holds one for too long.

    Names are made one installation's own, and short enough for every server, by the server.
    """
    if connection.dialect.name == "sqlite":
        return True
    held: set[str] = connection.info.setdefault(_HELD, set())
    for name in sorted(set(names) - held):
        # Noted first: whatever happens in between, it is released.
        held.add(name)
        got = connection.execute(_TAKE, {"name": name, "seconds": WAIT_SECONDS}).scalar()
        if not got:
            return False
    return True


def release(connection: sa.Connection) -> None:
    """Let go of everything. A session that cannot is closed, which lets go as well."""
    if connection.closed or connection.invalidated or not connection.info.get(_HELD):
        return
    try:
        for name in connection.info.pop(_HELD):
            connection.execute(_RELEASE, {"name": name})
        connection.rollback()
    except sa.exc.DBAPIError:
        connection.invalidate()


_FULL = "SHA1(CONCAT(DATABASE(), ' ', :name))"
_TAKE = sa.text(f"SELECT GET_LOCK({_FULL}, :seconds)")
_RELEASE = sa.text(f"SELECT RELEASE_LOCK({_FULL})")
