"""The host's side: every event three times over, shuffled, in signed calls, some at once."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from demo.signing import signed_headers
from tests.chaos.expected import Person

COPIES = 3
SIZES = (100, 500)  #: events in one call
AT_ONCE = 3  #: calls under way at the same time
#: How far apart copies of an event may come, as a share of the whole run.
SPREAD = 0.25
GIVE_UP_SECONDS = 60.0

Event = dict[str, Any]
Call = list[Event]


def planned_calls(people: Sequence[Person], seed: int) -> list[Call]:
    """A subscription of each person, three times, in an order and in calls by seed."""
    dice = random.Random(f"calls {seed}")
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    copies: list[tuple[float, Event]] = []
    for person in people:
        event, first = _event(person, began), dice.random()
        spread = [0.0, *(dice.uniform(0, SPREAD) for _ in range(COPIES - 1))]
        copies += [(first + later, event) for later in spread]
    copies.sort(key=lambda copy: copy[0])
    calls: list[Call] = []
    while copies:
        size = dice.randint(*SIZES)
        calls.append([event for _, event in copies[:size]])
        dice.shuffle(calls[-1])
        copies = copies[size:]
    return calls


def _event(person: Person, at: datetime) -> Event:
    return {
        "id": f"evt_{person.id}",
        "type": "subscription",
        "occurred_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "list_id": 1,
        "subscriber_id": person.id,
        "email": person.email,
        "data": {},
    }


class Sender:
    """Sends calls until each was answered with 202; a call that was not is sent again whole."""

    def __init__(self, url: str, secret: str) -> None:
        self._url, self._secret = url, secret
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._under_way: list[Future[None]] = []
        self._lock = threading.Lock()
        self.answers: Counter[str] = Counter()  #: "202", "503" …, or "none"
        self.new = 0  #: events that were new, by what the answers say
        self._numbers = iter(range(1, 10**9))

    def send(self, call: Call) -> None:
        """Returns at once."""
        self._under_way.append(self._pool.submit(self._until_taken, call, next(self._numbers)))

    @property
    def done(self) -> bool:
        """Whether everything was taken. Raises what went wrong."""
        return all(future.done() and future.result() is None for future in self._under_way)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _until_taken(self, call: Call, number: int) -> None:
        body = json.dumps({"events": call}).encode()
        give_up = time.monotonic() + GIVE_UP_SECONDS
        while True:
            answer = self._try(f"call_{number}", body)
            if answer == "202":
                return
            if answer not in ("none", "503") or time.monotonic() > give_up:
                raise AssertionError(f"the hook answered {answer}")
            time.sleep(0.2)

    def _try(self, message_id: str, body: bytes) -> str:
        headers = signed_headers(self._secret, message_id, int(time.time()), body)
        headers["Content-Type"] = "application/json"
        try:
            response = requests.post(self._url, body, headers=headers, timeout=30)
        except requests.RequestException:
            answer, new = "none", 0
        else:
            answer = str(response.status_code)
            new = response.json()["new"] if answer == "202" else 0
        with self._lock:
            self.answers[answer] += 1
            self.new += new
        return answer
