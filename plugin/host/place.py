"""Where a change of lists happens: the transaction, what is known of the host, and the moment."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from plugin.host import suppressing
from plugin.host.columns import HostTable
from plugin.host.rows import Stamp
from plugin.host.schema import HostSchema
from plugin.host.tally import Tally


@dataclass(frozen=True, slots=True)
class Place:
    connection: sa.Connection
    schema: HostSchema
    stamp: Stamp
    tally: Tally

    def shard(self, list_id: int) -> HostTable:
        """Raises CannotEvaluate(`list_missing`)."""
        return self.schema.shard(self.connection, list_id)

    @property
    def suppressions(self) -> HostTable | None:
        """None: this host has no suppression list."""
        return self.schema.optional_table(self.connection, suppressing.TABLE, suppressing.COLUMNS)
