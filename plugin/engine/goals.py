"""Goals that are about people: asked before each step, and in the regular look over everybody.

A goal is reached once in a passage. What cannot be told is not reached yet: nobody is held for it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from plugin.domain.enrollment import EnrollmentId, SubscriberId
from plugin.domain.entry_rules import Goal
from plugin.engine.answering import Asked, Setting
from plugin.engine.exits_port import GOAL_LEADS, GOAL_REACHED
from plugin.engine.goals_port import Aim, Reached, goal_key
from plugin.engine.ports import Count, Version, Work
from plugin.engine.questions import verdicts
from plugin.errors import CannotEvaluate
from plugin.logs import at_version

log = logging.getLogger(__name__)


class Led(NamedTuple):
    """What becomes of somebody who has reached a goal: the reason of the note, and what it says."""

    reason: str
    detail: Mapping[str, Any]


class Found(NamedTuple):
    """Who is led elsewhere by a goal, and what is to be counted."""

    led: Mapping[EnrollmentId, Led]
    counts: Sequence[Count]


def asks_about_goals(version: Version) -> bool:
    """Whether it has a goal with criteria."""
    return any(goal.criteria is not None for goal in version.document.goals)


def reached_by_people(
    work: Work,
    version: Version,
    list_id: int,
    people: Mapping[EnrollmentId, SubscriberId],
    now: datetime,
) -> Found:
    """Note who of these fits a goal by now. A few statements, however many they are."""
    if not people or not asks_about_goals(version):
        return Found({}, ())
    goals = {goal.name: goal for goal in version.document.goals if goal.criteria is not None}
    aims = work.goals.aims(version.user_id, list(people))
    asked = {who: Asked(people[who], who) for who, aim in aims.items() if _wants(goals, aim, now)}
    if not asked:
        return Found({}, ())
    criteria = [goal.criteria for goal in goals.values() if goal.criteria is not None]
    try:
        told = verdicts(work, Setting.of(version, list_id, now), asked, criteria)
    except CannotEvaluate as gone:
        log.warning("goals cannot be asked about: %s", gone, extra=at_version(version))
        return Found({}, ())
    reached = [
        _reached(version, who, goal, now, verdict.detail)
        for who, answers in told.items()
        for goal, verdict in zip(goals.values(), answers, strict=True)
        if verdict.truth and is_wanted(goal, aims[who], now)
    ]
    return noted(work, version, reached, now)


def noted(work: Work, version: Version, reached: Sequence[Reached], now: datetime) -> Found:
    """Keep what was reached in passages of this version; the first new goal that leads somebody
    elsewhere does so."""
    new = work.goals.reach(reached, now)
    goals = {goal.name: goal for goal in version.document.goals}
    led: dict[EnrollmentId, Led] = {}
    for one in new:
        found = leads(goals[one.goal], one.detail)
        if found is not None:
            led.setdefault(one.enrollment_id, found)
    return Found(led, [counted(one) for one in new])


def leads(goal: Goal, detail: Mapping[str, Any]) -> Led | None:
    """Where a goal leads whoever reaches it; None: they go on as they were."""
    told = {"goal": goal.name, **detail}
    if goal.end:
        return Led(GOAL_REACHED, told)
    return None if goal.jump_to is None else Led(GOAL_LEADS, {**told, "to": goal.jump_to})


def counted(one: Reached) -> Count:
    """Of the version in which it was reached."""
    return Count(one.user_id, one.journey_id, one.version_id, 0, "goal", one.goal, 1)


def is_wanted(goal: Goal, aim: Aim, at: datetime) -> bool:
    """Whether it is not reached yet, and this moment is in its time."""
    in_time = goal.days is None or at <= aim.entered_at + timedelta(days=goal.days)
    return in_time and goal_key(goal.name) not in aim.reached


def _wants(goals: Mapping[str, Goal], aim: Aim, now: datetime) -> bool:
    return any(is_wanted(goal, aim, now) for goal in goals.values())


def _reached(
    version: Version, who: EnrollmentId, goal: Goal, at: datetime, detail: Mapping[str, Any]
) -> Reached:
    of = (version.user_id, version.journey_id, version.version_id)
    return Reached(*of, who, goal.name, at, detail)
