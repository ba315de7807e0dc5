"""Our tables about events, who may enter when, and looks over everybody. See storage.tables."""

from __future__ import annotations

import sqlalchemy as sa

from plugin.storage.access_tables import AccessTables
from plugin.storage.types import BigId, JsonText, UtcDateTime, fixed_bytes, short_bytes


class EntryTables(AccessTables):
    def _inbox(self) -> sa.Table:
        return self._table(
            "inbox",
            sa.Column("id", BigId, primary_key=True),
            sa.Column("source", short_bytes(32), nullable=False),
            sa.Column("event_id", short_bytes(64), nullable=False),
            sa.Column("body_hash", fixed_bytes(16), nullable=False),
            #: (type, list, subscriber, host row or second): one fact from two sources; may be NULL
            sa.Column("natural_key", fixed_bytes(16)),
            sa.Column("type", sa.String(32), nullable=False),
            sa.Column("list_id", BigId, nullable=False),
            sa.Column("subscriber_id", BigId, nullable=False),
            sa.Column("email", sa.String(250)),
            sa.Column("occurred_at", UtcDateTime, nullable=False),
            sa.Column("received_at", UtcDateTime, nullable=False),
            sa.Column("data", JsonText, nullable=False),
            #: new · routed · ignored or held (see reason)
            sa.Column("state", sa.String(16), nullable=False),
            sa.Column("reason", sa.String(64)),
            #: journeys that could not tell yet whether to let somebody in; NULL: all are asked
            sa.Column("held_for", JsonText),
            sa.Column("origin_enrollment_id", BigId),
            sa.Column("hops", sa.SmallInteger, nullable=False),
            sa.Index("uq_" + self.prefix + "inbox_event", "source", "event_id", unique=True),
            sa.Index("uq_" + self.prefix + "inbox_fact", "natural_key", unique=True),
            sa.Index(None, "state", "id"),
            #: what else was reported of somebody
            sa.Index(None, "list_id", "subscriber_id", "type"),
        )

    def _heard(self) -> sa.Table:
        """Whose an event is, of those that steps of the owner's journeys wait for: written when it
        is routed, and read by whoever comes to wait."""
        return self._table(
            "heard",
            #: of the inbox
            sa.Column("event_id", BigId, primary_key=True, autoincrement=False),
            sa.Column("user_id", BigId, nullable=False),
            sa.Column("person_key", fixed_bytes(16), nullable=False),
            sa.Column("occurred_at", UtcDateTime, nullable=False),
            sa.Index(None, "person_key", "occurred_at"),
        )

    def _waiters(self) -> sa.Table:
        """One row for each passage that waits for an event; gone when the wait is over, however
        it ends. Events find them by `wake_key`."""
        return self._table(
            "waiters",
            sa.Column("enrollment_id", BigId, primary_key=True, autoincrement=False),
            sa.Column("user_id", BigId, nullable=False),
            sa.Column("journey_id", BigId, nullable=False),
            sa.Column("step_id", BigId, nullable=False),
            #: made of the person, what is waited for, and the value that tells their matters apart
            sa.Column("wake_key", fixed_bytes(16), nullable=False),
            sa.Column("person_key", fixed_bytes(16), nullable=False),
            #: made of the step's settings and the zone: with other ones the wait is made anew
            sa.Column("terms", fixed_bytes(16), nullable=False),
            #: when the wait began
            sa.Column("began_at", UtcDateTime, nullable=False),
            #: what happened from `since_at` on counts, if it arrives before `until_at`
            sa.Column("since_at", UtcDateTime, nullable=False),
            sa.Column("until_at", UtcDateTime, nullable=False),
            #: NULL: no look has been taken since this row was committed · 0: taken · else it is
            #: to be taken once all events up to this one are routed
            sa.Column("looks_to", BigId),
            sa.Index(None, "wake_key"),
            sa.Index(None, "person_key"),
        )

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

    def _goals_reached(self) -> sa.Table:
        """Who has reached which goal: once in a passage, whatever the version."""
        return self._table(
            "goals_reached",
            sa.Column("enrollment_id", BigId, primary_key=True, autoincrement=False),
            #: stands for the goal's name
            sa.Column("goal_key", fixed_bytes(16), primary_key=True),
            sa.Column("user_id", BigId, nullable=False),
            sa.Column("journey_id", BigId, nullable=False),
            #: the version that they were in
            sa.Column("version_id", BigId, nullable=False),
            sa.Column("goal", sa.String(60), nullable=False),
            #: when it happened, and when we knew
            sa.Column("reached_at", UtcDateTime, nullable=False),
            sa.Column("noted_at", UtcDateTime, nullable=False),
            #: made by one call that notes goals
            sa.Column("noted_call", BigId, nullable=False),
            #: by what
            sa.Column("detail", JsonText, nullable=False),
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
