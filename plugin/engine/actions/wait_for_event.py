"""Wait until somebody opens, clicks, converts, joins, leaves or does something, or time is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from plugin.domain import waits
from plugin.domain.catalog import Catalog
from plugin.domain.enrollment import Batch, Branch, EnrollmentId, Outcome, Outcomes, Stay
from plugin.domain.event import Event, Received, as_text
from plugin.domain.program import StepId
from plugin.engine.kinds import Lists
from plugin.engine.ports import Work
from plugin.engine.wait_form import KINDS, WaitForEventParams, asked_of
from plugin.engine.waiters_port import LOOKED, Passage, Unrouted, Waiter
from plugin.engine.waiting import (
    Looking,
    WaitingAction,
    digest,
    person,
    to_the_second,
    told,
)
from plugin.errors import Problem


class WaitForEvent(WaitingAction):
    """What happened since the moment that `since` names counts, if it arrives in time; the first
    to arrive ends the wait. See engine/waiting.py."""

    name = "WaitForEvent"
    label = "Wait for an event"
    icon = "ear"
    example = {"what": "clicked", "amount": 3, "unit": "days"}

    class Params(WaitForEventParams):
        __doc__ = WaitForEventParams.__doc__

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__(params)
        self._kind = KINDS[params["what"]](asked_of(params))
        self.hears = self._kind.listens_to
        self.of_step = params["step"]
        self.looks_before = params["since"] == "days"
        self.looks_back = params["since"] != "step" or self.of_step is not None
        asked = {n: v for n, v in params.items() if n not in _OF_THE_TIME}
        self._identity = digest(asked).hex()

    def branch_names(self) -> Sequence[str]:
        return ("happened", "timed_out")

    def summary(self, catalog: Catalog) -> str:
        given = self.params
        what = self._kind.summary(catalog)
        if self.of_step is not None:
            what = what.replace("any e-mail", f"the e-mail of step {self.of_step}")
        same = f" with the same {given['correlation']}" if given["correlation"] else ""
        most = f", at most {_amount(given['amount'], given['unit'])}"
        return f"{what}{same}{most}{self._since_words()}"

    def _since_words(self) -> str:
        match self.params["since"]:
            case "journey":
                return "; counts from when they entered"
            case "days":
                return f"; counts from {_amount(self.params['days'], 'days')} before"
            case _:
                return ""

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        yield from self._kind.check(catalog, lists)
        if self.of_step is not None and (fault := _step_fault(self.of_step, catalog)):
            yield Problem("/step", fault)

    @classmethod
    def renumbered(
        cls, params: Mapping[str, Any], ids: Mapping[StepId, StepId]
    ) -> Mapping[str, Any]:
        step_id = params.get("step")
        return params if step_id is None else {**params, "step": ids.get(step_id, step_id)}

    def notes(self, catalog: Catalog) -> Iterator[str]:
        if self.params["what"] == "unsubscribed":
            yield (
                "Who unsubscribes from the list on which they are in the journey leaves the"
                " journey, unless it lets them walk on."
            )

    # What counts

    def matches(self, event: Event) -> bool:
        return self._kind.matches(event)

    def matter(self, event: Event) -> str | None:
        return self._value(event.data, self.params["correlation"])

    def identity(self) -> str:
        return self._identity

    def _value(self, data: Mapping[str, Any], name: str | None) -> str | None:
        """Of a property that tells matters apart; what is not set tells none."""
        if name is None:
            return ""
        properties = data.get("properties")
        found = (properties if isinstance(properties, dict) else data).get(name)
        return None if isinstance(found, dict | list) else as_text(found) or None

    # What becomes of people

    def run(self, batch: Batch, work: Work) -> Outcomes:
        unrouted = work.waiters.unrouted()  # before the look: see its docstring
        passages = work.waiters.passages(batch.subscribers)
        waiting = self._waiting(batch, work, passages)
        happened = Looking(self, batch, work, passages, waiting).look()
        run = _Run(batch, unrouted, passages)
        for who, waiter in waiting.items():
            if who in happened:
                run.outcomes[who] = _happened(happened[who])
            elif batch.now >= waiter.until_at and unrouted.is_past(waiter.until_at):
                run.outcomes[who] = Branch("timed_out", _timed(waiter, batch.zone), waited=True)
            else:
                run.stay(waiter)
        work.waiters.keep(run.new)
        work.waiters.note_looks(run.looked, LOOKED)
        work.waiters.note_looks(run.to_look, unrouted.last)
        return run.outcomes

    def _waiting(
        self, batch: Batch, work: Work, passages: Mapping[EnrollmentId, Passage]
    ) -> Mapping[EnrollmentId, Waiter]:
        """Everybody's wait: as it is written down, or a new one where there is none by these
        settings."""
        terms = digest(self.params, batch.zone)
        known: dict[EnrollmentId, Waiter] = {}
        for who, passage in passages.items():
            waiter = passage.waiter
            if waiter and (waiter.step_id, waiter.terms) == (batch.step.id, terms):
                known[who] = waiter
        new = [who for who in batch.subscribers if who not in known]
        matters = self._matters(batch, work, new)
        return known | {who: self._begin(batch, passages[who], terms, matters[who]) for who in new}

    def _matters(
        self, batch: Batch, work: Work, ids: Sequence[EnrollmentId]
    ) -> Mapping[EnrollmentId, str | None]:
        """Which matter each waits for: by the event that let them in."""
        if not self.params["correlation"] or not ids:
            return dict.fromkeys(ids, "")
        name = self.params["entry_property"] or self.params["correlation"]
        beside = work.beside.read(batch.user_id, ids)
        return {i: self._value((i in beside and beside[i].event) or {}, name) for i in ids}

    def _begin(self, batch: Batch, passage: Passage, terms: bytes, matter: str | None) -> Waiter:
        """A wait that settings have changed goes on from when it began."""
        who, before = passage.enrollment_id, passage.waiter
        here = passage.step_id == batch.step.id
        again = before is not None and before.step_id == batch.step.id
        began = before.began_at if before and again else batch.now
        zone = waits.find_zone(batch.zone)
        whose = person(batch.user_id, batch.subscribers[who].email)
        delay = waits.Delay(self.params["amount"], waits.Unit(self.params["unit"]))
        return Waiter(
            enrollment_id=who,
            user_id=batch.user_id,
            journey_id=batch.journey_id,
            step_id=batch.step.id,
            wake_key=self.wake_key(whose, matter),
            person_key=whose,
            terms=terms,
            began_at=began,
            since_at=self._since(passage, passage.arrived_at if here else batch.now, batch.zone),
            until_at=waits.after(began, delay, zone),
            looks_to=None,
        )

    def _since(self, passage: Passage, arrived: datetime, zone: str) -> datetime:
        """What comes of a message of this passage cannot be older than the passage."""
        since = self.params["since"]
        if since == "days":
            days = self.params["days"]
            return to_the_second(waits.days_before(arrived, days, waits.find_zone(zone)))
        whole = since == "journey" or self.of_step is not None
        return to_the_second(passage.entered_at if whole else arrived)


class _Run:
    """What one run of the step decides about those for whom nothing has happened yet."""

    def __init__(
        self, batch: Batch, unrouted: Unrouted, passages: Mapping[EnrollmentId, Passage]
    ) -> None:
        self._batch, self._unrouted, self._passages = batch, unrouted, passages
        self.outcomes: dict[EnrollmentId, Outcome] = {}
        self.new: list[Waiter] = []
        self.looked: list[EnrollmentId] = []
        self.to_look: list[EnrollmentId] = []

    def stay(self, waiter: Waiter) -> None:
        who, now = waiter.enrollment_id, self._batch.now
        if self._passages[who].waiter is not waiter:
            self.new.append(waiter)
            self.outcomes[who] = Stay(now, _timed(waiter, self._batch.zone))
            return
        over = waiter.until_at <= now
        until = now + self._unrouted.pause(self._unrouted.last) if over else waiter.until_at
        if waiter.looks_to != LOOKED:
            if self._has_seen_all(waiter):
                self.looked.append(who)
            else:
                up_to = waiter.looks_to or self._unrouted.last
                until = min(until, now + self._unrouted.pause(up_to))
                if waiter.looks_to is None:
                    self.to_look.append(who)
        self.outcomes[who] = Stay(until, again=True)

    def _has_seen_all(self, waiter: Waiter) -> bool:
        """Whether this look has seen every event that was routed without seeing their row."""
        first = self._unrouted.first
        return first is None or (waiter.looks_to is not None and first > waiter.looks_to)


#: Parameters that say when, not for what.
_OF_THE_TIME = ("amount", "unit", "since", "days", "entry_property")


def _step_fault(step_id: StepId, catalog: Catalog) -> str | None:
    if step_id not in catalog.steps:
        return f"This journey has no step {step_id}. Name one that sends an e-mail."
    if step_id not in catalog.senders:
        kind = catalog.steps[step_id]
        return f"Step {step_id} is a {kind}, which sends no e-mail. Name one that does."
    if step_id not in catalog.passed:
        return f"Nobody has been at step {step_id} who comes here. Name one further up."
    return None


def _happened(received: Received) -> Outcome:
    """What the world outside has brought about is no part of a circle of journeys."""
    return Branch("happened", {"event": told(received)}, waited=received.event.hops == 0)


def _timed(waiter: Waiter, zone: str) -> Mapping[str, Any]:
    return {
        "from": waiter.began_at.isoformat(),
        "until": waiter.until_at.isoformat(),
        "zone": zone,
    }


def _amount(amount: int, unit: str) -> str:
    return f"{amount} {unit if amount != 1 else unit.removesuffix('s')}"
