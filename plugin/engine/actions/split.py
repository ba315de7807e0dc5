"""Send people down several branches by lot, in parts that are given as weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from plugin.domain.catalog import Catalog
from plugin.domain.enrollment import Batch, Branch, EnrollmentId, Outcomes
from plugin.domain.lots import drawn, lot, share
from plugin.engine.kinds import Action
from plugin.engine.ports import Work

#: As branches are named in documents, counters and the history.
ARM_NAME = r"[a-z][a-z0-9_]{0,39}\Z"
MAX_WEIGHT = 1_000_000


def _no_name_twice(arms: Sequence[Mapping[str, Any]]) -> None:
    names = [arm["name"] for arm in arms]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValidationError(f"Two arms are called {twice[0]}. Give each a name of its own.")


class ArmParams(Schema):
    """One branch and its part of the people."""

    name = fields.String(
        required=True,
        validate=validate.Regexp(
            ARM_NAME,
            error="An arm's name is small letters, digits and _ and begins with a letter; 40 at"
            " most.",
        ),
    )
    weight = fields.Integer(
        strict=True, required=True, validate=validate.Range(min=1, max=MAX_WEIGHT)
    )


class Split(Action):
    """Nobody's arm is thrown by dice: it follows from the installation, the passage and the step.
    So it is the same after any retry, crash or takeover. Other weights hold for those who come to
    the step after they were published; who has passed it stays where they went.
    """

    name = "Split"
    label = "Split"
    icon = "split"
    family = "logic"
    onward = "branches"
    example = {"arms": [{"name": "a", "weight": 50}, {"name": "b", "weight": 50}]}

    class Params(Schema):
        """Each arm is a branch. Of 100 people it gets as many as its weight is of all weights
        together; they need not add up to 100. An arm without steps goes on below at once."""

        arms = fields.List(
            fields.Nested(ArmParams),
            required=True,
            validate=[validate.Length(min=2, max=10), _no_name_twice],
        )

    @property
    def _weights(self) -> Mapping[str, int]:
        return {arm["name"]: arm["weight"] for arm in self.params["arms"]}

    def branch_names(self) -> Sequence[str]:
        return tuple(self._weights)

    def summary(self, catalog: Catalog) -> str:
        return ", ".join(f"{name} {part}" for name, part in self._shares().items())

    def run(self, batch: Batch, work: Work) -> Outcomes:
        installation, weights = work.store.installation(), self._weights
        # One outcome for all of an arm: they are many.
        down = {name: Branch(name, {"share": part}) for name, part in self._shares().items()}
        before = self._taken_before(batch, work)
        arms = {
            who: drawn(lot(installation, who, batch.step.id), weights) for who in batch.subscribers
        }
        return {who: down[before.get(who, arm)] for who, arm in arms.items()}

    def _taken_before(self, batch: Batch, work: Work) -> Mapping[EnrollmentId, str]:
        """The arms of those whom a goal has led back here. Weights may be others by now."""
        document = work.store.version(batch.version_id).document
        if all(goal.jump_to is None for goal in document.goals):
            return {}
        taken = work.behaviour.branches(batch.user_id, batch.step.id, batch.subscribers)
        return {who: arm for who, arm in taken.items() if arm in self._weights}

    def _shares(self) -> Mapping[str, str]:
        total = sum(self._weights.values())
        return {name: share(weight, total) for name, weight in self._weights.items()}
