"""Goals in words: what they are, who has reached them, and where they led somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plugin.domain.criteria import Criteria
from plugin.domain.entry_rules import Goal
from plugin.domain.journey import Document
from plugin.domain.rules_for_people import in_words
from plugin.routes import words
from plugin.routes.kind_words import KindWords, Wording

#: A line of a person's history that is about a goal and no step.
GOAL = KindWords("Goal", "", "target", "logic")


def goal_lines(document: Document, reached: Mapping[str, int], wording: Wording) -> Sequence[str]:
    """The journey's goals, a sentence each, with how many passages have reached them. Of goals that
    older versions had, the name alone."""
    lines = [
        f"{in_full(goal, wording)} ({words.number(reached.get(goal.name, 0))} reached it)"
        for goal in document.goals
    ]
    gone = reached.keys() - {goal.name for goal in document.goals}
    return lines + [
        f"Goal “{name}” of an older version ({words.number(reached[name])} reached it)"
        for name in sorted(gone)
    ]


def in_full(goal: Goal, wording: Wording) -> str:
    """“Goal “Bought”: Custom event: bought, within 7 days; then on to step 4”."""
    if goal.event is not None:
        reads = wording.trigger(goal.event).in_full
    else:
        reads = in_words(goal.criteria, wording.catalog) if goal.criteria else ""
    days = "1 day" if goal.days == 1 else f"{goal.days} days"
    within = "" if goal.days is None else f", within {days}"
    then = "; then the passage ends" if goal.end else ""
    if goal.jump_to is not None:
        then = f"; then on to step {goal.jump_to}"
    return f"Goal “{goal.name}”: {reads}{within}{then}"


def by_goal(outcome: str, detail: Mapping[str, Any]) -> str:
    """The title of a line of the history that a goal has brought about."""
    name = f"the goal “{detail['goal']}”"
    match outcome:
        case "jumped":
            return f"Led on by {name} to step {detail.get('to')}"
        case "end":
            return f"Left the journey: reached {name}"
        case _:
            return f"Reached {name}"


def criteria_of(name: str, document: Document | None) -> Criteria | None:
    """What a goal of this version asks."""
    goals = document.goals if document else ()
    return next((goal.criteria for goal in goals if goal.name == name), None)
