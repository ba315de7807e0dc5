"""Actions that only tests have: each does what its test tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from marshmallow import Schema, fields

from plugin.domain.enrollment import Batch, EnrollmentId, Next, Outcome
from plugin.engine.kinds import Action
from plugin.engine.ports import Work

Run = Callable[[Batch, Work], Mapping[EnrollmentId, Outcome]]


def acting(run: Run, name: str = "Act") -> type[Action]:
    """An action of this name that does `run`."""
    members = {
        "name": name,
        "label": name,
        "icon": "bolt",
        "example": {},
        "run": lambda self, batch, work: run(batch, work),
        "branch_names": lambda self: ("left", "right"),
    }
    return type(name, (Action,), members)


def strict(name: str = "Act") -> type[Action]:
    """An action of this name that asks for a parameter which older documents lack."""

    class Params(Schema):
        wanted = fields.Integer(required=True)

    return type(name, (acting(everybody_goes_on, name),), {"Params": Params, "name": name})


def everybody_goes_on(batch: Batch, work: Work) -> Mapping[EnrollmentId, Outcome]:
    return dict.fromkeys(batch.subscribers, Next())


def subscribers(batch: Batch) -> set[int]:
    return {subscriber.subscriber_id for subscriber in batch.subscribers.values()}
