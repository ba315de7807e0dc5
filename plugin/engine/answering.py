"""The answers to rules of all forms, for a batch: the host's database's, and ours about values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from plugin.domain.criteria import Answer, AnyRule, ValueRule
from plugin.domain.enrollment import Batch, EnrollmentId
from plugin.domain.value_rules import answer
from plugin.engine.ports import Work
from plugin.engine.tag_ports import EnrollmentData
from plugin.engine.tags import value_of

_NOTHING = EnrollmentData(None, {}, False)
_CANNOT_TELL = Answer(None, None)


def answers(
    batch: Batch, work: Work, asked: Sequence[AnyRule]
) -> Mapping[EnrollmentId, tuple[Answer, ...]]:
    """In the order of the rules. Who has no row on the list is left out. Raises CannotEvaluate."""
    today = batch.now.astimezone(ZoneInfo(batch.zone))
    of_host = [rule for rule in asked if not isinstance(rule, ValueRule)]
    told = _of_host(batch, work, of_host, today)
    if len(of_host) == len(asked):
        return told
    beside = work.beside.read(batch.user_id, list(told))
    all_of_them: dict[EnrollmentId, tuple[Answer, ...]] = {}
    for who, about_host in told.items():
        rest, data = iter(about_host), beside.get(who, _NOTHING)
        all_of_them[who] = tuple(
            _value(rule, data, today) if isinstance(rule, ValueRule) else next(rest)
            for rule in asked
        )
    return all_of_them


def _of_host(
    batch: Batch, work: Work, asked: Sequence[AnyRule], today: datetime
) -> Mapping[EnrollmentId, tuple[Answer, ...]]:
    if not asked:
        return dict.fromkeys(batch.subscribers, ())
    ids = [s.subscriber_id for s in batch.subscribers.values()]
    found = work.host.answers(batch.list_id, ids, asked, today)
    return {
        who: found[s.subscriber_id]
        for who, s in batch.subscribers.items()
        if s.subscriber_id in found
    }


def _value(rule: ValueRule, data: EnrollmentData, today: datetime) -> Answer:
    if rule.scope == "event" and data.too_large:
        return _CANNOT_TELL
    scope = "Kept" if rule.scope == "kept" else "Event"
    return answer(rule, value_of(data, scope, rule.name), today.date())
