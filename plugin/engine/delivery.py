"""The outbox on its way out: lease, sign, send many at once, note what came of it.

At least once, and always the same: one key and one body per visit, whatever happens in between.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor as Pool
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.domain.host_codes import Verdict
from plugin.engine import host_calls
from plugin.engine.host_writing import HostWriter
from plugin.engine.ports import (
    Begin,
    Count,
    Delivery,
    Request,
    Response,
    Secrets,
    Signer,
    Transport,
    Tried,
    Wakeup,
)
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.errors import Interrupted, JourneysError

log = logging.getLogger(__name__)

#: Pauses before the second, third … attempt. After the last one the delivery has failed.
SCHEDULE = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1800, 2 * 3600, 6 * 3600, 24 * 3600))
#: Answers that are worth another try; so are faults of the network.
PASSING = frozenset({408, 425, 429})
#: Faults that no further try can cure.
FINAL_ERRORS = frozenset({"blocked address", "bad request", "no secret", "too many tries"})
#: The secret is there, but this worker's encryption keys do not open it.
LOCKED = "secret locked"
#: Attempts whose result was never noted count as well: what brings senders down is given up.
WORN_OUT = "too many tries"
MOST_ATTEMPTS = len(SCHEDULE) + 8
#: A Retry-After is honoured up to this.
LONGEST_RETRY_AFTER = timedelta(hours=1)
#: Under which the keys of a batch hold an owner's API key: no secret has this name.
API_KEY = ""
Keys = Mapping[tuple[int, str], str | JourneysError | None]

#: A lease is longer than any attempt, so that nobody sends what another one is sending. A batch
#: may have to wait for the threads of the process's other batch first.
LEASE_FACTOR = 3.0
#: Results are noted again so often after a deadlock and the like.
MAX_REDO = 5


@dataclass(frozen=True, slots=True)
class Means:
    """With what deliveries are sent."""

    transport: Transport
    sign: Signer
    secrets: Secrets
    pool: Pool
    host_transport: Transport | None = None  #: for calls of the host's API, None: as the others
    host_url: str = ""
    wake: Wakeup = lambda: None


class Deliverer:
    """Leases, sends and notes. Several threads may share one: it keeps nothing in between."""

    def __init__(
        self,
        begin: Begin,
        means: Means,
        around: Surroundings = PRODUCTION,
        *,
        at_once: int = 16,
        attempt_seconds: float = 15.0,
    ) -> None:
        self._begin, self._means, self._around = begin, means, around
        self._at_once, self._attempt_seconds = at_once, attempt_seconds
        self._writer = HostWriter(begin, around, self._judge_host, _counts)

    def deliver(self) -> int:
        """Attempt one batch of due deliveries. Answers how many. No transaction is open
        while the network is used."""
        with self._begin() as work:
            now = self._around.clock(work)
            leased = work.outbox.lease(now, self._at_once, self._attempt_seconds * LEASE_FACTOR)
        if not leased:
            return 0
        self._around.reach("deliver.after_lease")
        writes = [d for d in leased if d.kind == "host_write"]
        for delivery in writes:
            self._writer.write(delivery)
        sent = [d for d in leased if d.kind != "host_write"]
        answers = list(self._means.pool.map(self._send(now, self._keys(sent)), sent))
        self._around.reach("deliver.after_send")
        self._note_surely(sent, answers)
        self._around.reach("deliver.after_commit")
        if any(d.kind != "webhook" for d in leased):
            self._means.wake()  # those who wait for it are due
        return len(leased)

    def _note_surely(self, leased: Sequence[Delivery], answers: Sequence[Response]) -> None:
        """What was sent is not sent again only because the database undid the note of it."""
        if not leased:
            return
        for redo in range(MAX_REDO):
            try:
                self._note(leased, answers)
                return
            except Interrupted:
                self._around.sleep((0.005 + 0.195 * self._around.dice()) * (redo + 1))
        self._note(leased, answers)

    def _note(self, leased: Sequence[Delivery], answers: Sequence[Response]) -> None:
        with self._begin() as work:
            ended = self._around.clock(work)
            tried = [
                self._judge(delivery, answer, ended)
                for delivery, answer in zip(leased, answers, strict=True)
            ]
            work.store.count(_counts(work.outbox.finish(tried, ended)), ended)
            self._around.reach("deliver.before_commit")

    def _keys(self, leased: Sequence[Delivery]) -> Keys:
        """The secrets of a batch and the owners' API keys, each looked up once."""
        named = {(d.user_id, d.secret_name) for d in leased if d.secret_name is not None}
        keys = {(user_id, name): self._key(user_id, name) for user_id, name in named}
        if callers := {d.user_id for d in leased if d.kind == "host_call"}:
            with self._begin() as work:
                found = work.host.api_keys(callers)
            keys |= {(user_id, API_KEY): found.get(user_id) for user_id in callers}
        return keys

    def _key(self, user_id: int, name: str) -> str | JourneysError | None:
        """The secret; what is wrong when this worker cannot open it; None when there is none."""
        try:
            return self._means.secrets(user_id, name)
        except JourneysError as locked:
            log.error("the secret %s of user %s cannot be opened: %s", name, user_id, locked)
            return locked

    def _send(self, now: datetime, keys: Keys) -> Callable[[Delivery], Response]:
        timestamp = int(now.timestamp())

        def send(delivery: Delivery) -> Response:
            if delivery.kind == "host_call":
                return self._call(delivery, keys.get((delivery.user_id, API_KEY)))
            secret = keys.get((delivery.user_id, delivery.secret_name or ""))
            if delivery.secret_name is not None and not isinstance(secret, str):
                return _unsent("no secret" if secret is None else LOCKED)
            if delivery.trial > MOST_ATTEMPTS:
                return _unsent(WORN_OUT)
            try:
                headers = self._headers(delivery, timestamp, secret)
                request = Request(delivery.method, delivery.url, headers, delivery.body)
                return self._means.transport.send(request)
            except Exception:
                # The others of the batch have been sent: their results must not be lost with it.
                log.exception("delivery %s could not be sent", delivery.delivery_key)
                return _unsent("internal")

        return send

    def _call(self, delivery: Delivery, key: str | JourneysError | None) -> Response:
        """Ask the host. Never raises."""
        if not isinstance(key, str):
            return _unsent("no API key")
        if delivery.trial > MOST_ATTEMPTS:
            return _unsent(WORN_OUT)
        means = self._means
        try:
            request = host_calls.request(delivery, means.host_url, key)
            answer = (means.host_transport or means.transport).send(request)
        except Exception as fault:
            # Without its text, which might hold the key.
            log.error("call %s of the host failed: %s", delivery.delivery_key, type(fault).__name__)
            return _unsent("internal")
        return host_calls.without_key(answer, key)

    def _headers(
        self, delivery: Delivery, timestamp: int, secret: str | JourneysError | None
    ) -> dict[str, str]:
        headers = dict(delivery.headers)
        headers["webhook-id"] = delivery.delivery_key
        headers["webhook-timestamp"] = str(timestamp)
        if isinstance(secret, str):
            headers["webhook-signature"] = self._means.sign(
                secret, delivery.delivery_key, timestamp, delivery.body
            )
        return headers

    def _judge_host(
        self, delivery: Delivery, answer: Response, found: Verdict, now: datetime
    ) -> Tried:
        """What came of something that was asked of the host, and that a step waits for."""
        if found.kind == "retry" and delivery.trial <= len(SCHEDULE):
            return Tried(delivery, answer, "new", self._next(delivery, answer, now))
        state = "done" if found.kind in ("done", "refused") else "failed"
        return Tried(delivery, answer, state, None, host_calls.result_of(found))

    def _judge(self, delivery: Delivery, answer: Response, now: datetime) -> Tried:
        if delivery.kind == "host_call":
            return self._judge_host(delivery, answer, host_calls.judged(delivery, answer), now)
        if answer.status is not None and 200 <= answer.status < 300:
            return Tried(delivery, answer, "done", None)
        if not _passing(answer) or delivery.trial > len(SCHEDULE):
            return Tried(delivery, answer, "failed", None)
        return Tried(delivery, answer, "new", self._next(delivery, answer, now))

    def _next(self, delivery: Delivery, answer: Response, now: datetime) -> datetime:
        pause = SCHEDULE[delivery.trial - 1] * (0.9 + 0.2 * self._around.dice())
        if answer.retry_after is not None:
            asked = min(timedelta(seconds=answer.retry_after), LONGEST_RETRY_AFTER)
            pause = max(pause, asked)
        return now + pause


def _unsent(error: str) -> Response:
    return Response(None, error, b"", None, 0)


def _passing(answer: Response) -> bool:
    """Worth another try? Redirects and other refusals are not."""
    if answer.status is None:
        return answer.error not in FINAL_ERRORS
    return answer.status in PASSING or answer.status >= 500


def _counts(tried: Sequence[Tried]) -> list[Count]:
    figure_of = {"done": "delivered", "failed": "undelivered"}
    return [
        Count(
            user_id=t.delivery.user_id,
            journey_id=t.delivery.journey_id,
            version_id=0,
            step_id=t.delivery.step_id,
            figure=figure_of[t.state],
            remark="" if t.state == "done" else str(t.response.status or t.response.error),
            n=1,
        )
        for t in tried
        if t.state in figure_of
    ]
