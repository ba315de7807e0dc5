"""Our tables about messages to people, and about how many may be sent. See storage.tables."""

from __future__ import annotations

import sqlalchemy as sa

from plugin.storage.access_tables import AccessTables
from plugin.storage.types import BigId, JsonText, UtcDateTime, fixed_bytes


class MessageTables(AccessTables):
    def _messages(self) -> sa.Table:
        """One row for each time that somebody comes to a SendEmail step."""
        return self._table(
            "messages",
            sa.Column("id", BigId, primary_key=True),
            sa.Column("user_id", BigId, nullable=False),
            sa.Column("journey_id", BigId, nullable=False),
            sa.Column("version_id", BigId, nullable=False),
            sa.Column("step_id", BigId, nullable=False),
            sa.Column("enrollment_id", BigId, nullable=False),
            sa.Column("visit", sa.Integer, nullable=False),
            sa.Column("list_id", BigId, nullable=False),
            sa.Column("subscriber_id", BigId, nullable=False),
            sa.Column("person_key", fixed_bytes(16), nullable=False),
            #: the host's e-mail
            sa.Column("email_id", BigId, nullable=False),
            #: that of its delivery; goes out as a header and a tag, and comes back with events
            sa.Column("delivery_key", sa.String(36), nullable=False),
            #: the host's own name for it; NULL: not known
            sa.Column("host_message_id", sa.String(190)),
            #: queued · sent · unknown · failed · skipped
            sa.Column("state", sa.String(16), nullable=False),
            #: why it failed or was skipped
            sa.Column("reason", sa.String(64)),
            sa.Column("asked_at", UtcDateTime, nullable=False),
            #: its turn by the send rates: it looks again then
            sa.Column("place_at", UtcDateTime, nullable=False),
            #: when the host took it, or, until that is known, when it was handed over; NULL: it is
            #: not handed over yet, or was not sent
            sa.Column("sent_at", UtcDateTime),
            #: the first moments of what became of it
            sa.Column("delivered_at", UtcDateTime),
            sa.Column("opened_at", UtcDateTime),
            sa.Column("clicked_at", UtcDateTime),
            sa.Column("converted_at", UtcDateTime),
            sa.Column("bounced_at", UtcDateTime),
            #: hard · soft, as the host says
            sa.Column("bounce_type", sa.String(16)),
            sa.Column("complained_at", UtcDateTime),
            sa.Column("unsubscribed_at", UtcDateTime),
            #: in hundredths, of all that came
            sa.Column("revenue", BigId, nullable=False),
            sa.Index("uq_" + self.prefix + "messages_key", "delivery_key", unique=True),
            sa.Index(None, "enrollment_id", "step_id"),
            sa.Index(None, "host_message_id"),
            sa.Index(None, "list_id", "subscriber_id", "email_id"),
            #: how many somebody had lately, from whatever journey
            sa.Index(None, "user_id", "person_key", "sent_at"),
        )

    def _sending(self) -> sa.Table:
        """Of each journey and account with a send rate, or with a cap: what went out in its present
        minute and hour. Its lock is the queue. Journey 0 is the account."""
        return self._table(
            "sending",
            sa.Column("user_id", BigId, primary_key=True, autoincrement=False),
            sa.Column("journey_id", BigId, primary_key=True, autoincrement=False),
            sa.Column("minute_at", UtcDateTime, nullable=False),
            sa.Column("in_minute", BigId, nullable=False),
            sa.Column("hour_at", UtcDateTime, nullable=False),
            sa.Column("in_hour", BigId, nullable=False),
            #: when the last of those who found no room looks again
            sa.Column("line_at", UtcDateTime, nullable=False),
        )

    def _account_settings(self) -> sa.Table:
        """What an account has chosen for all of its journeys; no row: nothing."""
        return self._table(
            "account_settings",
            sa.Column("user_id", BigId, primary_key=True, autoincrement=False),
            #: send rate and frequency cap, see domain.send_rates
            sa.Column("sending", JsonText, nullable=False),
            sa.Column("changed_at", UtcDateTime, nullable=False),
        )
