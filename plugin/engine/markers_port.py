"""What the executor needs to survive a worker's crash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from plugin.domain.enrollment import EnrollmentId


class Markers(Protocol):
    """Who is being run right now, in a commit of its own: what survives a worker's crash."""

    def note(self, worker: str, ids: Sequence[EnrollmentId]) -> None:
        """This worker is about to run these."""

    def clear(self, worker: str) -> None:
        """This worker runs nothing now."""

    def suspects(self, worker: str) -> Sequence[tuple[int, int, Sequence[EnrollmentId]]]:
        """Batches that a crashed worker left: (marker id, crashes, enrollment ids), also those
        that another worker has adopted.

        Turns stale markers into suspects, halved; a live worker's are left alone.
        """

    def adopt(self, worker: str, marker_id: int) -> bool:
        """Take a suspect batch for running; False when another worker was first."""

    def resolve(self, worker: str, marker_id: int) -> None:
        """The suspect batch ran to its commit."""

    def give_back(self, marker_id: int) -> None:
        """The adopted batch did not run to its commit, but nobody crashed either."""
