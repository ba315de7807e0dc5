"""Step ids of an edited document: known ones are kept, new steps get fresh ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from plugin.domain.codec import escaped
from plugin.domain.program import Step, StepId
from plugin.errors import Problem


def ids_given(steps: tuple[Step, ...]) -> Iterator[tuple[str, StepId]]:
    """Path and id of every step in reading order; 0: the step is new."""
    yield from _given(steps, "/steps")


def unknown_ids(steps: tuple[Step, ...], known: Collection[StepId]) -> list[Problem]:
    """A problem for each id that this journey has never had."""
    text = "This journey has no step {}, nor had it one. Leave the id out for a new step."
    return [
        Problem(f"{path}/id", text.format(step_id))
        for path, step_id in ids_given(steps)
        if step_id and step_id not in known
    ]


def number_new(steps: tuple[Step, ...], fresh: Iterator[StepId]) -> tuple[Step, ...]:
    """The same tree, with ids from `fresh` for steps that have none, in reading order."""
    return tuple(
        replace(
            step,
            id=step.id or next(fresh),
            branches={name: number_new(body, fresh) for name, body in step.branches.items()},
        )
        for step in steps
    )


def _given(steps: tuple[Step, ...], path: str) -> Iterator[tuple[str, StepId]]:
    for place, step in enumerate(steps):
        yield f"{path}/{place}", step.id
        for name, body in step.branches.items():
            yield from _given(body, f"{path}/{place}/branches/{escaped(name)}")
