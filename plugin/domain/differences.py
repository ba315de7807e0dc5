"""What changed from one document to another, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from typing import Literal

from plugin.domain.journey import Document
from plugin.domain.program import Step, StepId, walk

#: The branch in which a step stands: the branching step and the branch's name; (0, ''): the trunk.
Place = tuple[StepId, str]

What = Literal["added", "removed", "changed", "moved", "settings"]


@dataclass(frozen=True, slots=True)
class Difference:
    """`parts` are names of what differs: parameters of a changed step, settings of the journey.

    Settings have `step_id` 0 and no action.
    """

    what: What
    step_id: StepId = 0
    action: str = ""
    parts: tuple[str, ...] = ()


def differences(old: Document, new: Document) -> tuple[Difference, ...]:
    """Settings first, then steps in the reading order of `new`, then those that are gone."""
    before, after = ({s.id: s for s in walk(d.steps)} for d in (old, new))
    moved = _moved(old.steps, new.steps)
    found = list(_settings(old, new))
    for step in after.values():
        if step.id not in before:
            found.append(Difference("added", step.id, step.action))
            continue
        if parts := tuple(_parts(before[step.id], step)):
            found.append(Difference("changed", step.id, step.action, parts))
        if step.id in moved:
            found.append(Difference("moved", step.id, step.action))
    gone = [s for s in before.values() if s.id not in after]
    return (*found, *(Difference("removed", s.id, s.action) for s in gone))


def _settings(old: Document, new: Document) -> Iterator[Difference]:
    names = [f.name for f in fields(Document) if f.name != "steps"]
    parts = tuple(name for name in names if getattr(old, name) != getattr(new, name))
    if parts:
        yield Difference("settings", parts=parts)


def _parts(old: Step, new: Step) -> Iterator[str]:
    yield from (n for n in ("action", "published", "notes") if getattr(old, n) != getattr(new, n))
    for name in sorted(old.params.keys() | new.params.keys()):
        missing = object()
        if old.params.get(name, missing) != new.params.get(name, missing):
            yield name


def _moved(old: tuple[Step, ...], new: tuple[Step, ...]) -> set[StepId]:
    """Steps that stand in another branch, or in another order among those that stayed in theirs."""
    before, after = _places(old), _places(new)
    was = {i: place for place, ids in before.items() for i in ids}
    now = {i: place for place, ids in after.items() for i in ids}
    moved = {i for i in was.keys() & now.keys() if was[i] != now[i]}
    for place, ids in after.items():
        ours = [i for i in before.get(place, ()) if now.get(i) == place]
        theirs = [i for i in ids if was.get(i) == place]
        blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
        kept = {i for block in blocks for i in ours[block.a : block.a + block.size]}
        moved |= set(theirs) - kept
    return moved


def _places(tree: tuple[Step, ...]) -> Mapping[Place, tuple[StepId, ...]]:
    bodies: dict[Place, tuple[StepId, ...]] = {(0, ""): tuple(s.id for s in tree)}
    for step in walk(tree):
        for name, body in step.branches.items():
            bodies[step.id, name] = tuple(s.id for s in body)
    return bodies
