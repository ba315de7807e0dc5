"""What the planner needs: which journey is to be looked at next, and people in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from plugin.domain.enrollment import SubscriberId
from plugin.domain.occurrences import Occurrence


@dataclass(frozen=True, slots=True)
class Plan:
    """How far one live journey has come with what time brings about.

    `slot`: the day, or the moment, that is next or at work · `due_at`: when to go on with it;
    None: this journey waits for no time · `place`: where in the slot, by the trigger's own marks.
    """

    journey_id: int
    user_id: int
    version_id: int  #: for which it was made; 0: none yet, and `due_at` is when it was turned on
    trigger: str
    slot: str
    due_at: datetime | None
    place: Mapping[str, Any] = field(default_factory=dict)


class Plans(Protocol):
    """One plan for each enabled journey. The row lock is the claim."""

    def refresh(self) -> None:
        """A plan for every journey that has been turned on; none for those that are off."""

    def take(self, now: datetime) -> Plan | None:
        """Lock one of the plans that are the longest due, or whose journey has another version.

        Those that others hold are passed over.
        """

    def move(self, plan: Plan) -> None:
        """Keep how far a plan has come."""

    def holding(
        self, journey_id: int, list_id: int, ids: Sequence[SubscriberId], now: datetime
    ) -> frozenset[SubscriberId]:
        """Those of a list who may not enter (again) by now, as far as their own passages tell."""

    def often(
        self,
        journey_id: int,
        list_id: int,
        ids: Sequence[SubscriberId],
        since: datetime,
        times: int,
    ) -> frozenset[SubscriberId]:
        """Those of a list who have entered so many times, or more, since then."""


@dataclass(frozen=True, slots=True)
class Dated:
    """Only people whose date in a field, a column or `CustomField<ID>`, is met."""

    field: str
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class Stretch:
    """People of one list with ids above `after_id`, by id: `limit` rows of the list are read.

    `everybody`: not only who is Subscribed · `among`: only these.
    """

    list_id: int
    after_id: SubscriberId
    limit: int
    everybody: bool = False
    among: Sequence[SubscriberId] | None = None
    dated: Dated | None = None


class Found(NamedTuple):
    """Who was found, and up to which id was looked; None: up to the end of the list."""

    ids: Sequence[SubscriberId]
    last: SubscriberId | None


class Stretches(Protocol):
    def stretch(self, wanted: Stretch) -> Found:
        """One statement. Raises CannotEvaluate: `list_missing`, `field_missing`."""

    def size(self, list_id: int) -> int:
        """How many are Subscribed. One statement. Raises CannotEvaluate: `list_missing`."""
