"""All of our tables. Migrations must end where this file stands (tests/contract/test_schema.py).

Times are UTC with microseconds. `user_id` is the host user who owns the row: it is in every table
that holds a user's data, and in every statement of a request (the tenant rule).
"""

from __future__ import annotations

import sqlalchemy as sa

from plugin.storage.entry_tables import EntryTables
from plugin.storage.figure_tables import FigureTables
from plugin.storage.message_tables import MessageTables
from plugin.storage.task_tables import TaskTables
from plugin.storage.types import BigId, JsonText, UtcDateTime, fixed_bytes, short_bytes
from plugin.storage.version_tables import VersionTables


class Tables(VersionTables, TaskTables, EntryTables, FigureTables, MessageTables):
    """The tables under one prefix (`jny_` unless the admin chose another)."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.metadata = sa.MetaData(
            naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s"}
        )
        self.journeys = self._journeys()
        self.versions = self._versions()
        self.changeovers = self._changeovers()
        self.sequences = self._sequences()
        self.enrollments = self._enrollments()
        self.exits, self.goals_reached = self._exits(), self._goals_reached()
        self.plans = self._plans()
        self.enrollment_data = self._enrollment_data()
        self.step_log = self._step_log()
        self.deliveries = self._deliveries()
        self.delivery_tries = self._delivery_tries()
        self.receivers = self._receivers()
        self.messages, self.sending = self._messages(), self._sending()
        self.account_settings = self._account_settings()
        self.inbox = self._inbox()
        self.waiters, self.heard = self._waiters(), self._heard()
        self.caps, self.rounds = self._caps(), self._rounds()
        self.counters = self._counters()
        self.past_figures = self._past_figures()
        self.markers = self._markers()
        self.workers = self._workers()
        self.secrets = self._secrets()
        self.sessions = self._sessions()
        self.nonces = self._nonces()
        self.audit = self._audit()
        self.tasks = self._tasks()
        self.outages = self._outages()
        self.pulse = self._pulse()

    def _journeys(self) -> sa.Table:
        return self._table(
            "journeys",
            sa.Column("id", BigId, primary_key=True),
            sa.Column("user_id", BigId, nullable=False),
            sa.Column("name", sa.String(250), nullable=False),
            sa.Column("notes", sa.Text, nullable=False),
            sa.Column("status", sa.String(16), nullable=False),
            #: the version that people enter; NULL: never published
            sa.Column("live_version_id", BigId),
            sa.Column("draft", JsonText, nullable=False),
            #: grows with every change of the draft: the optimistic lock of the editor
            sa.Column("draft_revision", sa.Integer, nullable=False),
            #: raised by each tick that freezes people; 0: nobody is frozen
            sa.Column("frozen_mark", sa.Integer, nullable=False),
            #: what becomes of those who were overdue when it was turned on (see engine/thawing)
            sa.Column("thaw", JsonText),
            sa.Column("created_at", UtcDateTime, nullable=False),
            sa.Column("modified_at", UtcDateTime, nullable=False),
            sa.Index(None, "user_id", "status"),
            sa.Index(None, "status"),
        )

    def _sequences(self) -> sa.Table:
        return self._table(
            "sequences",
            sa.Column("user_id", BigId, primary_key=True, autoincrement=False),
            sa.Column("name", sa.String(32), primary_key=True),
            sa.Column("next_value", BigId, nullable=False),
        )

    def _enrollments(self) -> sa.Table:
        return self._table(
            "enrollments",
            sa.Column("id", BigId, primary_key=True),
            sa.Column("user_id", BigId, nullable=False),
            sa.Column("journey_id", BigId, nullable=False),
            sa.Column("version_id", BigId, nullable=False),
            sa.Column("list_id", BigId, nullable=False),
            sa.Column("subscriber_id", BigId, nullable=False),
            sa.Column("person_key", fixed_bytes(16), nullable=False),
            #: what may exist once: the person, the event, or NULL (free again)
            sa.Column("entry_key", short_bytes(17)),
            sa.Column("reopens_at", UtcDateTime),
            sa.Column("entry_event_id", BigId),
            #: the passage whose step started this one
            sa.Column("origin_enrollment_id", BigId),
            sa.Column("entry_call", BigId),  #: made by one call that lets people in
            sa.Column("state", sa.String(16), nullable=False),
            sa.Column("step_id", BigId, nullable=False),
            #: NULL: nothing to do (ended, parked) or frozen (see frozen_due_at)
            sa.Column("due_at", UtcDateTime),
            #: where due_at waits while the journey is disabled
            sa.Column("frozen_due_at", UtcDateTime),
            sa.Column("visit", sa.Integer, nullable=False),
            sa.Column("epoch", sa.Integer, nullable=False),
            sa.Column("attempts", sa.SmallInteger, nullable=False),
            sa.Column("hops", sa.SmallInteger, nullable=False),
            sa.Column("cause", sa.String(64)),
            sa.Column("cause_text", sa.String(500)),
            sa.Column("end_reason", sa.String(64)),
            sa.Column("entered_at", UtcDateTime, nullable=False),
            #: when they came to the step; while they wait: when the wait began
            sa.Column("arrived_at", UtcDateTime, nullable=False),
            sa.Column("ended_at", UtcDateTime),
            #: when they ended, while their history is kept; NULL: inside, or history is gone
            sa.Column("kept_since", UtcDateTime),
            *self._indexes_of_enrollments(),
        )

    def _indexes_of_enrollments(self) -> tuple[sa.Index, ...]:
        return (
            sa.Index(
                "uq_" + self.prefix + "enrollments_entry", "journey_id", "entry_key", unique=True
            ),
            #: the oldest due of an account
            sa.Index(None, "user_id", "due_at"),
            #: the claim: everyone due at one step of one version on one list; the state stands
            #: behind so that "who is here" is answered from the index alone
            sa.Index(
                "ix_" + self.prefix + "enrollments_claim",
                *("version_id", "step_id", "list_id", "due_at", "state"),
            ),
            #: who is in one state, by id: pages, counts, thawing
            sa.Index(None, "user_id", "journey_id", "state"),
            sa.Index(None, "user_id", "person_key"),
            #: never rewritten: neither column changes
            sa.Index(None, "journey_id", "subscriber_id"),
            #: whom an event let in; it only grows
            sa.Index(None, "entry_event_id"),
            #: whose history is the oldest
            sa.Index(None, "kept_since"),
        )

    def _exits(self) -> sa.Table:
        """Notes that somebody shall leave; gone when they have left. No unique key, so that
        nobody who adds one waits for another."""
        return self._table(
            "exits",
            sa.Column("id", BigId, primary_key=True),
            sa.Column("user_id", BigId, nullable=False),
            sa.Column("enrollment_id", BigId, nullable=False),
            sa.Column("reason", sa.String(64), nullable=False),
            sa.Column("by_journey_id", BigId),
            sa.Column("by_enrollment_id", BigId),
            sa.Column("by_step_id", BigId),
            #: of an exit rule: which one, and by which event
            sa.Column("detail", JsonText),
            sa.Column("noted_at", UtcDateTime, nullable=False),
            sa.Index(None, "enrollment_id"),
        )

    def _plans(self) -> sa.Table:
        """One row per enabled journey: what it looks for next, in the course of time."""
        return self._table(
            "plans",
            sa.Column("journey_id", BigId, primary_key=True, autoincrement=False),
            sa.Column("user_id", BigId, nullable=False),
            #: for which the plan was made; 0: not made yet
            sa.Column("version_id", BigId, nullable=False),
            sa.Column("trigger", sa.String(40), nullable=False),
            #: the day or the moment that is next or at work
            sa.Column("slot", sa.String(40), nullable=False),
            #: when to go on; NULL: this journey waits for no time
            sa.Column("due_at", UtcDateTime),
            #: where in the slot, in the trigger's own marks
            sa.Column("place", JsonText, nullable=False),
            sa.Index(None, "due_at"),
        )

    def _enrollment_data(self) -> sa.Table:
        """Beside those enrollments that have something to keep; no row: nothing."""
        return self._table(
            "enrollment_data",
            sa.Column("enrollment_id", BigId, primary_key=True, autoincrement=False),
            sa.Column("user_id", BigId, nullable=False),
            #: the data of the event that enrolled, at most 16 kB
            sa.Column("event", JsonText),
            #: 1: there was more, and `event` is NULL
            sa.Column("too_large", sa.SmallInteger, nullable=False),
            #: values kept on the way, by name
            sa.Column("kept", JsonText),
        )

    def _step_log(self) -> sa.Table:
        """History: one row per step run. the date is in the key so that it can be partitioned."""
        return self._table(
            "step_log",
            sa.Column("enrollment_id", BigId, primary_key=True, autoincrement=False),
            sa.Column("visit", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("logged_on", sa.Date, primary_key=True),
            sa.Column("user_id", BigId, nullable=False),
            sa.Column("journey_id", BigId, nullable=False),
            sa.Column("version_id", BigId, nullable=False),
            sa.Column("step_id", BigId, nullable=False),
            sa.Column("action", sa.String(40), nullable=False),
            sa.Column("outcome", sa.String(16), nullable=False),
            sa.Column("branch", sa.String(40)),
            sa.Column("logged_at", UtcDateTime, nullable=False),
            sa.Column("detail", JsonText),
        )

    def _deliveries(self) -> sa.Table:
        return self._table(
            "deliveries",
            sa.Column("id", BigId, primary_key=True),
            sa.Column("user_id", BigId, nullable=False),
            sa.Column("journey_id", BigId, nullable=False),
            sa.Column("enrollment_id", BigId, nullable=False),
            sa.Column("visit", sa.Integer, nullable=False),
            sa.Column("step_id", BigId, nullable=False),
            #: webhook · host_call · host_write · message
            sa.Column("kind", sa.String(16), nullable=False),
            #: UUID, a function of enrollment and visit: the same after any retry or restore
            sa.Column("delivery_key", sa.String(36), nullable=False),
            sa.Column("method", sa.String(8), nullable=False),
            sa.Column("url", sa.Text, nullable=False),
            sa.Column("headers", JsonText, nullable=False),
            #: the bytes as they are signed and sent, frozen when the step committed
            sa.Column("body", sa.LargeBinary(2**24 - 1), nullable=False),
            #: whose turn it is with
            sa.Column("receiver_id", BigId, nullable=False),
            #: of the secret that signs
            sa.Column("secret_name", sa.String(64)),
            #: of a webhook: how it is signed, which headers are secrets, what is kept of the answer
            sa.Column("terms", JsonText),
            #: 1: its step stays until it is done or has failed
            sa.Column("awaited", sa.SmallInteger, nullable=False),
            sa.Column("state", sa.String(16), nullable=False),
            sa.Column("attempts", sa.SmallInteger, nullable=False),
            #: how many of them do not count: from before it was begun anew by hand, or told to
            #: wait; NULL: none
            sa.Column("earlier", sa.SmallInteger),
            #: when to try, or, while being sent, when the lease ends; NULL: done or failed
            sa.Column("next_at", UtcDateTime),
            sa.Column("status", sa.SmallInteger),
            sa.Column("error", sa.String(64)),
            #: what came of it, for the step that waits for it
            sa.Column("result", JsonText),
            sa.Column("created_at", UtcDateTime, nullable=False),
            sa.Column("finished_at", UtcDateTime),
            #: the oldest due of a receiver
            sa.Index(None, "receiver_id", "next_at"),
            sa.Index(
                "uq_" + self.prefix + "deliveries_visit", "enrollment_id", "visit", unique=True
            ),
            sa.Index(None, "user_id", "journey_id", "state"),
        )

    def _delivery_tries(self) -> sa.Table:
        return self._table(
            "delivery_tries",
            sa.Column("delivery_id", BigId, primary_key=True, autoincrement=False),
            sa.Column("attempt", sa.SmallInteger, primary_key=True, autoincrement=False),
            sa.Column("user_id", BigId, nullable=False),
            sa.Column("tried_at", UtcDateTime, nullable=False),
            sa.Column("status", sa.SmallInteger),
            sa.Column("error", sa.String(64)),
            sa.Column("took_ms", sa.Integer, nullable=False),
            #: at most 2 kB, shown escaped
            sa.Column("answer", sa.Text),
            sa.Column("next_at", UtcDateTime),
        )

    def _receivers(self) -> sa.Table:
        """Where an account's deliveries go: they take turns, and each has a breaker."""
        return self._table(
            "receivers",
            sa.Column("id", BigId, primary_key=True),
            sa.Column("user_id", BigId, nullable=False),
            #: host, and port if it is not the usual one; '': the host's API and tables
            sa.Column("host", sa.String(255), nullable=False),
            #: in a row, since it last answered
            sa.Column("faults", sa.Integer, nullable=False),
            #: nothing is sent before; NULL: the breaker is closed
            sa.Column("open_until", UtcDateTime),
            #: when it last had its turn
            sa.Column("served_at", UtcDateTime, nullable=False),
            sa.Index("uq_" + self.prefix + "receivers", "user_id", "host", unique=True),
        )

    def _markers(self) -> sa.Table:
        return self._table(
            "markers",
            sa.Column("id", BigId, primary_key=True),
            sa.Column("worker", sa.String(64), nullable=False),
            #: running · suspect
            sa.Column("state", sa.String(16), nullable=False),
            sa.Column("enrollment_ids", JsonText, nullable=False),
            sa.Column("crashes", sa.SmallInteger, nullable=False),
            sa.Column("seen_at", UtcDateTime, nullable=False),
            sa.Index(None, "state"),
        )

    def _workers(self) -> sa.Table:
        return self._table(
            "workers",
            sa.Column("worker", sa.String(64), primary_key=True),
            sa.Column("started_at", UtcDateTime, nullable=False),
            sa.Column("seen_at", UtcDateTime, nullable=False),
            sa.Column("ticks", BigId, nullable=False),
        )
