"""A journey's steps: a tree that people draw, laid flat so that a machine can walk it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

StepId = int

#: Actions at which people wait for events: what is written down of their wait goes when they leave.
WAITERS = frozenset({"WaitForEvent"})


@dataclass(frozen=True, slots=True)
class Step:
    """One action placed in a journey. `branches` maps a branch name to its steps, in order."""

    id: StepId
    action: str
    params: Mapping[str, Any]
    branches: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    published: bool = True  #: off: people pass through
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """The flat form. Immutable, as the version it came from."""

    steps: Mapping[StepId, Step]  #: in reading order
    after: Mapping[StepId, StepId | None]  #: the step below; None is the end of the journey
    first: StepId | None  #: None: a journey without steps
    order: Mapping[StepId, int]  #: place in reading order, from 0

    def branch(self, step_id: StepId, name: str) -> StepId | None:
        """Where a branch begins; an empty or absent branch goes on below the step."""
        steps = self.steps[step_id].branches.get(name, ())
        return steps[0].id if steps else self.after[step_id]


def lay_flat(tree: tuple[Step, ...]) -> Program:
    """Link every step with its follower. A branch that ends goes on below the branching step."""
    linked = list(_link(tree, None))
    return Program(
        steps={step.id: step for step, _ in linked},
        after={step.id: following for step, following in linked},
        first=tree[0].id if tree else None,
        order={step.id: place for place, (step, _) in enumerate(linked)},
    )


def walk(tree: tuple[Step, ...]) -> Iterator[Step]:
    """Every step in reading order."""
    return (step for step, _ in _link(tree, None))


def _link(body: tuple[Step, ...], rejoin: StepId | None) -> Iterator[tuple[Step, StepId | None]]:
    followers = [*(step.id for step in body[1:]), rejoin]
    for step, following in zip(body, followers, strict=True) if body else ():
        yield step, following
        for branch in step.branches.values():
            yield from _link(branch, following)
