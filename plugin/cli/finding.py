"""Which enrollments are meant: by their id, or by a person's address."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from plugin.cli.door import Door
from plugin.domain.enrollment import person_key
from plugin.engine.entering import by_subscriber
from plugin.errors import CannotEvaluate, NotFound

#: Journey id and enrollment id.
Passage = tuple[int, int]


def by_enrollment(given: Door, user_id: int, enrollment_id: int) -> Sequence[Passage]:
    """Raises NotFound for an enrollment that is not this user's."""
    rows = given.tables.enrollments.c
    query = sa.select(rows.journey_id, rows.id)
    found = _read(given, query.where(rows.user_id == user_id, rows.id == enrollment_id))
    if not found:
        raise NotFound(f"User {user_id} has no enrollment {enrollment_id}.")
    return found


def by_email(given: Door, user_id: int, email: str, most: int) -> Sequence[Passage]:
    """The last `most` enrollments of this person, oldest first. Raises NotFound for none."""
    rows = given.tables.enrollments.c
    query = sa.select(rows.journey_id, rows.id)
    query = query.where(rows.user_id == user_id, rows.person_key.in_(_keys(given, user_id, email)))
    found = _read(given, query.order_by(rows.id.desc()).limit(most))
    if not found:
        raise NotFound(f"{email} has never been in a journey of user {user_id}.")
    return found[::-1]


def _keys(given: Door, user_id: int, email: str) -> Sequence[bytes]:
    """As whom the person was enrolled; with the scope `subscriber`, once per list."""
    if given.settings.reentry_scope != "subscriber":
        return [person_key(user_id, email)]
    keys = []
    with given.services.begin() as work:
        for list_id in work.host.catalog(user_id).lists:
            try:
                subscriber = work.host.find(list_id, email)
            except CannotEvaluate:
                continue
            if subscriber:
                keys.append(by_subscriber(user_id, list_id, subscriber))
    return keys


def _read(given: Door, query: sa.Select[int, int]) -> list[Passage]:
    with given.database.reading() as connection:
        return [
            (journey_id, enrollment_id) for journey_id, enrollment_id in connection.execute(query)
        ]
