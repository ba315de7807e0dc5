"""Notes that people shall leave. Only inserts and, by who carries them out, deletes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId
from plugin.engine.exits_port import EXIT_RULE, GOAL_LEADS, Causes, Exit, Insider
from plugin.sql.among import among
from plugin.storage.dialect import insert_many
from plugin.storage.tables import Tables

#: The end reason of people whom a step sent out.
SENT_OUT = "exited"
#: The one reason for which a journey may keep its people.
MAY_STAY = "unsubscribed"


class SqlExits:
    """See engine.exits_port.Exits.

    The enrollments are read without a lock (INSERT … SELECT in READ COMMITTED is a consistent
    read): who enters in the same moment is not met, who ends in the same moment is met in vain.
    """

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection = connection
        self._notes, self._enrollments = tables.exits, tables.enrollments
        self._journeys = tables.journeys
        self.asked = False
        #: the notes that this transaction has looked at
        self._seen: dict[EnrollmentId, set[int]] = {}

    def of_people(
        self, causes: Causes, journeys: Sequence[int] | None, *, elsewhere: bool = False
    ) -> None:
        me, other = self._enrollments.alias("me"), self._enrollments.alias("other")
        who = (
            sa.select(
                other.c.user_id,
                other.c.id,
                sa.literal(SENT_OUT),
                me.c.journey_id,
                me.c.id,
                sa.literal(causes.step_id),
                sa.literal(causes.now, self._notes.c.noted_at.type),
            )
            .join_from(
                me,
                other,
                sa.and_(
                    other.c.user_id == me.c.user_id,
                    other.c.person_key == me.c.person_key,
                    other.c.id != me.c.id,
                    other.c.state != "ended",
                ),
            )
            .where(me.c.user_id == causes.user_id, among(me.c.id, causes.enrollments))
        )
        if journeys is not None:
            who = who.where(among(other.c.journey_id, journeys))
        if elsewhere:
            who = who.where(other.c.journey_id != causes.journey_id)
        self._note(who)

    def of_subscribers(
        self, list_id: int, subscriber_ids: Sequence[int], reason: str, now: datetime
    ) -> None:
        rows = self._enrollments.c
        # The index of subscribers begins with the journey: all of them are tried, one seek each.
        journeys = sa.select(self._journeys.c.id)
        who = self._open(reason, now).where(
            rows.journey_id.in_(journeys),
            among(rows.subscriber_id, subscriber_ids),
            rows.list_id == list_id,
        )
        self._note(who)

    def of_list(self, list_id: int, reason: str, now: datetime) -> None:
        # No index leads with the list, and none shall for something so rare.
        self._note(self._open(reason, now).where(self._enrollments.c.list_id == list_id))

    def of_account(self, user_id: int, reason: str, now: datetime) -> None:
        self._note(self._open(reason, now).where(self._enrollments.c.user_id == user_id))

    def inside(
        self, user_ids: Iterable[int], person_keys: Iterable[bytes], versions: Iterable[int]
    ) -> Sequence[Insider]:
        rows = self._enrollments.c
        query = sa.select(
            rows.id, rows.user_id, rows.version_id, rows.person_key, rows.entry_event_id
        ).where(
            rows.user_id.in_(set(user_ids)),
            rows.person_key.in_(set(person_keys)),
            among(rows.version_id, versions),
            rows.state != "ended",
        )
        return [Insider._make(row) for row in self._connection.execute(query.order_by(rows.id))]

    def by_rule(
        self, leavers: Sequence[tuple[int, EnrollmentId, Mapping[str, Any]]], now: datetime
    ) -> None:
        self.by_goal([(user, who, EXIT_RULE, detail) for user, who, detail in leavers], now)

    def by_goal(
        self, reached: Sequence[tuple[int, EnrollmentId, str, Mapping[str, Any]]], now: datetime
    ) -> None:
        rows = [
            {
                "user_id": user_id,
                "enrollment_id": enrollment_id,
                "reason": reason,
                "detail": detail,
                "noted_at": now,
            }
            for user_id, enrollment_id, reason, detail in reached
        ]
        insert_many(self._connection, self._notes, rows)
        self.asked = self.asked or bool(rows)

    def noted(self, ids: Sequence[EnrollmentId]) -> Mapping[EnrollmentId, Exit]:
        notes = self._notes.c
        # Usually there is no note at all, which is known at once.
        if not ids or self._connection.execute(sa.select(notes.id).limit(1)).first() is None:
            return {}
        query = sa.select(
            notes.id,
            notes.enrollment_id,
            notes.reason,
            notes.by_journey_id,
            notes.by_enrollment_id,
            notes.by_step_id,
            notes.detail,
        ).where(among(notes.enrollment_id, ids))
        found: dict[EnrollmentId, Exit] = {}
        for note_id, enrollment_id, *note in self._connection.execute(query.order_by(notes.id)):
            self._seen.setdefault(enrollment_id, set()).add(note_id)
            known = found.get(enrollment_id)
            if known is None or _rank(note[0]) < _rank(known.reason):
                found[enrollment_id] = Exit(*note)
        return found

    def oldest(self, limit: int) -> Sequence[EnrollmentId]:
        notes = self._notes.c
        query = sa.select(notes.enrollment_id).order_by(notes.id).limit(limit)
        return list(dict.fromkeys(self._connection.execute(query).scalars()))

    def done(self, ids: Sequence[EnrollmentId]) -> None:
        notes = self._notes.c
        seen = [note for i in ids for note in self._seen.get(i, ())]
        for column, gone in ((notes.id, seen), (notes.enrollment_id, set(ids) - self._seen.keys())):
            if gone:
                self._connection.execute(sa.delete(self._notes).where(among(column, gone)))

    def _open(self, reason: str, now: datetime) -> sa.Select[Any]:
        rows = self._enrollments.c
        at = sa.literal(now, self._notes.c.noted_at.type)
        return sa.select(
            rows.user_id, rows.id, sa.literal(reason), sa.null(), sa.null(), sa.null(), at
        ).where(rows.state != "ended")

    def _note(self, who: sa.Select[Any]) -> None:
        columns = (
            "user_id",
            "enrollment_id",
            "reason",
            "by_journey_id",
            "by_enrollment_id",
            "by_step_id",
            "noted_at",
        )
        self._connection.execute(sa.insert(self._notes).from_select(columns, who))
        self.asked = True


def _rank(reason: str) -> int:
    """Which of several notes counts: the lowest, and of those the oldest."""
    return {GOAL_LEADS: 1, MAY_STAY: 2}.get(reason, 0)
