"""Our tables about who may enter when, and about looks over everybody. See storage.tables."""

from __future__ import annotations

import sqlalchemy as sa

from plugin.storage.access_tables import AccessTables
from plugin.storage.types import BigId, JsonText, UtcDateTime


class EntryTables(AccessTables):
    def _caps(self) -> sa.Table:
        """Of a journey with caps: the window of the last place given. Its lock is the queue."""
        return self._table(
            "caps",
            sa.Column("journey_id", BigId, primary_key=True, autoincrement=False),
            sa.Column("user_id", BigId, nullable=False),
            sa.Column("hour_at", UtcDateTime, nullable=False),
            sa.Column("in_hour", BigId, nullable=False),
            sa.Column("day_at", UtcDateTime, nullable=False),
            sa.Column("in_day", BigId, nullable=False),
        )

    def _rounds(self) -> sa.Table:
        """Looks over everybody that are taken every so often, by one worker at a time."""
        return self._table(
            "rounds",
            sa.Column("name", sa.String(32), primary_key=True),
            sa.Column("began_at", UtcDateTime, nullable=False),
            #: how far it has come; NULL: through
            sa.Column("place", JsonText),
        )
