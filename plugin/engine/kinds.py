"""Kinds: the open set. An action or a trigger is one class in one file; the registry finds it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from inspect import getmembers, isclass
from types import ModuleType
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

from marshmallow import Schema

from plugin.domain.catalog import Catalog
from plugin.domain.enrollment import Batch, Outcomes, Until
from plugin.domain.event import Event
from plugin.domain.program import StepId
from plugin.engine.ports import Work
from plugin.errors import JourneysError, Problem, UnknownAction

#: The lists on which people may stand: empty is any list, None cannot be known beforehand.
Lists = frozenset[int] | None

Family = Literal["trigger", "message", "time", "logic", "data", "end"]

#: Where people may be at once after a step: below it or in a branch · only in a branch · nowhere
#: before time has passed for certain · nowhere at all, for they have left.
Onward = Literal["below", "branches", "later", "nowhere"]


class Cause(NamedTuple):
    """What a step makes happen that may let people into journeys; the proof against circles
    (engine/loops.py) asks the triggers whether they hear it."""

    type: str  #: an event's type, or `start`
    journey_id: int | None = None  #: of `start` and `journey_completed`
    list_id: int | None = None  #: None: cannot be known beforehand
    field_id: int | None = None
    tag_id: int | None = None


class Kind:
    """What actions and triggers share: a name, words for people, and checked parameters.

    An instance holds one placement's parameters, loaded; it lives as long as its version.
    """

    name: ClassVar[str]  #: as in documents and the host's API; never rename
    label: ClassVar[str]  #: on cards and in the picker
    icon: ClassVar[str]  #: a symbol of the sprite, without `i-`
    #: valid parameters, for docs and contract tests
    example: ClassVar[Mapping[str, Any]]

    class Params(Schema):
        """Override with this kind's own fields."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = params

    def summary(self, catalog: Catalog) -> str:
        """One line for people, such as “2 days, then Mon–Fri”. Override it."""
        return ""

    def check(self, catalog: Catalog, lists: Lists) -> Iterable[Problem]:
        """What must be mended before publishing; paths are relative to the parameters."""
        return ()

    def notes(self, catalog: Catalog) -> Iterable[str]:
        """What its users should know and need not mend, as sentences: on the card and in lint."""
        return ()


class Action(Kind):
    """One kind of step."""

    family: ClassVar[Family] = "data"
    #: it may change rows of lists: whoever goes on is looked at again
    changes_people: ClassVar[bool] = False
    onward: ClassVar[Onward] = "below"
    #: it neither reads nor writes: there is nothing to undo when it fails
    asks_nobody: ClassVar[bool] = False
    #: each visit is a message to the person: rules may ask what became of it
    sends_messages: ClassVar[bool] = False
    #: people may go down none of its branches: one is shown where the document has it
    branches_optional: ClassVar[bool] = False
    #: branches that nobody goes down before time has passed for certain, whatever `onward` says
    later_branches: ClassVar[Collection[str]] = ()

    def causes(self) -> Iterable[Cause]:
        """What such a step makes happen that could let people into a journey."""
        return ()

    def branch_names(self) -> Sequence[str]:
        """The branches that such a step may have, in reading order."""
        return ()

    def opening(self, at: datetime, zone: str) -> datetime:
        """When somebody who waits at such a step and was put off until `at` may go on."""
        return at

    @classmethod
    def renumbered(
        cls, params: Mapping[str, Any], ids: Mapping[StepId, StepId]
    ) -> Mapping[str, Any]:
        """The same parameters, valid and not loaded, with other ids for the steps that they name:
        an import numbers all steps afresh."""
        return params

    def keeps(self) -> Collection[str]:
        """The names under which such a step keeps values beside a person's enrollment."""
        return ()

    def run(self, batch: Batch, work: Work) -> Outcomes:
        """Act on the whole batch at once; answer for every enrollment of it.

        Whatever is raised undoes the batch's effects; the executor then tries smaller parts.
        """
        raise NotImplementedError

    def anew(self, since: datetime, zone: str, now: datetime) -> Until | None:
        """When the wait is over of who has waited here since `since`, by these settings.

        Asked when a newer version has other ones. None: such a step lets nobody wait.
        """
        return None


class TriggerKind(Kind):
    """What makes someone enter."""

    #: the event types that may enroll; empty: only by hand, API or another journey
    listens_to: ClassVar[tuple[str, ...]] = ()

    def lists(self) -> Lists:
        """The lists from which people may come."""
        return None

    def may_hear(self, cause: Cause) -> bool:
        """Might what a step makes happen enroll? When in doubt, yes."""
        if cause.type not in self.listens_to:
            return False
        lists = self.lists()
        return not lists or cause.list_id is None or cause.list_id in lists

    def matches(self, event: Event) -> bool:
        """Does this event enroll? Asked only for types in `listens_to`. No I/O."""
        raise NotImplementedError

    def hears(self, event: Event) -> bool:
        """May an event like this one enroll? Asked before we cause it, when `data` has ids only."""
        return True

    def correlation(self, event: Event) -> str | None:
        """The matter that an event which enrolls is about, such as an order: one person may be
        inside once for each. None: there is only the person."""
        return None


K = TypeVar("K", bound=Kind)


class Registry(Generic[K]):
    """The kinds of one sort. An ordinary object, built once in app.py and handed down."""

    def __init__(self, classes: Iterable[type[K]]) -> None:
        self._classes: dict[str, type[K]] = {}
        for cls in classes:
            other = self._classes.setdefault(cls.name, cls)
            if other is not cls:
                raise JourneysError(
                    f"“{cls.name}” is declared twice: in {other.__module__} and in"
                    f" {cls.__module__}. Rename the second one."
                )

    def kind(self, name: str) -> type[K]:
        """Raises UnknownAction."""
        try:
            return self._classes[name]
        except KeyError:
            raise UnknownAction(f"No installed module declares “{name}”.") from None

    def load(self, name: str, raw: Mapping[str, Any]) -> K:
        """Raises UnknownAction, or marshmallow's ValidationError."""
        kind = self.kind(name)
        return kind(kind.Params().load(dict(raw)))

    def __contains__(self, name: object) -> bool:
        return name in self._classes

    def __iter__(self) -> Iterator[type[K]]:
        return iter(sorted(self._classes.values(), key=lambda cls: cls.label))


def find(base: type[K], *packages: ModuleType) -> Iterator[type[K]]:
    """Every subclass of `base` that a module of these packages defines and names."""
    for package in packages:
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            for _, found in getmembers(module, isclass):
                named_here = found.__module__ == module.__name__ and "name" in vars(found)
                if issubclass(found, base) and named_here:
                    yield found
