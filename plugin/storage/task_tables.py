"""The tables about work that takes many batches: tasks, and outages that are caught up with."""

from __future__ import annotations

import sqlalchemy as sa

from plugin.storage.access_tables import AccessTables
from plugin.storage.types import BigId, JsonText, UtcDateTime


class TaskTables(AccessTables):
    def _tasks(self) -> sa.Table:
        return self._table(
            "tasks",
            sa.Column("id", BigId, primary_key=True),
            sa.Column("user_id", BigId, nullable=False),
            sa.Column("journey_id", BigId, nullable=False),
            #: retry · skip · end (of those who are stopped) · archive · delete · enroll
            sa.Column("kind", sa.String(16), nullable=False),
            #: of a re-drive: whose cause this is
            sa.Column("cause", sa.String(64)),
            #: of a re-drive: who stands there; NULL: at any step
            sa.Column("step_id", BigId),
            #: of `enroll`: from which lists, and by which criteria
            sa.Column("terms", JsonText),
            sa.Column("actor", sa.String(64), nullable=False),
            sa.Column("ordered_at", UtcDateTime, nullable=False),
            #: people there were when it was ordered
            sa.Column("people", sa.Integer, nullable=False),
            #: how far it has come: enrollments (`enroll`: subscribers) up to this id are done
            sa.Column("after_id", BigId, nullable=False),
            sa.Column("done", sa.Integer, nullable=False),
            #: of `enroll`: which list is at work, and what came of those who were looked at
            sa.Column("place", JsonText),
            #: when its next batch may run; NULL: finished, or until somebody resumes it
            sa.Column("next_at", UtcDateTime),
            #: why it does not go on just now, as a code and a sentence; NULL: it does
            sa.Column("halted", sa.String(64)),
            sa.Column("halted_text", sa.String(500)),
            #: NULL: still to be worked on
            sa.Column("finished_at", UtcDateTime),
            #: why it was given up; NULL: it was not
            sa.Column("error", sa.String(64)),
            sa.Index(None, "next_at"),
            sa.Index(None, "user_id", "journey_id"),
        )

    def _outages(self) -> sa.Table:
        return self._table(
            "outages",
            sa.Column("id", BigId, primary_key=True),
            #: when a worker was last known to look, and when one looked again
            sa.Column("began_at", UtcDateTime, nullable=False),
            sa.Column("noticed_at", UtcDateTime, nullable=False),
            #: outage · clock_jump
            sa.Column("kind", sa.String(16), nullable=False),
            #: whoever was due before this is spread, from `noticed_at` to `until`
            sa.Column("due_before", UtcDateTime, nullable=False),
            sa.Column("until", UtcDateTime, nullable=False),
            sa.Column("people", sa.Integer, nullable=False),
            #: NULL: people are still being spread
            sa.Column("finished_at", UtcDateTime),
        )

    def _pulse(self) -> sa.Table:
        """One row: when any worker last looked for work."""
        return self._table(
            "pulse",
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("seen_at", UtcDateTime, nullable=False),
        )
