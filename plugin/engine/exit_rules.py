"""Exit rules about people: whoever fits one leaves, before a further step has any effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from plugin.domain.enrollment import End, EnrollmentId, Hold, Outcome, SubscriberId
from plugin.engine.answering import Asked, Setting
from plugin.engine.exits_port import EXIT_RULE
from plugin.engine.leaving import named
from plugin.engine.ports import Version, Work
from plugin.engine.questions import Verdict, verdicts
from plugin.errors import CannotEvaluate

UNKNOWN = "An exit rule of this journey has no answer yet."


class Found(NamedTuple):
    """What the rules say of somebody: True with the first that fits, or None: cannot be told."""

    leaves: bool | None
    detail: Mapping[str, Any]


def asks_about_people(version: Version) -> bool:
    """Whether it has an exit rule with criteria."""
    return any(rule.criteria is not None for rule in version.document.exit_rules)


def held_against(
    work: Work,
    version: Version,
    list_id: int,
    people: Mapping[EnrollmentId, SubscriberId],
    now: datetime,
) -> Mapping[EnrollmentId, Found]:
    """Those of these passages that end, or of whom it cannot be told. All rules are asked in
    one go. Raises CannotEvaluate when they cannot be asked."""
    rules = version.document.exit_rules
    criteria = {at: rule.criteria for at, rule in enumerate(rules) if rule.criteria is not None}
    if not criteria or not people:
        return {}
    asked = {who: Asked(subscriber_id, who) for who, subscriber_id in people.items()}
    setting = Setting.of(version, list_id, now)
    answers = verdicts(work, setting, asked, list(criteria.values()))
    # Many people share one answer: what is found is made once for them.
    known = {id(one): _found(version, list(criteria), one) for one in answers.values()}
    found = ((who, known[id(one)]) for who, one in answers.items())
    return {who: what for who, what in found if what is not None}


def exits_by_rule(
    work: Work,
    version: Version,
    list_id: int,
    people: Mapping[EnrollmentId, SubscriberId],
    now: datetime,
) -> Mapping[EnrollmentId, Outcome]:
    """The end of those who leave; those of whom it cannot be told hold. The others go on."""
    if not asks_about_people(version):
        return {}
    try:
        found = held_against(work, version, list_id, people, now)
    except CannotEvaluate as gone:
        return dict.fromkeys(people, Hold(gone.code, str(gone)))
    return {
        who: End(EXIT_RULE, what.detail)
        if what.leaves
        else Hold("cannot_tell", UNKNOWN, what.detail)
        for who, what in found.items()
    }


def _found(version: Version, places: Sequence[int], answers: Sequence[Verdict]) -> Found | None:
    """The first rule that fits; else the first that cannot be told."""
    for truth in (True, None):
        for place, verdict in zip(places, answers, strict=True):
            if verdict.truth is truth:
                return Found(truth, {**named(version, place), **verdict.detail})
    return None
