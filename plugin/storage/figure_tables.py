"""Our tables of figures: the counters, and what the history that is gone was counted as."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from plugin.storage.access_tables import AccessTables
from plugin.storage.types import BigId, UtcDateTime, fixed_bytes


class FigureTables(AccessTables):
    def _counters(self) -> sa.Table:
        """The sum of `n` is the figure: deltas, a few rows per tick, and rows that sum up older
        deltas, one for all that is the same but for `n`."""
        return self._table(
            "counters",
            sa.Column("id", BigId, primary_key=True),
            *_what_is_counted(),
            sa.Column("n", sa.Integer, nullable=False),
            #: of a delta: when it was written; NULL: a row that sums up
            sa.Column("counted_at", UtcDateTime),
            #: of a row that sums up: a hash of what it counts; NULL: a delta
            sa.Column("sum_key", fixed_bytes(16)),
            #: holds all that the pages sum, in the order in which they group it
            sa.Index(
                "ix_" + self.prefix + "counters_figures",
                *("user_id", "journey_id", "figure", "step_id", "remark", "n"),
                *("counted_on", "version_id"),
            ),
            sa.Index("uq_" + self.prefix + "counters_sum", "sum_key", unique=True),
            #: the oldest deltas
            sa.Index(None, "counted_at"),
            #: one day of the whole installation
            sa.Index(None, "counted_on", "figure", "n"),
        )

    def _past_figures(self) -> sa.Table:
        """What passages whose history is gone were counted as: with these, the counters can be
        computed again."""
        return self._table(
            "past_figures",
            sa.Column("id", BigId, primary_key=True),
            *_what_is_counted(),
            sa.Column("n", sa.Integer, nullable=False),
            sa.Column("sum_key", fixed_bytes(16), nullable=False),
            sa.Index("uq_" + self.prefix + "past_figures_sum", "sum_key", unique=True),
            sa.Index(None, "user_id", "journey_id"),
        )


def _what_is_counted() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("journey_id", BigId, nullable=False),
        sa.Column("version_id", BigId, nullable=False),
        #: 0: the journey as a whole
        sa.Column("step_id", BigId, nullable=False),
        sa.Column("counted_on", sa.Date, nullable=False),
        #: entered · refused · arrived · left · ended · delivered · undelivered · result
        sa.Column("figure", sa.String(16), nullable=False),
        #: branch, end reason or cause of refusal; '' where there is none
        sa.Column("remark", sa.String(64), nullable=False),
    )
