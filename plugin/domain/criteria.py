"""Criteria: an explicit tree of rules, and how the answers to its rules combine.

A rule is answered by whoever knows: the host's database; about messages, journeys and values beside
the enrollment, our own. This module only combines the answers. Truth is three-valued: True, False
and None, which means "cannot be told": the person holds, they are never sent down the wrong branch
(Kleene's strong three-valued logic).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

Truth = bool | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One question about a field. `path` is the rule's place in the tree, a JSON pointer."""

    field: str
    operator: str
    value: Any = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class ListRule:
    """Is the person, the same address of the same account, on a list of the account?"""

    list_id: int
    operator: str
    path: str = ""


class Condition(NamedTuple):
    """A part of an activity rule: which addresses, when, or how many."""

    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class ActivityRule:
    """What did the subscriber do with mail to this list? `activity` is a name of ACTIVITIES.

    What happened counts when it fits everything that is given: one of `campaigns`, one of
    `emails` (empty: any), the `url` (of clicks only) and `when`. Then `count` is held against how
    many there are; None is "at least one".
    """

    activity: str
    campaigns: tuple[int, ...] = ()
    emails: tuple[int, ...] = ()
    url: Condition | None = None
    when: Condition | None = None
    count: Condition | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class TagRule:
    """Which of these tags does the person have, each on the list that it belongs to? No tags: any
    tag of the list on which they are in the journey."""

    tags: tuple[int, ...]
    operator: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class ValueRule:
    """One question about a value beside the enrollment: one that a webhook's answer has left
    (`kept`), or one of the event that enrolled (`event`, with a name as in merge tags)."""

    scope: Literal["kept", "event"]
    name: str
    operator: str
    value: Any = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class MessageRule:
    """What became of the message that a step of this journey has sent, in this passage? Of several
    by the same step, the last. `did` is a name of behaviour_codec.DID, `url` is of clicks only."""

    step_id: int
    did: str
    url: Condition | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class SentRule:
    """Has any journey of the account sent the person one of these e-mails (empty: any), in the last
    so many days of 24 hours (None: ever)?"""

    emails: tuple[int, ...]
    operator: str
    days: int | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class JourneyRule:
    """Is the person inside a journey of the account, have they finished it, or ever entered it? The
    passage in which it is asked counts as none."""

    journey_id: int
    operator: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """Is the subscriber in a segment of the host's, as its own rules have it?"""

    segment_id: int
    operator: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class SuppressionRule:
    """Is the address suppressed: on the list, in the account or everywhere? `scopes` are names of
    behaviour_codec.SCOPES; empty: any of them."""

    operator: str
    scopes: tuple[str, ...] = ()
    path: str = ""


#: What our own tables answer. The host answers all others.
OwnRule = ValueRule | MessageRule | SentRule | JourneyRule
AnyRule = Rule | ListRule | ActivityRule | TagRule | SegmentRule | SuppressionRule | OwnRule


@dataclass(frozen=True, slots=True)
class All:
    """True when every part is; an empty one is true."""

    parts: tuple[Criteria, ...]


@dataclass(frozen=True, slots=True)
class Any_:
    """True when one part is; an empty one is false."""

    parts: tuple[Criteria, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Criteria


Criteria = AnyRule | All | Any_ | Not


class Answer(NamedTuple):
    """The truth of one rule for one person and the value that was seen (text, None = not set)."""

    truth: Truth
    seen: str | None


def rules(criteria: Criteria) -> Iterator[AnyRule]:
    """Every rule of the tree, in reading order."""
    match criteria:
        case Not(part):
            yield from rules(part)
        case All(parts) | Any_(parts):
            for part in parts:
                yield from rules(part)
        case _:
            yield criteria


def combine(criteria: Criteria, truth_of: Callable[[AnyRule], Truth]) -> Truth:
    """The truth of the whole tree, given the truth of each rule."""
    match criteria:
        case Not(part):
            inner = combine(part, truth_of)
            return None if inner is None else not inner
        case All(parts):
            return _every([combine(part, truth_of) for part in parts])
        case Any_(parts):
            return _some([combine(part, truth_of) for part in parts])
        case _:
            return truth_of(criteria)


def renumbered(criteria: Criteria, ids: Mapping[int, int]) -> Criteria:
    """The same tree, with other ids for the steps that its rules name."""
    match criteria:
        case Not(part):
            return Not(renumbered(part, ids))
        case All(parts):
            return All(tuple(renumbered(part, ids) for part in parts))
        case Any_(parts):
            return Any_(tuple(renumbered(part, ids) for part in parts))
        case MessageRule(step_id=step_id):
            return replace(criteria, step_id=ids.get(step_id, step_id))
        case _:
            return criteria


def _every(truths: Sequence[Truth]) -> Truth:
    if False in truths:
        return False
    return None if None in truths else True


def _some(truths: Sequence[Truth]) -> Truth:
    if True in truths:
        return True
    return None if None in truths else False
