"""Criteria asked about many people at once, with the answers by which the outcome is explained."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from plugin.domain.criteria import Answer, AnyRule, Criteria, Truth, combine, rules
from plugin.engine.answering import Asked, Key, Setting, answers
from plugin.engine.ports import Work
from plugin.errors import CannotEvaluate, Interrupted, Unavailable
from plugin.logs import labelled

log = logging.getLogger(__name__)

UNREADABLE = "The rules cannot be asked. The reason is in the worker's log."


class Verdict(NamedTuple):
    """Whether criteria fit; `detail` is plain data for the history: each rule with its answer."""

    truth: Truth
    detail: Mapping[str, Any]


def verdict(criteria: Criteria, asked: Sequence[AnyRule], told: Sequence[Answer]) -> Verdict:
    """`asked` are the rules of the criteria in reading order, `told` their answers."""
    truth_of = {id(r): a.truth for r, a in zip(asked, told, strict=True)}
    truth = combine(criteria, lambda rule: truth_of[id(rule)])
    seen = [
        {"path": rule.path, "truth": answer.truth, "seen": answer.seen}
        for rule, answer in zip(asked, told, strict=True)
    ]
    return Verdict(truth, {"truth": truth, "rules": seen})


def verdicts(
    work: Work,
    setting: Setting,
    people: Mapping[Key, Asked],
    criteria: Sequence[Criteria],
) -> Mapping[Key, tuple[Verdict, ...]]:
    """Each of these criteria for each of these people, all of them asked in one go.

    Who has no row any more is left out. Whatever keeps the rules from being asked is a
    CannotEvaluate. Many people give the same answers: they share one object.
    """
    asked = [list(rules(one)) for one in criteria]
    flat = [rule for one in asked for rule in one]
    try:
        with work.savepoint():
            found = answers(work, setting, people, flat)
    except (Interrupted, Unavailable, CannotEvaluate):
        raise
    except Exception as fault:
        log.exception("rules about people cannot be asked", extra=labelled(list=setting.list_id))
        raise CannotEvaluate("rules_unreadable", UNREADABLE) from fault
    known: dict[tuple[Answer, ...], tuple[Verdict, ...]] = {}
    for answer in found.values():
        if answer not in known:
            rest = iter(answer)
            known[answer] = tuple(
                verdict(one, own, [next(rest) for _ in own])
                for one, own in zip(criteria, asked, strict=True)
            )
    return {who: known[answer] for who, answer in found.items()}
