"""Imports number all steps afresh; whatever names a step by its id names it by the new one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from plugin.domain.codec import with_ids
from plugin.domain.criteria import Criteria, renumbered
from plugin.domain.journey import Document
from plugin.domain.program import Step, StepId, walk
from plugin.engine.kinds import Action, Registry

Ids = Mapping[StepId, StepId]


def numbered_afresh(
    document: Document, actions: Registry[Action], fresh: Iterator[StepId]
) -> Document:
    """The same document with ids from `fresh`, in reading order. Its kinds are installed."""
    steps = with_ids(document.steps, fresh)
    ids = {old.id: new.id for old, new in zip(walk(document.steps), walk(steps), strict=True)}
    rules = [replace(rule, criteria=_criteria(rule.criteria, ids)) for rule in document.exit_rules]
    goals = [
        replace(
            goal,
            criteria=_criteria(goal.criteria, ids),
            jump_to=None if goal.jump_to is None else ids.get(goal.jump_to, goal.jump_to),
        )
        for goal in document.goals
    ]
    steps = _steps(steps, actions, ids)
    return replace(document, steps=steps, exit_rules=tuple(rules), goals=tuple(goals))


def _steps(steps: tuple[Step, ...], actions: Registry[Action], ids: Ids) -> tuple[Step, ...]:
    return tuple(
        replace(
            step,
            params=actions.kind(step.action).renumbered(step.params, ids),
            branches={name: _steps(body, actions, ids) for name, body in step.branches.items()},
        )
        for step in steps
    )


def _criteria(criteria: Criteria | None, ids: Ids) -> Criteria | None:
    return None if criteria is None else renumbered(criteria, ids)
