"""The fuse against circles, told: whose event went round too often has it in their history.

A step that starts a journey can be parked. An event has happened: it starts nothing any more, which
nobody would see but in the figures of the journeys that waited for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from plugin.domain.enrollment import EnrollmentId
from plugin.engine.moves import Line, action_at, stand
from plugin.engine.ports import Work

#: Of a way that goes round, so many journeys are told.
TOLD = 8


def tell_of_circles(
    work: Work, origins: Mapping[int, Iterable[EnrollmentId]], now: datetime
) -> None:
    """A line of history for each of these passages, which have caused an event that starts nothing
    any more: by owner. Where there is none, no statement."""
    for user_id, ids in sorted(origins.items()):
        wanted = sorted(set(ids))
        ways = work.store.lineage(wanted, TOLD)
        told = []
        for at, members in work.store.those(user_id, wanted):
            version = work.store.version(at.version_id)
            for member in members:
                standing = stand(version, at, member)
                path = [*reversed(ways.get(member.enrollment_id, ()))]
                Line(at, action_at(version, at), "loop", None, {"path": path}).write(standing, now)
                told.append(standing)
        work.store.tell(told)
