"""Sessions and used nonces: who is in our pages, and that no token works twice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import cast, get_args

import sqlalchemy as sa

from plugin.domain.journey import Right
from plugin.engine.services import Session
from plugin.storage.tables import Tables

#: Longer than any session lasts, and than any token holds.
KEEP_SESSIONS = timedelta(days=1)
KEEP_NONCES = timedelta(hours=1)

Open = Callable[[], AbstractContextManager[sa.Connection]]


class SqlSessions:
    """`begin` opens a transaction that commits when its block is left, `reading` one that only
    reads and waits for nobody: every page asks for its session."""

    def __init__(self, tables: Tables, begin: Open, reading: Open) -> None:
        self._sessions = tables.sessions
        self._nonces = tables.nonces
        self._begin, self._reading = begin, reading

    def create(self, id_hash: bytes, session: Session) -> None:
        now = session.created_at
        with self._begin() as connection:
            connection.execute(
                sa.delete(self._sessions).where(self._sessions.c.seen_at < now - KEEP_SESSIONS)
            )
            connection.execute(
                sa.delete(self._nonces).where(self._nonces.c.used_at < now - KEEP_NONCES)
            )
            connection.execute(
                sa.insert(self._sessions).values(
                    id_hash=id_hash,
                    user_id=session.user_id,
                    rights=",".join(sorted(session.rights)),
                    zone=session.zone,
                    language=session.language,
                    home=session.home,
                    created_at=session.created_at,
                    seen_at=session.seen_at,
                )
            )

    def get(self, id_hash: bytes) -> Session | None:
        wanted = sa.select(self._sessions).where(self._sessions.c.id_hash == id_hash)
        with self._reading() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            return None
        known = {right for right in row.rights.split(",") if right in get_args(Right)}
        return Session(
            user_id=row.user_id,
            rights=cast("frozenset[Right]", frozenset(known)),
            zone=row.zone,
            language=row.language,
            home=row.home,
            created_at=row.created_at,
            seen_at=row.seen_at,
        )

    def touch(self, id_hash: bytes, now: datetime) -> None:
        this = self._sessions.c.id_hash == id_hash
        with self._begin() as connection:
            connection.execute(sa.update(self._sessions).where(this).values(seen_at=now))

    def delete(self, id_hash: bytes) -> None:
        with self._begin() as connection:
            connection.execute(sa.delete(self._sessions).where(self._sessions.c.id_hash == id_hash))

    def use_nonce(self, nonce_hash: bytes, now: datetime) -> bool:
        with self._begin() as connection:
            try:
                connection.execute(
                    sa.insert(self._nonces).values(nonce_hash=nonce_hash, used_at=now)
                )
            except sa.exc.IntegrityError:
                return False
        return True
