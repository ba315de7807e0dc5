"""What a new version of a journey means for those who stand at each step of an older one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from plugin.domain.program import Program, StepId

#: What becomes of people whose step is gone: on to the next surviving one, or out.
Removed = Literal["next", "exit"]

#: carries_on: the step is there, with the same settings · meets_changes: it is there, with others ·
#: goes_to: the step is gone, and they go to `step_id` · completes: the step is gone, and so is all
#: that was below it · leaves: the step is gone, and whoever stood there leaves · not_begun: they
#: are still entering, and will begin with the first step of the new version, whatever it is.
FateWord = Literal["carries_on", "meets_changes", "goes_to", "completes", "leaves", "not_begun"]


@dataclass(frozen=True, slots=True)
class Fate:
    """`step_id` is where they stand afterwards; None: outside."""

    word: FateWord
    step_id: StepId | None

    @property
    def stays(self) -> bool:
        return self.word in ("carries_on", "meets_changes")


def fates(old: Program, new: Program, removed: Removed) -> Mapping[StepId, Fate]:
    """The fate of those at each step of `old`, in its reading order.

    A step survives when `new` has its id with the same kind of action, wherever it stands there.
    """
    return {step_id: _fate(old, new, step_id, removed) for step_id in old.steps}


def _fate(old: Program, new: Program, step_id: StepId, removed: Removed) -> Fate:
    if survives(old, new, step_id):
        ours, theirs = old.steps[step_id], new.steps[step_id]
        same = (ours.params, ours.published) == (theirs.params, theirs.published)
        return Fate("carries_on" if same else "meets_changes", step_id)
    if removed == "exit":
        return Fate("leaves", None)
    below = next_surviving(old, new, step_id)
    return Fate("completes", None) if below is None else Fate("goes_to", below)


def survives(old: Program, new: Program, step_id: StepId) -> bool:
    theirs = new.steps.get(step_id)
    return theirs is not None and theirs.action == old.steps[step_id].action


def next_surviving(old: Program, new: Program, step_id: StepId) -> StepId | None:
    """The first step below `step_id` that survives: further down its own branch, then below the
    step that branches, and so on outwards. Never into another branch, nor into a branch of the
    step itself: nobody has decided that they belong there.
    """
    below = old.after[step_id]
    while below is not None and not survives(old, new, below):
        below = old.after[below]
    return below
