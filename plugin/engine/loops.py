"""The proof at publish: journeys that let people into one another pass a wait on every way round.

Static and careful: what a step may cause counts as caused, whatever its branch or its rules say.
What cannot be seen beforehand (consequences of lists' own rules, two journeys turned on in the
same moment) is left to the fuse, which parks people after fifty hops without a wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from marshmallow import ValidationError

from plugin.domain.codec import escaped
from plugin.domain.event import COMPLETED
from plugin.domain.journey import Document
from plugin.domain.program import Program, Step, StepId, lay_flat
from plugin.engine.kinds import Action, Cause, Registry, TriggerKind
from plugin.errors import Problem, UnknownAction


@dataclass(frozen=True, slots=True)
class Candidate:
    """A journey that is on, or is about to be. 0: not kept yet."""

    journey_id: int
    name: str
    document: Document


@dataclass(frozen=True, slots=True)
class Link:
    """A step that lets people into a journey, reached without a wait."""

    of: Candidate
    step: Step
    label: str  #: of the step's kind
    to: Candidate

    def __str__(self) -> str:
        return f"“{self.of.name}” (step {self.step.id}, {self.label}) → “{self.to.name}”"


class LoopProof:
    """Asks the kinds what they cause and what they hear. Pure: no table is read."""

    def __init__(self, actions: Registry[Action], triggers: Registry[TriggerKind]) -> None:
        self._actions, self._triggers = actions, triggers

    def problems(self, this: Candidate, others: Iterable[Candidate]) -> Iterator[Problem]:
        """One problem for each step of `this` that closes a circle without a wait.

        `others`: the owner's journeys that are on; an older state of `this` among them is left
        out. Kinds that are not installed cause and hear nothing.
        """
        journeys = [this, *(o for o in others if o.journey_id != this.journey_id)]
        hearing = [(j, self._trigger(j.document)) for j in journeys]
        links = {j.journey_id: list(self._links(j, hearing)) for j in journeys}
        places = dict(_places(this.document.steps, "/steps"))
        told: set[StepId] = set()
        for link in links[this.journey_id]:
            back = _way(links, link.to, this)
            if back is None or link.step.id in told:
                continue
            told.add(link.step.id)
            way = "; ".join(map(str, [link, *back]))
            text = f"People would go round in a circle without a wait: {way}."
            yield Problem(places[link.step.id], f"{text} Put a Wait into one of these journeys.")

    def _trigger(self, document: Document) -> TriggerKind | None:
        try:
            return self._triggers.load(document.trigger.type, document.trigger.params)
        except (UnknownAction, ValidationError):
            return None

    def _links(
        self, journey: Candidate, hearing: Sequence[tuple[Candidate, TriggerKind | None]]
    ) -> Iterator[Link]:
        completed = Cause(COMPLETED, journey.journey_id)
        led_to = [goal.jump_to for goal in journey.document.goals]
        for step, action, is_last in self._at_once(lay_flat(journey.document.steps), led_to):
            causes = [] if action is None else [*action.causes()]
            for cause in [*causes, completed] if is_last else causes:
                for other, trigger in hearing:
                    if _lets_in(cause, other, trigger):
                        label = step.action if action is None else action.label
                        yield Link(journey, step, label, other)

    def _at_once(
        self, program: Program, led_to: Iterable[StepId | None]
    ) -> Iterator[tuple[Step, Action | None, bool]]:
        """The steps that somebody who enters may come to without any time passing, and whether the
        journey may end with them at once. Without their action where they are off. A goal may be
        reached at any moment: it leads to its step out of a wait."""
        seen: set[StepId | None] = {None}
        queue = deque([program.first, *led_to])
        while queue:
            step_id = queue.popleft()
            if step_id is None or step_id in seen or step_id not in program.steps:
                continue
            seen.add(step_id)
            step = program.steps[step_id]
            action = self._action(step)
            onward = list(_onward(program, step, action))
            queue.extend(onward)
            yield step, action, None in onward

    def _action(self, step: Step) -> Action | None:
        """None: people pass through."""
        try:
            return self._actions.load(step.action, step.params) if step.published else None
        except (UnknownAction, ValidationError):
            return None


def _lets_in(cause: Cause, journey: Candidate, trigger: TriggerKind | None) -> bool:
    if cause.type == "start":
        return cause.journey_id == journey.journey_id
    return trigger is not None and trigger.may_hear(cause)


def _onward(program: Program, step: Step, action: Action | None) -> Iterator[StepId | None]:
    """Where somebody may stand at once after the step."""
    onward = "below" if action is None else action.onward
    if onward == "below":
        yield program.after[step.id]
    if action is not None and onward in ("below", "branches"):
        for name in set(action.branch_names()) - set(action.later_branches):
            yield program.branch(step.id, name)


def _way(
    links: Mapping[int, Sequence[Link]], start: Candidate, goal: Candidate
) -> list[Link] | None:
    """The shortest chain of links from one journey to another; [] when they are the same."""
    came: dict[int, Link | None] = {start.journey_id: None}
    queue = deque([start.journey_id])
    while queue:
        here = queue.popleft()
        if here == goal.journey_id:
            return _chain(came, here)
        for link in links.get(here, ()):
            if link.to.journey_id not in came:
                came[link.to.journey_id] = link
                queue.append(link.to.journey_id)
    return None


def _chain(came: Mapping[int, Link | None], end: int) -> list[Link]:
    chain: list[Link] = []
    link = came[end]
    while link is not None:
        chain.append(link)
        link = came[link.of.journey_id]
    return chain[::-1]


def _places(steps: Iterable[Step], path: str) -> Iterator[tuple[StepId, str]]:
    for place, step in enumerate(steps):
        here = f"{path}/{place}"
        yield step.id, here
        for name, body in step.branches.items():
            yield from _places(body, f"{here}/branches/{escaped(name)}")
