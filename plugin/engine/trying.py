"""Trying a webhook: one request for one person, chosen or made up, and nothing kept of it.

No outbox, no enrollment, no history: only a line in the audit, by which tries are limited.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, cast, runtime_checkable

from plugin.domain.catalog import Catalog
from plugin.domain.enrollment import Batch, EnrollmentId, Outcome, Subscriber
from plugin.domain.journey import Document
from plugin.domain.program import Step, walk
from plugin.engine.judging import LOCKED
from plugin.engine.kinds import Action, Registry, TriggerKind
from plugin.engine.library_port import Stored
from plugin.engine.ports import Begin, Delivery, Host, Parcel, Request, Response, Work
from plugin.engine.sealing import Sealer
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.engine.tag_ports import EnrollmentData
from plugin.engine.terms import taken, terms_of
from plugin.errors import BadValue, Conflict, NotFound

MOST_AN_HOUR = 20
#: In the audit.
ACT = "webhook.test"
#: Keys of such requests begin so: receivers can tell them.
KEY_PREFIX = "test_"
_NOBODY = Subscriber(0, "person@example.com", "Subscribed", "Not Bounced")
_EXAMPLES: Mapping[str, object] = {
    "SubscriberID": 0,
    "EmailAddress": _NOBODY.email,
    "BounceType": _NOBODY.bounce,
    "SubscriptionStatus": _NOBODY.status,
    "SubscriptionDate": "2026-01-01 00:00:00",
    "SubscriptionIP": "192.0.2.1",
    "UnsubscriptionDate": None,
    "UnsubscriptionIP": None,
    "OptInDate": "2026-01-01 00:00:00",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Whose values the request is to hold: by id or by address."""

    list_id: int
    subscriber_id: int | None = None
    email: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """`request` shows no secret. `kept`: what the step would keep of the answer."""

    request: Request
    answer: Response
    kept: Mapping[str, Any]
    email: str


@runtime_checkable
class Sending(Protocol):
    """An action whose requests can be made without being posted."""

    def parcels(
        self, batch: Batch, work: Work
    ) -> tuple[dict[EnrollmentId, Parcel], dict[EnrollmentId, Outcome]]: ...


class Trier:
    def __init__(
        self,
        begin: Begin,
        actions: Registry[Action],
        triggers: Registry[TriggerKind],
        sealer: Sealer,
        around: Surroundings = PRODUCTION,
    ) -> None:
        self._begin, self._actions, self._triggers = begin, actions, triggers
        self._sealer, self._around = sealer, around

    def __call__(
        self, user_id: int, journey_id: int, step_id: int, person: Person | None, actor: str
    ) -> Trial:
        """Send one request of a step as the draft has it.

        Raises NotFound for a foreign journey, step or person; Conflict when the step sends
        nothing, a secret is missing, or there were 20 tries in the last hour; BadValue when the
        request cannot be made.
        """
        with self._begin() as work:
            now = self._around.clock(work)
            stored = work.library.get(user_id, journey_id)
            work.library.note(user_id, actor, ACT, journey_id, now)
            if work.library.acts_since(user_id, ACT, now - timedelta(hours=1)) > MOST_AN_HOUR:
                text = f"A webhook may be tried {MOST_AN_HOUR} times in an hour. Try again later."
                raise Conflict("too_many_tests", text)
            batch, parcel = self._made(work, stored, _step(stored, step_id), person, now)
        delivery = _delivery(batch, parcel)
        keys = self._sealer.keys([delivery])
        timestamp = int(now.timestamp())
        answer = self._sealer.send(delivery, timestamp, keys)
        if answer.error in ("no secret", LOCKED):
            raise Conflict("no_secret", "A secret that the step names is missing or locked.")
        shown = self._sealer.request(delivery, timestamp, keys, masked=True)
        kept = taken(answer.body, terms_of(delivery.terms).keep).values
        return Trial(shown, answer, kept, parcel.email)

    def _made(
        self, work: Work, stored: Stored, step: Step, person: Person | None, now: datetime
    ) -> tuple[Batch, Parcel]:
        action = self._actions.load(step.action, step.params)
        if not isinstance(action, Sending):
            raise Conflict("not_a_webhook", f"Step {step.id} is no webhook.")
        catalog = work.catalog(stored.user_id)
        list_id = person.list_id if person else self._list(stored.draft, catalog)
        if list_id not in catalog.lists:
            raise NotFound(f"There is no list {list_id}.")
        batch = Batch(
            user_id=stored.user_id,
            journey_id=stored.journey_id,
            journey_name=stored.name,
            version_id=0,
            list_id=list_id,
            zone=stored.draft.time_zone or catalog.zone,
            now=now,
            step=step,
            subscribers={0: _found(work.host, person) if person else _NOBODY},
            visits={0: 1},
        )
        host = work.host if person else cast(Host, _ExampleHost(work.host))
        of_draft = _OfDraft(host, _Drafts(stored.draft), _NothingBeside(), work.catalog)
        parcels, others = action.parcels(batch, cast(Work, of_draft))
        if 0 not in parcels:
            raise BadValue(str(getattr(others[0], "error", "The request cannot be made.")))
        return batch, parcels[0]

    def _list(self, draft: Document, catalog: Catalog) -> int:
        """The first list from which people may come, or else the account's first."""
        lists = self._triggers.load(draft.trigger.type, draft.trigger.params).lists()
        return min(lists or catalog.lists, default=0)


def _step(stored: Stored, step_id: int) -> Step:
    for step in walk(stored.draft.steps):
        if step.id == step_id:
            return step
    raise NotFound(f"“{stored.name}” has no step {step_id}.")


def _found(host: Host, person: Person) -> Subscriber:
    if person.subscriber_id is None:
        found = host.find(person.list_id, person.email)
    else:
        ids = [person.subscriber_id]
        found = host.subscribers(person.list_id, ids).get(person.subscriber_id)
    if found is None:
        raise NotFound("There is no such subscriber on that list.")
    return found


def _delivery(batch: Batch, parcel: Parcel) -> Delivery:
    return Delivery(
        delivery_id=0,
        delivery_key=f"{KEY_PREFIX}{uuid.uuid4().hex}",
        user_id=batch.user_id,
        journey_id=batch.journey_id,
        step_id=batch.step.id,
        attempt=1,
        method=parcel.method,
        url=parcel.url,
        headers=parcel.headers,
        body=parcel.body,
        secret_name=parcel.secret_name,
        terms=parcel.terms,
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    document: Document


@dataclass(frozen=True, slots=True)
class _Drafts:
    """In the place of a store: whatever version is asked for is the draft."""

    draft: Document

    def version(self, version_id: int) -> _Draft:
        return _Draft(self.draft)


class _NothingBeside:
    """Nobody has come here by an event, and nothing was kept."""

    def read(
        self, user_id: int, ids: Sequence[EnrollmentId]
    ) -> Mapping[EnrollmentId, EnrollmentData]:
        return {}


@dataclass(frozen=True, slots=True)
class _OfDraft:
    """What making a request needs of a transaction."""

    host: Host
    store: _Drafts
    beside: _NothingBeside
    catalog: Callable[[int], Catalog]


class _ExampleHost:
    """The host, with one person more, who is made up."""

    def __init__(self, host: Host) -> None:
        self.list_values, self.user_values = host.list_values, host.user_values

    def values(
        self, list_id: int, ids: Sequence[int], names: Iterable[str]
    ) -> Mapping[int, Mapping[str, object]]:
        return {i: {n: _EXAMPLES.get(n, f"Example of {n}") for n in names} for i in ids}
