"""The tables of what is published: versions, and how people go over from one to the next."""

from __future__ import annotations

import sqlalchemy as sa

from plugin.storage.access_tables import AccessTables
from plugin.storage.types import BigId, LongText, UtcDateTime, fixed_bytes


class VersionTables(AccessTables):
    def _versions(self) -> sa.Table:
        return self._table(
            "versions",
            sa.Column("id", BigId, primary_key=True),
            sa.Column("user_id", BigId, nullable=False),
            sa.Column("journey_id", BigId, nullable=False),
            sa.Column("number", sa.Integer, nullable=False),
            #: immutable; `sha256` of its bytes proves it
            sa.Column("document", LongText, nullable=False),
            sa.Column("sha256", fixed_bytes(32), nullable=False),
            sa.Column("zone", sa.String(64), nullable=False),
            #: 0: has none · 1: by events · 2: by criteria; and 4: it has a step at which people
            #: wait for events
            sa.Column("exit_rules", sa.SmallInteger, nullable=False),
            sa.Column("published_at", UtcDateTime, nullable=False),
            #: user:<id>, cli or api
            sa.Column("published_by", sa.String(64), nullable=False),
            sa.Index("uq_" + self.prefix + "versions", "journey_id", "number", unique=True),
            sa.Index(None, "exit_rules", "user_id"),
        )

    def _changeovers(self) -> sa.Table:
        """One for each publish after the first: people inside go over to the new version."""
        return self._table(
            "changeovers",
            sa.Column("id", BigId, primary_key=True),
            sa.Column("user_id", BigId, nullable=False),
            sa.Column("journey_id", BigId, nullable=False),
            #: whoever is inside at another version goes over to this one
            sa.Column("version_id", BigId, nullable=False),
            #: next · exit: what becomes of those whose step is gone
            sa.Column("removed", sa.String(8), nullable=False),
            #: running · done · superseded (a newer one has taken over the rest)
            sa.Column("state", sa.String(16), nullable=False),
            #: people inside when it began, how many went over, and how many left on the way
            sa.Column("total", sa.Integer, nullable=False),
            sa.Column("moved", sa.Integer, nullable=False),
            sa.Column("exited", sa.Integer, nullable=False),
            #: how far the present pass has come: the place of a state, and an enrollment's id
            sa.Column("at_state", sa.SmallInteger, nullable=False),
            sa.Column("after_id", BigId, nullable=False),
            sa.Column("started_at", UtcDateTime, nullable=False),
            #: the last batch: journeys take turns
            sa.Column("touched_at", UtcDateTime, nullable=False),
            sa.Column("finished_at", UtcDateTime),
            sa.Index(None, "state"),
            sa.Index(None, "journey_id"),
        )
