"""Rules of all forms, answered for many people of one list: a few statements, however many."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from plugin.domain.activity_codec import ACTIVITIES
from plugin.domain.criteria import (
    ActivityRule,
    Answer,
    AnyRule,
    ListRule,
    Rule,
    SegmentRule,
    SuppressionRule,
    TagRule,
)
from plugin.domain.enrollment import SubscriberId
from plugin.errors import CannotEvaluate
from plugin.host.activity import Counting, Counts, activity
from plugin.host.criteria_sql import Place, truth_when_not_set, truths
from plugin.host.days import Calendar
from plugin.host.membership import membership, statuses
from plugin.host.reading import Reader, Rows, shortened
from plugin.host.segments import Expanded, Segments
from plugin.host.suppressed import scopes_of, suppression
from plugin.host.tags import Tagging
from plugin.host.values import as_text, seen

Answers = Mapping[SubscriberId, tuple[Answer, ...]]
#: Somebody's answer to one rule.
Told = Callable[[SubscriberId], Answer]


@dataclass(frozen=True, slots=True)
class Answering:
    """`owners` answers the owner of each list that exists."""

    reader: Reader
    calendar: Calendar
    owners: Callable[[Iterable[int]], Mapping[int, int]]

    def answers(self, ids: Sequence[SubscriberId], rules: Sequence[AnyRule]) -> Answers:
        """Everybody's answers, in the order of `rules`. Who has no row on the list is left out.

        One statement for all fields, one for the owners if any rule is of another form, one per
        other list, one for opens, one for clicks, a few for tags, one for segments, two for
        suppression. Raises CannotEvaluate.
        """
        segments = [rule.segment_id for rule in rules if isinstance(rule, SegmentRule)]
        if not segments:
            return self._answers(ids, rules)
        reader = self.reader
        known = Segments(reader.connection, reader.schema, self._owner([]))
        expanded = Expanded(rules, known.these(segments, reader.list_id))
        found = self._answers(ids, expanded.flat)
        return {who: expanded.put_together(answers) for who, answers in found.items()}

    def _answers(self, ids: Sequence[SubscriberId], rules: Sequence[AnyRule]) -> Answers:
        of_fields = self._of_fields(ids, [rule for rule in rules if isinstance(rule, Rule)])
        told = self._told(list(of_fields), rules)
        if not told:
            return of_fields
        answers: dict[SubscriberId, tuple[Answer, ...]] = {}
        for subscriber_id, about_fields in of_fields.items():
            rest = iter(about_fields)
            answers[subscriber_id] = tuple(
                told[at](subscriber_id) if at in told else next(rest) for at in range(len(rules))
            )
        return answers

    def _told(self, ids: Sequence[SubscriberId], rules: Sequence[AnyRule]) -> Mapping[int, Told]:
        """The rules that are not about fields, by their place in `rules`."""
        lists = {at: rule for at, rule in enumerate(rules) if isinstance(rule, ListRule)}
        acts = {at: rule for at, rule in enumerate(rules) if isinstance(rule, ActivityRule)}
        tags = {at: rule for at, rule in enumerate(rules) if isinstance(rule, TagRule)}
        held = {at: rule for at, rule in enumerate(rules) if isinstance(rule, SuppressionRule)}
        if not (lists or acts or tags or held):
            return {}
        others = list(dict.fromkeys(rule.list_id for rule in lists.values()))
        owner = self._owner(others)
        on = {other: statuses(self.reader, ids, other) for other in others}
        told: dict[int, Told] = {at: _on_list(rule, on[rule.list_id]) for at, rule in lists.items()}
        if tags:
            about_tags = Tagging(self.reader, owner).answers(ids, list(tags.values()))
            told |= dict(zip(tags, about_tags, strict=True))
        if held:
            suppressed = scopes_of(self.reader, owner, ids)
            told |= {at: _suppressed(rule, suppressed) for at, rule in held.items()}
        counting = Counting(self.reader, self.calendar, owner)
        for kind in dict.fromkeys(ACTIVITIES.values()):
            of_kind = {at: rule for at, rule in acts.items() if ACTIVITIES[rule.activity] == kind}
            if of_kind:
                counts = counting.counts(kind, ids, list(of_kind.values()))
                for nth, (at, rule) in enumerate(of_kind.items()):
                    told[at] = _acted(rule, counts, nth)
        return told

    def _owner(self, others: Sequence[int]) -> int:
        """Whose the list is. Other lists must be the same owner's: none else exist."""
        owners = self.owners([self.reader.list_id, *others])
        owner = owners.get(self.reader.list_id)
        if owner is None:
            raise _no_list(self.reader.list_id)
        for other in others:
            if owners.get(other) != owner:
                raise _no_list(other)
        return owner

    def _of_fields(self, ids: Sequence[SubscriberId], rules: Sequence[Rule]) -> Answers:
        reader = self.reader
        places = {name: reader.place(name) for name in dict.fromkeys(rule.field for rule in rules)}
        looks = [shortened(place, reader.dialect) for place in places.values()]
        packed = truths(rules, places, self.calendar, reader.dialect)
        people = reader.people(reader.select(ids, [*looks, packed]))
        look_at = {name: at for at, name in enumerate(places, reader.first)}
        questions = [
            _Question(places[rule.field], look_at[rule.field], at, truth_when_not_set(rule))
            for at, rule in enumerate(rules)
        ]
        # Many people have the same values: their answers are made once.
        known: dict[Hashable, tuple[Answer, ...]] = {}
        answers: dict[SubscriberId, tuple[Answer, ...]] = {}
        for subscriber_id, rows in people.items():
            alike = tuple((source, *row[reader.first :]) for source, row in rows.items())
            if alike not in known:
                known[alike] = tuple(question.answer(rows) for question in questions)
            answers[subscriber_id] = known[alike]
        return answers


@dataclass(frozen=True, slots=True)
class _Question:
    """One rule: where in a row the value seen is, and where in its last column the truth."""

    place: Place
    seen_at: int
    truth_at: int
    when_not_set: bool

    def answer(self, rows: Rows) -> Answer:
        row = rows.get(self.place.source)
        if row is None:
            return Answer(self.when_not_set, None)
        text = as_text(row[self.seen_at], self.place.column)
        return Answer(row[-1][self.truth_at] == "1", seen(text))


def _on_list(rule: ListRule, on: Mapping[SubscriberId, str]) -> Told:
    return lambda subscriber_id: membership(rule, on.get(subscriber_id))


def _suppressed(rule: SuppressionRule, known: Mapping[SubscriberId, Collection[str]]) -> Told:
    return lambda subscriber_id: suppression(rule, known.get(subscriber_id, ()))


def _acted(rule: ActivityRule, counts: Mapping[SubscriberId, Counts], nth: int) -> Told:
    """`nth`: where among the counts those of this rule are."""

    def told(subscriber_id: SubscriberId) -> Answer:
        found = counts.get(subscriber_id)
        return activity(rule, found[nth] if found else 0)

    return told


def _no_list(list_id: int) -> CannotEvaluate:
    return CannotEvaluate(
        "list_missing",
        f"This account has no list {list_id} any more. Choose another list.",
    )
