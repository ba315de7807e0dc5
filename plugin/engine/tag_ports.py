"""What merge tags need from the world, for a whole batch at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from plugin.domain.enrollment import EnrollmentId

#: Bytes of JSON that are kept of one event. More is not kept, and said to be missing.
MOST_EVENT_BYTES = 16 * 1024


class EnrollmentData(NamedTuple):
    """What lies beside one enrollment. `event` None: there was none, or it was too large to keep,
    which `too_large` tells apart."""

    event: Mapping[str, Any] | None
    kept: Mapping[str, Any]
    too_large: bool


class Beside(Protocol):
    """Data beside enrollments: of the event that enrolled them, and values kept on the way."""

    def copy_events(self, journey_id: int, inbox_ids: Sequence[int]) -> None:
        """Copy the data of these events to the enrollments of the journey that they have just
        made. One statement; of no events, none."""

    def read(
        self, user_id: int, ids: Sequence[EnrollmentId]
    ) -> Mapping[EnrollmentId, EnrollmentData]:
        """Those that have any. One statement."""

    def keep(self, user_id: int, kept: Mapping[EnrollmentId, Mapping[str, Any]]) -> None:
        """Put these values in the place of all that was kept. Two statements."""


class OwnerValues(Protocol):
    """Values of an account and its lists: the columns that merge tags may name, no others.

    One statement each. A column that this host lacks is None.
    """

    def list_values(self, user_id: int, list_id: int, names: Iterable[str]) -> Mapping[str, object]:
        """Raises CannotEvaluate(`list_missing`) for a list that is gone or another account's."""

    def user_values(self, user_id: int, names: Iterable[str]) -> Mapping[str, object]:
        """Raises CannotEvaluate(`user_missing`)."""
