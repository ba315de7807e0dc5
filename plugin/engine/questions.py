"""Criteria asked about many people at once, with the answers by which the outcome is explained."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from plugin.domain.criteria import Answer, AnyRule, Criteria, Truth, combine, rules
from plugin.domain.enrollment import SubscriberId
from plugin.engine.ports import Version, Work
from plugin.errors import CannotEvaluate, Interrupted, Unavailable
from plugin.logs import labelled

log = logging.getLogger(__name__)

UNREADABLE = "The rules cannot be asked. The reason is in the worker's log."


class Verdict(NamedTuple):
    """Whether criteria fit; `detail` is plain data for the history: each rule with its answer."""

    truth: Truth
    detail: Mapping[str, Any]


def verdict(criteria: Criteria, asked: Sequence[AnyRule], answers: Sequence[Answer]) -> Verdict:
    """`asked` are the rules of the criteria in reading order, `answers` theirs."""
    truth_of = {id(r): a.truth for r, a in zip(asked, answers, strict=True)}
    truth = combine(criteria, lambda rule: truth_of[id(rule)])
    seen = [
        {"path": rule.path, "truth": answer.truth, "seen": answer.seen}
        for rule, answer in zip(asked, answers, strict=True)
    ]
    return Verdict(truth, {"truth": truth, "rules": seen})


def verdicts(
    work: Work,
    version: Version,
    list_id: int,
    ids: Iterable[SubscriberId],
    criteria: Sequence[Criteria],
    now: datetime,
) -> Mapping[SubscriberId, tuple[Verdict, ...]]:
    """Each of these criteria for each subscriber, all of them asked in one go.

    Who has no row any more is left out. Whatever keeps the rules from being asked is a
    CannotEvaluate. Many people give the same answers: they share one object.
    """
    asked = [list(rules(one)) for one in criteria]
    today = now.astimezone(ZoneInfo(version.zone))
    flat = [rule for one in asked for rule in one]
    try:
        with work.savepoint():
            answers = work.host.answers(list_id, sorted(set(ids)), flat, today)
    except (Interrupted, Unavailable, CannotEvaluate):
        raise
    except Exception as fault:
        log.exception("rules about people cannot be asked", extra=labelled(list=list_id))
        raise CannotEvaluate("rules_unreadable", UNREADABLE) from fault
    known: dict[tuple[Answer, ...], tuple[Verdict, ...]] = {}
    for answer in answers.values():
        if answer not in known:
            rest = iter(answer)
            known[answer] = tuple(
                verdict(one, own, [next(rest) for _ in own])
                for one, own in zip(criteria, asked, strict=True)
            )
    return {subscriber_id: known[answer] for subscriber_id, answer in answers.items()}
