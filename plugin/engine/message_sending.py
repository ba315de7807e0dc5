"""Messages on their way out: looked over once more, sent, and never twice by mistake.

The attempt is committed before the request leaves. Whoever finds an attempt without a result does
not send it again: it waits for news, and then does as its step says.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from plugin.domain.enrollment import Subscriber
from plugin.engine import message_checks as checks
from plugin.engine.judging import GIVEN_UP, INTERNAL, MOST_ATTEMPTS, WORN_OUT, unsent
from plugin.engine.mailing_port import SenderDomain
from plugin.engine.message_judging import NEWS_CAME, NO_NEWS, NOTHING_KNOWN
from plugin.engine.message_orders import Kept, Order, content_of, gateway_url, kept_of, request
from plugin.engine.ports import Begin, Delivery, Response, Secrets, Transport, Work
from plugin.errors import BadTemplate, CannotEvaluate, JourneysError
from plugin.logs import about

log = logging.getLogger(__name__)

NO_KEY = "no sender key"
#: Of each delivery: what to send, or why not.
Orders = Mapping[int, Order | Response]


class MessageSender:
    """`secrets` has the keys of accounts whose host does not tell them. Threads may share it."""

    def __init__(
        self, begin: Begin, secrets: Secrets, transport: Transport, host_api_url: str
    ) -> None:
        self._begin, self._secrets, self._transport = begin, secrets, transport
        self._url = gateway_url(host_api_url)

    def prepare(self, leased: Sequence[Delivery]) -> Orders:
        """For a batch at once, in a transaction of its own. Its number of statements depends on
        how many accounts and lists there are in it."""
        if not leased:
            return {}
        with self._begin() as work:
            known = dict(_without_a_request(work, leased))
            rest = [d for d in leased if d.delivery_id not in known]
            by_user: dict[int, list[Delivery]] = {}
            for delivery in rest:
                by_user.setdefault(delivery.user_id, []).append(delivery)
            orders: dict[int, Order | Response] = dict(known)
            for user_id, mine in by_user.items():
                orders |= _Batch(work, user_id, mine, self._secrets).orders()
        return orders

    def send(self, delivery: Delivery, order: Order | Response) -> Response:
        """One attempt. Never raises."""
        if isinstance(order, Response):
            return order
        try:
            prepared = request(order, self._url)
        except Exception as fault:
            log.error("a message failed: %s", type(fault).__name__, extra=about(delivery))
            return unsent(INTERNAL)
        try:
            answer = self._transport.send(prepared)
        except Exception as fault:
            # Without its text, which might hold the key. It may have been sent.
            log.error("a message failed: %s", type(fault).__name__, extra=about(delivery))
            return unsent(NOTHING_KNOWN)
        return replace(answer, body=answer.body.replace(order.key.encode(), b"***"))


def _without_a_request(work: Work, leased: Sequence[Delivery]) -> Iterable[tuple[int, Response]]:
    """Those with which nothing is to be done now, or nothing is known."""
    doubtful = [d for d in leased if d.state_before in ("sending", "unknown")]
    told = work.messages.heard([d.delivery_key for d in doubtful]) if doubtful else frozenset()
    for d in leased:
        again = (d.terms or {}).get("after_unknown") == "send_again"
        if d.delivery_key in told:
            yield d.delivery_id, unsent(NEWS_CAME)
        elif d.state_before == "sending":
            yield d.delivery_id, unsent(NOTHING_KNOWN)
        elif d.state_before == "unknown" and not again:
            yield d.delivery_id, unsent(NO_NEWS)
        elif d.trial > MOST_ATTEMPTS:
            yield d.delivery_id, unsent(WORN_OUT)
        elif d.given_up:  # its receiver was only busy, unless it had faults
            yield d.delivery_id, unsent(GIVEN_UP if d.receiver_faults else "wait busy")


class _Batch:
    """What one account sends now."""

    def __init__(
        self, work: Work, user_id: int, deliveries: Sequence[Delivery], secrets: Secrets
    ) -> None:
        self._work, self._user_id, self._secrets = work, user_id, secrets
        self._deliveries = deliveries
        self._kept = {d.delivery_id: kept_of(d) for d in deliveries}

    def orders(self) -> Mapping[int, Order | Response]:
        work, user_id = self._work, self._user_id
        try:
            checks.check_account(work, user_id)
        except CannotEvaluate as gone:
            return {d.delivery_id: _held(gone) for d in self._deliveries}
        stopped = {**self._left(), **self._refused()}
        letters = work.host.letters(user_id, {k.envelope.email_id for k in self._kept.values()})
        domains = work.host.sender_domains(user_id)
        found: dict[int, Order | Response] = {}
        for d in self._deliveries:
            kept = self._kept[d.delivery_id]
            try:
                letter = checks.letter_of(letters, kept.envelope.email_id)
                key = self._key(domains, kept)
                found[d.delivery_id] = stopped.get(d.delivery_id) or (
                    Order(key, content_of(d, kept, letter)) if key else unsent(NO_KEY)
                )
            except CannotEvaluate as gone:
                found[d.delivery_id] = _held(gone)
            except BadTemplate:
                found[d.delivery_id] = unsent("held email_empty")
        return found

    def _key(self, domains: Mapping[str, SenderDomain] | None, kept: Kept) -> str | None:
        """Raises CannotEvaluate when the domain may not send."""
        checks.check_domain(domains, kept.envelope.domain)
        own = domains[kept.envelope.domain].key if domains is not None else None
        if own:
            return own
        try:
            return self._secrets(self._user_id, checks.SENDER_SECRET)
        except JourneysError:
            return None

    def _left(self) -> dict[int, Response]:
        """Who is not inside any more is sent nothing; whose journey is off, nothing now."""
        ended = set(self._work.store.ended([d.enrollment_id for d in self._deliveries]))
        stands = self._work.store.statuses({d.journey_id for d in self._deliveries})
        found = {}
        for d in self._deliveries:
            footing = stands.get(d.journey_id)
            if d.enrollment_id in ended or footing is None or footing.status == "archived":
                found[d.delivery_id] = unsent("refused left")
            elif footing.status == "disabled":
                found[d.delivery_id] = unsent("wait off")
        return found

    def _refused(self) -> dict[int, Response]:
        by_list: dict[int, list[Delivery]] = {}
        for d in self._deliveries:
            by_list.setdefault(self._kept[d.delivery_id].envelope.list_id, []).append(d)
        found: dict[int, Response] = {}
        for list_id, mine in by_list.items():
            found |= self._refused_on(list_id, mine)
        return found

    def _refused_on(self, list_id: int, mine: Sequence[Delivery]) -> dict[int, Response]:
        ids = {d.delivery_id: self._kept[d.delivery_id].subscriber_id for d in mine}
        try:
            rows = self._work.host.subscribers(list_id, sorted(set(ids.values())))
        except CannotEvaluate as gone:
            return {d.delivery_id: _held(gone) for d in mine}
        people: dict[int, Subscriber] = {i: rows[s] for i, s in ids.items() if s in rows}
        reasons = {i: "subscriber_missing" for i in ids if i not in people}
        reasons |= checks.refusals(self._work, self._user_id, list_id, people)
        return {i: unsent(f"refused {reason}") for i, reason in reasons.items()}


def _held(gone: CannotEvaluate) -> Response:
    return unsent(f"held {gone.code}")
