"""The host's segments, as far as their rules can be asked here exactly; else nothing is guessed.

A segment's rules are groups of rules whose connector alternates with the depth: the segment's own
operator joins the groups, the other one the rules inside a group, and in a group inside a group it
is the first one again. What is not known to mean the same here makes the whole segment unreadable:
rules about anything but fields, operators in words that leave a doubt, deeper groups (the host
passes over those), empty values, segments that are drawn by chance.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from plugin.domain.catalog import SUBSCRIBER_COLUMNS, HostSegment
from plugin.domain.criteria import (
    All,
    Answer,
    Any_,
    AnyRule,
    Criteria,
    Rule,
    SegmentRule,
    combine,
    rules,
)
from plugin.errors import CannotEvaluate
from plugin.host.schema import HostSchema

TABLE = "segments"
NEEDED = ("SegmentID", "RelListID", "SegmentName")
_RULES = ("SegmentOperator", "SegmentRulesJson")
#: A rule inside a group inside a group: the host reads no deeper.
_LEVELS = 3
_MOST_RULES = 50

#: The host's words whose meaning is the same as ours, none set included.
_OPERATORS: Mapping[str, str] = {
    "is": "is",
    "is not": "is_not",
    "contains": "contains",
    "does not contain": "does_not_contain",
    "begins with": "begins_with",
    "ends with": "ends_with",
    "is set": "is_set",
    "is not set": "is_not_set",
}
_VALUELESS = ("is_set", "is_not_set")

INSIDE, OUTSIDE = "in the segment", "not in the segment"
UNREADABLE = "the segment's rules cannot be asked here"


class _CannotSay(Exception):
    """A part of the rules means something that we do not know for certain."""


@dataclass(frozen=True, slots=True)
class Segment:
    """`criteria` None: its rules cannot be said here."""

    segment_id: int
    name: str
    list_id: int
    criteria: Criteria | None


@dataclass(frozen=True, slots=True)
class Segments:
    """Those of lists of one account."""

    connection: sa.Connection
    schema: HostSchema
    owner: int

    def all(self) -> Mapping[int, HostSegment]:
        """By id, for people to choose from. A host without such a table has none."""
        return {
            one.segment_id: HostSegment(
                one.segment_id, one.name, one.list_id, one.criteria is not None
            )
            for one in self._read(None)
        }

    def these(self, ids: Iterable[int], list_id: int) -> Mapping[int, Criteria | None]:
        """The rules of each. One statement.

        Raises CannotEvaluate(`segment_missing`) for one that is gone, of another list or account.
        """
        found = {one.segment_id: one for one in self._read(sorted(set(ids)))}
        for segment_id in ids:
            if segment_id not in found or found[segment_id].list_id != list_id:
                raise CannotEvaluate(
                    "segment_missing",
                    f"List {list_id} has no segment {segment_id} (any more). Choose another.",
                )
        return {segment_id: found[segment_id].criteria for segment_id in ids}

    def _read(self, ids: Sequence[int] | None) -> list[Segment]:
        table = self.schema.optional_table(self.connection, TABLE, NEEDED)
        lists = self.schema.table(self.connection, "subscriber_lists").clause.c
        if table is None:
            return []
        c = table.clause.c
        names = [*NEEDED, *(n for n in (*_RULES, "Options") if n in table.columns)]
        mine = sa.select(lists["ListID"]).where(lists["RelOwnerUserID"] == self.owner)
        query = sa.select(*(c[name] for name in names)).where(c["RelListID"].in_(mine))
        if ids is not None:
            query = query.where(c["SegmentID"].in_(ids))
        rows = self.connection.execute(query.order_by(c["SegmentID"])).mappings()
        return [_segment(dict(row)) for row in rows]


@dataclass(slots=True)
class Expanded:
    """Rules with those of segments in the segments' places; `flat` is what is to be asked."""

    asked: Sequence[AnyRule]
    segments: Mapping[int, Criteria | None]
    flat: list[AnyRule] = field(init=False)
    _own: list[list[AnyRule]] = field(init=False)
    _known: dict[tuple[Answer, ...], tuple[Answer, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._own = [self._rules_of(rule) for rule in self.asked]
        self.flat = [rule for own in self._own for rule in own]

    def put_together(self, answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
        """One answer for each rule. Many people give the same: theirs are made once."""
        if answers not in self._known:
            rest = iter(answers)
            self._known[answers] = tuple(
                self._answer(rule, [next(rest) for _ in own], own)
                for rule, own in zip(self.asked, self._own, strict=True)
            )
        return self._known[answers]

    def _rules_of(self, rule: AnyRule) -> list[AnyRule]:
        if not isinstance(rule, SegmentRule):
            return [rule]
        criteria = self.segments[rule.segment_id]
        return [] if criteria is None else list(rules(criteria))

    def _answer(self, rule: AnyRule, answers: Sequence[Answer], own: Sequence[AnyRule]) -> Answer:
        if not isinstance(rule, SegmentRule):
            return answers[0]
        criteria = self.segments[rule.segment_id]
        if criteria is None:
            return Answer(None, UNREADABLE)
        truth_of = {id(one): answer.truth for one, answer in zip(own, answers, strict=True)}
        inside = combine(criteria, lambda one: truth_of[id(one)])
        if inside is None:
            return Answer(None, UNREADABLE)
        return Answer(inside is (rule.operator == "in"), INSIDE if inside else OUTSIDE)


def _segment(row: Mapping[str, Any]) -> Segment:
    criteria = None if _by_chance(row.get("Options")) else said(*(row.get(n) for n in _RULES))
    return Segment(row["SegmentID"], row["SegmentName"] or "", row["RelListID"], criteria)


def said(operator: object, text: object) -> Criteria | None:
    """What a segment's rules mean; None when it cannot be said exactly."""
    try:
        groups = json.loads(text) if isinstance(text, str) else None
        if not isinstance(groups, list) or operator not in ("and", "or"):
            return None
        made = _group(groups, operator == "and", 1)
    except (ValueError, RecursionError, _CannotSay):
        return None
    return made if sum(1 for _ in rules(made)) <= _MOST_RULES else None


def _by_chance(options: object) -> bool:
    """Whether a segment may be drawn by chance, or say anything else that is not in its rules."""
    return isinstance(options, str) and options.strip() not in ("", "{}", "[]", "null")


def _group(parts: Sequence[Any], every: bool, level: int) -> Criteria:
    if not parts or level > _LEVELS:
        raise _CannotSay
    made = [
        _group(part, not every, level + 1) if isinstance(part, list) else _rule(part)
        for part in parts
    ]
    return All(tuple(made)) if every else Any_(tuple(made))


def _rule(data: object) -> Rule:
    if not isinstance(data, dict) or data.get("type") != "fields":
        raise _CannotSay
    if set(data) - {"type", "field_id", "operator", "value"}:
        raise _CannotSay
    operator = _OPERATORS.get(str(data.get("operator", "")).strip().lower())
    value = data.get("value")
    if operator is None:
        raise _CannotSay
    if operator in _VALUELESS:
        return Rule(_field(data.get("field_id")), operator)
    if type(value) not in (str, int) or value == "":
        raise _CannotSay
    return Rule(_field(data.get("field_id")), operator, str(value))


def _field(name: object) -> str:
    if type(name) in (str, int):
        text = str(name)
        if text.isascii() and text.isdecimal():
            return f"CustomField{int(text)}"
        if text in SUBSCRIBER_COLUMNS:
            return text
    raise _CannotSay
