"""What rules ask of our own tables: people's passages, and the messages that they were sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId, SubscriberId
from plugin.domain.program import StepId
from plugin.engine.behaviour_port import Became, Passages
from plugin.sql.among import among
from plugin.storage.inbox import received
from plugin.storage.message_events import OUT, MessagesOfEvents
from plugin.storage.messages import MEANT
from plugin.storage.tables import Tables


class SqlBehaviour:
    """See engine.behaviour_port.Behaviour. Lives as long as its transaction."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._tables = connection, tables
        self._enrollments, self._messages = tables.enrollments, tables.messages
        self._inbox = tables.inbox

    def person_keys(
        self, user_id: int, ids: Collection[EnrollmentId]
    ) -> Mapping[EnrollmentId, bytes]:
        rows = self._enrollments.c
        query = sa.select(rows.id, rows.person_key).where(
            rows.user_id == user_id, among(rows.id, ids)
        )
        return {who: bytes(key) for who, key in self._connection.execute(query)}

    def passages(
        self, user_id: int, person_keys: Collection[bytes], journey_ids: Collection[int]
    ) -> Mapping[tuple[bytes, int], Passages]:
        rows = self._enrollments.c
        opened = sa.func.sum(sa.case((rows.state != "ended", 1), else_=0))
        completed = sa.func.sum(sa.case((rows.end_reason == "completed", 1), else_=0))
        query = (
            sa.select(rows.person_key, rows.journey_id, opened, completed, sa.func.count())
            .where(
                rows.user_id == user_id,
                rows.person_key.in_(set(person_keys)),
                among(rows.journey_id, journey_ids),
            )
            .group_by(rows.person_key, rows.journey_id)
        )
        found = self._connection.execute(query)
        return {
            (bytes(key), journey): Passages(*map(int, counts)) for key, journey, *counts in found
        }

    def messages(
        self, user_id: int, ids: Collection[EnrollmentId], step_ids: Collection[StepId]
    ) -> Mapping[tuple[EnrollmentId, StepId], Became]:
        m = self._messages.c
        of = (m.enrollment_id, m.step_id)
        what = (m.id, m.asked_at, m.state, m.opened_at, m.clicked_at)
        query = sa.select(*of, *what).where(
            m.user_id == user_id,
            among(m.enrollment_id, ids),
            among(m.step_id, step_ids),
            m.state.in_(MEANT),
        )
        return {
            (row.enrollment_id, row.step_id): Became(
                row.id,
                row.asked_at,
                row.state in OUT,
                row.opened_at is not None,
                row.clicked_at is not None,
            )
            for row in self._connection.execute(query.order_by(m.id))
        }

    def branches(
        self, user_id: int, step_id: StepId, ids: Collection[EnrollmentId]
    ) -> Mapping[EnrollmentId, str]:
        s = self._tables.step_log.c
        query = sa.select(s.enrollment_id, s.branch).where(
            s.user_id == user_id,
            among(s.enrollment_id, ids),
            s.step_id == step_id,
            s.branch.is_not(None),
        )
        found = self._connection.execute(query.order_by(s.enrollment_id, s.visit.desc()))
        return {row.enrollment_id: row.branch for row in found}

    def clicked_in(
        self, list_id: int, subscriber_ids: Collection[SubscriberId]
    ) -> Mapping[int, Collection[str]]:
        rows = self._inbox.c
        query = sa.select(self._inbox).where(
            rows.list_id == list_id,
            among(rows.subscriber_id, subscriber_ids),
            rows.type == "click",
            rows.state != "new",
        )
        found = [received(row) for row in self._connection.execute(query)]
        clicks = {r.inbox_id: r for r in found if not r.event.data.get("automated")}
        about = MessagesOfEvents(self._connection, self._tables).of_events(list(clicks.values()))
        addresses: dict[int, set[str]] = {}
        for inbox_id, message in about.items():
            address = str(clicks[inbox_id].event.data.get("url") or "")
            addresses.setdefault(message.id, set()).add(address)
        return addresses

    def last_sent(
        self, user_id: int, person_keys: Collection[bytes]
    ) -> Mapping[tuple[bytes, int], datetime]:
        m = self._messages.c
        query = (
            sa.select(m.person_key, m.email_id, sa.func.max(m.sent_at))
            .where(
                m.user_id == user_id,
                m.person_key.in_(set(person_keys)),
                m.sent_at.is_not(None),
                m.state.in_(OUT),
            )
            .group_by(m.person_key, m.email_id)
        )
        return {(bytes(key), email): at for key, email, at in self._connection.execute(query)}
