"""An account's secrets, encrypted at rest. Documents name them; nothing exports them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from plugin.errors import JourneysError
from plugin.storage.database import Database
from plugin.storage.tables import Tables


class SqlSecrets:
    """Looks secrets up by owner and name. `keys` are Fernet keys; the first one encrypts."""

    def __init__(self, database: Database, tables: Tables, keys: Sequence[str]) -> None:
        self._database, self._table = database, tables.secrets
        try:
            self._cipher = MultiFernet([Fernet(key) for key in keys]) if keys else None
        except ValueError as error:
            raise JourneysError(
                "JOURNEYS_ENCRYPTION_KEYS must hold Fernet keys; `journeys keys` makes one."
            ) from error

    def encrypt(self, secret: str) -> str:
        return self._need_cipher().encrypt(secret.encode()).decode()

    def names(self, user_id: int) -> list[str]:
        """What an account's secrets are called, in order."""
        rows = self._table.c
        query = sa.select(rows.name).where(rows.user_id == user_id).order_by(rows.name)
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())

    def __call__(self, user_id: int, name: str) -> str | None:
        """In clear; None when there is none. Raises JourneysError when no key opens it."""
        rows = self._table.c
        query = sa.select(rows.ciphertext).where(rows.user_id == user_id, rows.name == name)
        with self._database.reading() as connection:
            found = connection.execute(query).scalar()
        if not found:
            return None
        try:
            return self._need_cipher().decrypt(found.encode()).decode()
        except InvalidToken:
            raise JourneysError(
                f"None of JOURNEYS_ENCRYPTION_KEYS opens the secret “{name}”."
            ) from None

    def _need_cipher(self) -> MultiFernet:
        if self._cipher is None:
            raise JourneysError("Set JOURNEYS_ENCRYPTION_KEYS; `journeys keys` makes one.")
        return self._cipher
