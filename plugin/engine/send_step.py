"""What a SendEmail step does with its people: who is sent to, who waits for room, and who not.

In this order: the account and the e-mail (all hold), the person (they go on without mail), the cap
on messages to one person, and the send rates. Whoever waits has a message that stands in a line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from plugin.domain.enrollment import Batch, End, EnrollmentId, Next, Outcome, Stay, person_key
from plugin.domain.message_figures import MESSAGE, remark_of
from plugin.domain.send_rates import Cap, SendRate, share
from plugin.engine.message_checks import refusals
from plugin.engine.messages_port import MessageOf, MessageState, NewMessage, Queued
from plugin.engine.ports import Count, Parcel, Work
from plugin.engine.sending_port import ACCOUNT

#: Whoever waits for the gateway looks by themselves this often. Answers wake them before.
LOOK_AGAIN = timedelta(days=1)
CAPPED, END_REASON = "capped", "message_cap"

#: The parcel of somebody at this visit, or an outcome for whom none can be made.
Maker = Callable[[EnrollmentId, int], Parcel | Outcome]


@dataclass(slots=True)
class Sends:
    """One batch. `queued`: those who stand in a line already. `over`: what the step has chosen for
    whoever had enough; None: what the account has; "send": they are sent to all the same."""

    work: Work
    batch: Batch
    email_id: int
    over: str | None
    queued: Mapping[EnrollmentId, Queued]
    outcomes: dict[EnrollmentId, Outcome] = field(default_factory=dict)
    _new: list[NewMessage] = field(default_factory=list)
    _moved: dict[int, NewMessage] = field(default_factory=dict)
    _counts: list[Count] = field(default_factory=list)

    def go(self, ids: Sequence[EnrollmentId], make: Maker) -> dict[EnrollmentId, Outcome]:
        ids = self._whose_turn_it_is(ids)
        ids = self._fit(ids)
        limits = self.work.sending.limits(self.batch.user_id)
        cap = None if self.over == "send" else limits.cap
        if cap and ids:
            ids = self._under(cap, ids)
        self._send(self._with_room(limits.rate, ids), make)
        self._write()
        return self.outcomes

    def _whose_turn_it_is(self, ids: Sequence[EnrollmentId]) -> list[EnrollmentId]:
        """In the order in which they came; who was woken too early stands where they stood."""
        now = self.batch.now
        early = [i for i in ids if i in self.queued and self.queued[i].place_at > now]
        for who in early:
            self.outcomes[who] = Stay(self.queued[who].place_at, again=True)
        rest = [i for i in ids if i not in self.outcomes]
        return sorted(rest, key=lambda i: (i not in self.queued, self._stood_since(i), i))

    def _stood_since(self, who: EnrollmentId) -> tuple[datetime, int]:
        queued = self.queued.get(who)
        return (queued.place_at, queued.id) if queued else (self.batch.now, 0)

    def _fit(self, ids: Sequence[EnrollmentId]) -> list[EnrollmentId]:
        people = {i: self.batch.subscribers[i] for i in ids}
        refused = refusals(self.work, self.batch.user_id, self.batch.list_id, people)
        for who, reason in refused.items():
            self._skip(who, reason)
        return [i for i in ids if i not in refused]

    # The cap on messages to one person

    def _under(self, cap: Cap, ids: Sequence[EnrollmentId]) -> list[EnrollmentId]:
        """Whoever sends to the same people at this moment waits for the account's line."""
        batch, sending = self.batch, self.work.sending
        sending.lines(batch.user_id, [ACCOUNT], batch.now)
        keys = {i: person_key(batch.user_id, batch.subscribers[i].email) for i in ids}
        since = batch.now - cap.span
        known = sending.recent(batch.user_id, set(keys.values()), since)
        had = {key: list(times) for key, times in known.items()}
        free: list[EnrollmentId] = []
        for who in ids:
            times = had.setdefault(keys[who], [])
            if len(times) < cap.messages:
                times.append(batch.now)
                free.append(who)
            else:
                self._over(who, cap, times[-cap.messages] + cap.span)
        return free

    def _over(self, who: EnrollmentId, cap: Cap, until: datetime) -> None:
        match self.over or cap.over:
            case "skip":
                self._skip(who, CAPPED)
            case "end":
                self._skip(who, CAPPED)
                self.outcomes[who] = End(END_REASON, self._detail("skipped", CAPPED))
            case _:
                self._stand(who, until, "cap")

    # Send rates

    def _with_room(self, of_account: SendRate, ids: Sequence[EnrollmentId]) -> list[EnrollmentId]:
        batch = self.batch
        of_journey = self.work.store.version(batch.version_id).document.send_rate
        both = ((ACCOUNT, of_account), (batch.journey_id, of_journey))
        rates = {number: rate for number, rate in both if rate}
        if not rates or not ids:
            return list(ids)
        lines = self.work.sending.lines(batch.user_id, rates, batch.now)
        waited = sum(1 for i in ids if i in self.queued)
        limits = [(rates[number], lines[number]) for number in rates]
        shared = share(limits, batch.now, waited, len(ids) - waited)
        self.work.sending.keep(batch.user_id, dict(zip(rates, shared.lines, strict=True)))
        sent = list(ids[: shared.now_])
        for who, at in zip(ids[shared.now_ :], shared.again, strict=True):
            self._stand(who, at, "rate")
        return sent

    # What becomes of each

    def _send(self, ids: Sequence[EnrollmentId], make: Maker) -> None:
        parcels: list[Parcel] = []
        for who in ids:
            queued = self.queued.get(who)
            visit = queued.visit if queued else self.batch.visits[who]
            made = make(who, visit)
            if not isinstance(made, Parcel):
                self.outcomes[who] = made
                continue
            parcels.append(made)
            self._message(who, "queued", None, self.batch.now, handed_over=True)
            detail = {"email_id": self.email_id, "asked": "send"}
            self.outcomes[who] = Stay(self.batch.now + LOOK_AGAIN, detail, again=queued is not None)
        of = self.batch
        batch_of = {"user_id": of.user_id, "journey_id": of.journey_id, "step_id": of.step.id}
        self.work.outbox.post(batch_of, parcels, of.now)

    def _skip(self, who: EnrollmentId, reason: str) -> None:
        self._message(who, "skipped", reason, self.batch.now)
        self.outcomes[who] = Next(self._detail("skipped", reason))
        remark = remark_of("skipped", reason) or ""
        of = self.batch
        where = (of.user_id, of.journey_id, of.version_id, of.step.id)
        self._counts.append(Count(*where, MESSAGE, remark, 1))

    def _stand(self, who: EnrollmentId, at: datetime, why: str) -> None:
        self._message(who, "queued", None, at)
        detail = {"email_id": self.email_id, "asked": why, "until": at.isoformat()}
        self.outcomes[who] = Stay(at, detail, again=who in self.queued)

    def _detail(self, result: str, reason: str) -> Mapping[str, Any]:
        return {"email_id": self.email_id, "result": result, "reason": reason}

    def _message(
        self,
        who: EnrollmentId,
        state: MessageState,
        reason: str | None,
        at: datetime,
        *,
        handed_over: bool = False,
    ) -> None:
        subscriber, queued = self.batch.subscribers[who], self.queued.get(who)
        one = NewMessage(
            enrollment_id=who,
            visit=queued.visit if queued else self.batch.visits[who],
            subscriber_id=subscriber.subscriber_id,
            email=subscriber.email,
            state=state,
            reason=reason,
            place_at=at,
            handed_over=handed_over,
        )
        if queued:
            self._moved[queued.id] = one
        else:
            self._new.append(one)

    def _write(self) -> None:
        batch = self.batch
        of = MessageOf(
            user_id=batch.user_id,
            journey_id=batch.journey_id,
            version_id=batch.version_id,
            step_id=batch.step.id,
            list_id=batch.list_id,
            email_id=self.email_id,
        )
        if self._new:
            self.work.messages.add(of, self._new, batch.now)
        if self._moved:
            self.work.messages.move(of, self._moved, batch.now)
        self.work.store.count(self._counts, batch.now)
