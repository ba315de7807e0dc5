"""The outbox on its way out: lease, send many at once, note what came of it.

At least once, and always the same: one key and one body per visit, whatever happens in between.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, wait
from concurrent.futures import Executor as Pool
from dataclasses import dataclass
from datetime import datetime

from plugin.engine import host_calls, message_judging
from plugin.engine.host_writing import HostWriter
from plugin.engine.judging import FINAL_ERRORS as FINAL_ERRORS
from plugin.engine.judging import GIVEN_UP, INTERNAL, MOST_ATTEMPTS, WORN_OUT, Judge, counts, unsent
from plugin.engine.judging import SCHEDULE as SCHEDULE
from plugin.engine.message_sending import MessageSender, Orders
from plugin.engine.ports import (
    Begin,
    Delivery,
    Response,
    Room,
    Transport,
    Wakeup,
)
from plugin.engine.sealing import Keys, Sealer
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.errors import Interrupted
from plugin.logs import about

log = logging.getLogger(__name__)

#: Under which the keys of a batch hold an owner's API key: no secret has this name.
API_KEY = ""

#: A lease is longer than any attempt, so that nobody sends what another one is sending.
LEASE_FACTOR = 3.0
#: Results are noted again so often after a deadlock and the like.
MAX_REDO = 5


@dataclass(frozen=True, slots=True)
class Means:
    """With what deliveries are sent."""

    sealer: Sealer
    pool: Pool
    host_transport: Transport | None = None  #: for calls of the host's API, None: as the others
    host_url: str = ""
    wake: Wakeup = lambda: None


@dataclass(frozen=True, slots=True)
class Pace:
    """`at_once` deliveries are under way in one worker, and `of_receiver` to one receiver; one
    account has three quarters of them at most, so that the others' go on."""

    at_once: int = 16
    of_receiver: int = 4
    attempt_seconds: float = 15.0

    def room(self, under_way: Mapping[tuple[int, int], int]) -> Room:
        total = self.at_once - sum(under_way.values())
        most = max(1, self.at_once * 3 // 4)
        return Room(total, most, min(self.of_receiver, self.at_once), under_way)


class Deliverer:
    """Leases, sends and notes. Several threads may share one.

    Whoever answers late keeps nobody waiting: a round notes what has ended after a moment, and
    the rest is noted by a later round, whichever thread's that is.
    """

    def __init__(
        self, begin: Begin, means: Means, around: Surroundings = PRODUCTION, pace: Pace = Pace()
    ) -> None:
        self._begin, self._means, self._around, self._pace = begin, means, around, pace
        self._sealer = means.sealer
        self._judge = Judge(around.dice)
        self._writer = HostWriter(begin, around, self._judge.of_host, counts)
        to_host = means.host_transport or means.sealer.transport
        self._messages = MessageSender(begin, means.sealer.secrets, to_host, means.host_url)
        self._lock = threading.Lock()
        self._under_way: dict[Future[Response], Delivery] = {}

    def deliver(self) -> int:
        """One round; answers how many deliveries were begun or, if none, how many ended. No
        transaction is open while the network is used."""
        with self._lock:
            now, leased = self._lease()
            writes = [d for d in leased if d.kind == "host_write"]
            new = self._begin_to_send([d for d in leased if d.kind != "host_write"], now)
            late = list(self._under_way)
        for delivery in writes:
            self._writer.write(delivery)
        wait(new or late, self._around.patience, ALL_COMPLETED if new else FIRST_COMPLETED)
        ended = self._note_ended()
        if writes or any(d.awaited for d in ended):
            self._means.wake()  # those who wait for it are due
        return len(leased) or len(ended)

    def drain(self, seconds: float) -> bool:
        """Wait for what is under way, `seconds` at most, and note it. False: some has not ended."""
        with self._lock:
            under_way = list(self._under_way)
        left = wait(under_way, seconds).not_done
        self._note_ended()
        return not left

    def _lease(self) -> tuple[datetime | None, Sequence[Delivery]]:
        busy = Counter((d.user_id, d.receiver_id) for d in self._under_way.values())
        room = self._pace.room(busy)
        if room.total <= 0:
            return None, []
        with self._begin() as work:
            now = self._around.clock(work)
            seconds = self._pace.attempt_seconds * LEASE_FACTOR
            leased = work.outbox.lease(now, room, seconds)
        if leased:
            self._around.reach("deliver.after_lease")
        return now, leased

    def _begin_to_send(
        self, leased: Sequence[Delivery], now: datetime | None
    ) -> Sequence[Future[Response]]:
        if not leased or now is None:
            return []
        orders = self._messages.prepare([d for d in leased if d.kind == "message"])
        send = self._send(now, self._keys(leased), orders)
        new = {self._means.pool.submit(send, d): d for d in leased}
        self._under_way |= new
        return list(new)

    def _note_ended(self) -> Sequence[Delivery]:
        with self._lock:
            ended = {f: d for f, d in self._under_way.items() if f.done()}
            for future in ended:
                del self._under_way[future]
        if ended:
            answers = [future.result() for future in ended]
            self._around.reach("deliver.after_send")
            self._note_surely(list(ended.values()), answers)
            self._around.reach("deliver.after_commit")
        return list(ended.values())

    def _note_surely(self, ended: Sequence[Delivery], answers: Sequence[Response]) -> None:
        """What was sent is not sent again only because the database undid the note of it."""
        for redo in range(MAX_REDO):
            try:
                self._note(ended, answers)
                return
            except Interrupted:
                self._around.sleep((0.005 + 0.195 * self._around.dice()) * (redo + 1))
        self._note(ended, answers)

    def _note(self, ended: Sequence[Delivery], answers: Sequence[Response]) -> None:
        with self._begin() as work:
            now = self._around.clock(work)
            tried = [self._judge(d, answer, now) for d, answer in zip(ended, answers, strict=True)]
            finished = work.outbox.finish(tried, now)
            messages = [t for t in finished if t.delivery.kind == "message"]
            changed = work.messages.note(message_judging.changes(messages), now)
            counted = [*counts(finished), *message_judging.counts(changed)]
            work.store.count(counted, now)
            self._around.reach("deliver.before_commit")

    def _keys(self, leased: Sequence[Delivery]) -> Keys:
        """The secrets of a batch and the owners' API keys."""
        keys = dict(self._sealer.keys([d for d in leased if d.kind == "webhook"]))
        if callers := {d.user_id for d in leased if d.kind == "host_call"}:
            with self._begin() as work:
                found = work.host.api_keys(callers)
            keys |= {(user_id, API_KEY): found.get(user_id) for user_id in callers}
        return keys

    def _send(self, now: datetime, keys: Keys, orders: Orders) -> Callable[[Delivery], Response]:
        timestamp = int(now.timestamp())

        def send(delivery: Delivery) -> Response:
            if delivery.kind == "message":
                return self._messages.send(delivery, orders[delivery.delivery_id])
            if delivery.given_up:
                return unsent(GIVEN_UP)
            if delivery.trial > MOST_ATTEMPTS:
                return unsent(WORN_OUT)
            if delivery.kind == "host_call":
                return self._call(delivery, keys.get((delivery.user_id, API_KEY)))
            return self._sealer.send(delivery, timestamp, keys)

        return send

    def _call(self, delivery: Delivery, key: object) -> Response:
        """Ask the host. Never raises."""
        if not isinstance(key, str):
            return unsent("no API key")
        means = self._means
        try:
            request = host_calls.request(delivery, means.host_url, key)
            answer = (means.host_transport or means.sealer.transport).send(request)
        except Exception as fault:
            # Without its text, which might hold the key.
            name = type(fault).__name__
            log.error("a call of the host failed: %s", name, extra=about(delivery))
            return unsent(INTERNAL)
        return host_calls.without_key(answer, key)
