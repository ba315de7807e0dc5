"""What the engine needs of the host's lists: who joins, leaves and goes; part of engine.ports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from plugin.domain.enrollment import EnrollmentId, Subscriber, SubscriberId
from plugin.engine.tagging_port import TagsOfPeople

#: How a list is written to: in the step's transaction · after its commit, because a rollback would
#: not undo it (MyISAM) · by a call of the host's API.
Way = Literal["at_once", "later", "by_call"]
Verb = Literal["subscribe", "unsubscribe", "delete"]
EventType = Literal["subscription", "unsubscription", "subscriber_deleted"]


@dataclass(frozen=True, slots=True)
class Ask:
    """Whom to put on a list, to take off it or to delete from it, under those who ask for it.

    Two who ask for one person are served one after the other, the lower id first.
    """

    user_id: int
    list_id: int
    people: Mapping[EnrollmentId, Subscriber]
    now: datetime  #: aware UTC: what the host's dates will say
    here: bool = False  #: the subscriber ids are those of this very list; else the address decides
    revive: bool = False  #: bring back who has left, bounced or is suppressed
    alone: bool = False  #: this list only, whatever its rules say of others
    repeated: bool = False  #: a try before this one may have done it: done already is done by us
    source: str = ""  #: kept with new rows where the host has a column for it


class Result(NamedTuple):
    """`word`: subscribed, already_subscribed, unsubscribed, already_unsubscribed, deleted or
    refused; then `reason` is a stable word."""

    word: str
    reason: str = ""


class Change(NamedTuple):
    """One row of a list that is not as it was: what others are told by an event."""

    type: EventType
    list_id: int
    subscriber_id: SubscriberId
    email: str
    cause: EnrollmentId


@dataclass(slots=True)
class Done:
    """What came of an Ask."""

    results: dict[EnrollmentId, Result] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    #: what a list's rules did to somebody on other lists, by list
    also: dict[EnrollmentId, dict[int, Result]] = field(default_factory=dict)
    #: lists that everybody who was unsubscribed leaves too, by work items of their own
    elsewhere: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Prospect:
    """What can be told without a write: who needs none, and the list's rows of the others."""

    results: Mapping[EnrollmentId, Result]
    rows: Mapping[EnrollmentId, SubscriberId]  #: of those who have one
    double_opt_in: bool
    stamp: str  #: the moment as the host writes it, in its zone


class Membership(TagsOfPeople, Protocol):
    """The lists of one owner. A constant number of statements, whatever the number of people.

    Raises CannotEvaluate: `list_missing` also for a list of another owner, `double_opt_in` for a
    list whose confirmations only the host can ask for, `column_unknown`.
    """

    def way(self, user_id: int, list_id: int) -> Way: ...

    def prospect(self, verb: Verb, ask: Ask) -> Prospect:
        """Changes nothing."""

    def subscribe(self, ask: Ask) -> Done: ...

    def unsubscribe(self, ask: Ask) -> Done: ...

    def delete(self, ask: Ask) -> Done:
        """`ask.here` is taken for granted. Whoever is gone already counts as deleted."""

    def api_keys(self, user_ids: Iterable[int]) -> Mapping[int, str]:
        """The keys of these owners for the host's API; those who have none are left out, and so
        are those whose account is disabled. Never to be kept or logged."""
