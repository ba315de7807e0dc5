"""The tables about who may do what, and did: secrets, sessions, tokens, audit."""

from __future__ import annotations

import sqlalchemy as sa

from plugin.storage.types import BigId, JsonText, UtcDateTime, fixed_bytes


class AccessTables:
    """These tables, and how every table of ours is made."""

    prefix: str
    metadata: sa.MetaData

    def _table(self, name: str, *parts: sa.schema.SchemaItem) -> sa.Table:
        table: sa.Table = sa.Table(
            self.prefix + name,
            self.metadata,
            *parts,
            mysql_engine="InnoDB",
            mysql_charset="utf8mb4",
            mysql_collate="utf8mb4_bin",
            mariadb_engine="InnoDB",
            mariadb_charset="utf8mb4",
            mariadb_collate="utf8mb4_bin",
        )
        return table

    def _secrets(self) -> sa.Table:
        return self._table(
            "secrets",
            sa.Column("id", BigId, primary_key=True),
            sa.Column("user_id", BigId, nullable=False),
            sa.Column("name", sa.String(64), nullable=False),
            sa.Column("ciphertext", sa.Text, nullable=False),
            sa.Column("created_at", UtcDateTime, nullable=False),
            sa.Index("uq_" + self.prefix + "secrets", "user_id", "name", unique=True),
        )

    def _sessions(self) -> sa.Table:
        return self._table(
            "sessions",
            #: SHA-256 of the id in the cookie
            sa.Column("id_hash", fixed_bytes(32), primary_key=True),
            sa.Column("user_id", BigId, nullable=False),
            sa.Column("rights", sa.String(64), nullable=False),
            sa.Column("zone", sa.String(64), nullable=False),
            sa.Column("language", sa.String(16), nullable=False),
            sa.Column("home", sa.String(500), nullable=False),
            sa.Column("created_at", UtcDateTime, nullable=False),
            sa.Column("seen_at", UtcDateTime, nullable=False),
            sa.Index(None, "seen_at"),
        )

    def _nonces(self) -> sa.Table:
        return self._table(
            "nonces",
            sa.Column("nonce_hash", fixed_bytes(32), primary_key=True),
            sa.Column("used_at", UtcDateTime, nullable=False),
        )

    def _audit(self) -> sa.Table:
        return self._table(
            "audit",
            sa.Column("id", BigId, primary_key=True),
            sa.Column("at", UtcDateTime, nullable=False),
            sa.Column("user_id", BigId, nullable=False),
            #: user:<id>, cli or api
            sa.Column("actor", sa.String(64), nullable=False),
            sa.Column("act", sa.String(64), nullable=False),
            sa.Column("journey_id", BigId),
            sa.Column("detail", JsonText, nullable=False),
            sa.Index(None, "user_id", "id"),
        )
