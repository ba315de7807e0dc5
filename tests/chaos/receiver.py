"""The other end of the webhooks: a process that notes every request and now and then misbehaves."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from demo.signing import verdict

#: Of a hundred first requests with a key, so many are answered so. Repeats get their 200.
MOODS: dict[str, dict[str, int]] = {
    "calm": {"200": 100},
    "moody": {"200": 90, "503": 4, "cut": 3, "slow": 3},
    "slow": {"slow": 100},
}
SLOW_SECONDS = (0.2, 0.8)
ANSWER = "HTTP/1.1 {} X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Receiver:
    """Behaves by its mood; what it notes are lines of JSON."""

    def __init__(self, notes: TextIO, secret: str, seed: int, mood: str) -> None:
        self._notes, self._secret, self._mood = notes, secret, MOODS[mood]
        self._dice = random.Random(f"receiver {seed}")
        self._seen: set[str] = set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            headers, body = await _request(reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            self._note(how="broken off")
            writer.transport.abort()
            return
        how = self._choose(headers.get("webhook-id", ""))
        self._note(
            how=how,
            key=headers.get("webhook-id"),
            email=json.loads(body)["email"],
            hash=hashlib.sha256(body).hexdigest(),
            signature=verdict(self._secret, headers, body, time.time()),
        )
        await self._answer(writer, how)

    def _choose(self, key: str) -> str:
        if key in self._seen:
            return "200"
        self._seen.add(key)
        return self._dice.choices(list(self._mood), list(self._mood.values()))[0]

    async def _answer(self, writer: asyncio.StreamWriter, how: str) -> None:
        if how == "cut":
            writer.transport.abort()
            return
        if how == "slow":
            await asyncio.sleep(self._dice.uniform(*SLOW_SECONDS))
        try:
            writer.write(ANSWER.format("503" if how == "503" else "200").encode())
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    def _note(self, **what: Any) -> None:
        self._notes.write(json.dumps({"at": time.time(), **what}) + "\n")
        self._notes.flush()


async def _request(reader: asyncio.StreamReader) -> tuple[dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = (line.partition(":") for line in head.split("\r\n")[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in lines}
    return headers, await reader.readexactly(int(headers["content-length"]))


@dataclass(frozen=True)
class Received:
    """What the receiver noted."""

    notes: list[dict[str, Any]]

    @classmethod
    def read(cls, path: Path) -> Received:
        return cls([json.loads(line) for line in path.read_text().splitlines()])

    def whole(self) -> Iterator[dict[str, Any]]:
        """Requests that came to their end."""
        return (note for note in self.notes if note["how"] != "broken off")

    @property
    def broken_off(self) -> int:
        return len(self.notes) - sum(1 for _ in self.whole())

    def by_email(self, what: str) -> dict[str, set[str]]:
        """The different values of `key`, `hash` or `signature`, for each address."""
        found: dict[str, set[str]] = defaultdict(set)
        for note in self.whole():
            found[note["email"]].add(note[what])
        return dict(found)

    def repeats(self) -> tuple[int, int]:
        """Requests beyond the first of their key, and the most requests with one key."""
        counts = Counter(note["key"] for note in self.whole())
        return sum(counts.values()) - len(counts), max(counts.values(), default=0)


async def serve(port: int, receiver: Receiver) -> None:
    server = await asyncio.start_server(receiver.take, "127.0.0.1", port, backlog=512)
    await server.serve_forever()


def main() -> None:
    """Arguments: port, file for the notes, signing secret, seed, mood."""
    port, path, secret, seed, mood = sys.argv[1:]
    with Path(path).open("a") as notes:
        asyncio.run(serve(int(port), Receiver(notes, secret, int(seed), mood)))


if __name__ == "__main__":
    main()
