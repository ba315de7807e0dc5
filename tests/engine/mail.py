"""A world that can send: an e-mail, a sender domain, and a gateway that does as it is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from cryptography.fernet import Fernet

from plugin.engine.ports import Request, Response
from tests.documents import step
from tests.world import World
from tests.world_host import OWNER
from tests.world_parts import answered

API = "https://host.example.com/api.php"
EMAIL, DOMAIN = 5, 3


class Gateway:
    """Takes what it is sent, once each attempt, and keeps it; `answer` answers instead, or None."""

    def __init__(self, answer: Callable[[int], Response | None] = lambda n: None) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []  #: every request
        self.taken: list[dict[str, Any]] = []  #: what it has accepted

    def __call__(self, request: Request) -> Response:
        assert request.url == "https://host.example.com/api/v1/email"
        content = json.loads(request.body)
        self.asked.append(content | {"key": request.headers["Authorization"]})
        told = self.answer(len(self.asked))
        if told is not None:
            return told
        return self.take(content)

    def take(self, content: dict[str, Any]) -> Response:
        self.taken.append(content)
        return answered(200, b'{"MessageID": "m-%d"}' % len(self.taken))

    def to(self) -> list[str]:
        """Addresses that got something, in order."""
        return sorted(content["To"][0]["email"] for content in self.taken)


def refused(code: int, status: int = 200, retry_after: int | None = None) -> Response:
    body = json.dumps({"Errors": [{"Code": code, "Message": "No."}]}).encode()
    return answered(status, body, retry_after)


def can_send(world: World, **settings: Any) -> Gateway:
    """The owner has an e-mail, a sender domain (or, on old hosts, a key) and a gateway."""
    world.host.letter(EMAIL)
    if world.host.has_gateway:
        world.host.sender_domain(DOMAIN, "example.com")
    else:
        ciphertext = Fernet(world.settings.encryption_keys[0]).encrypt(b"key-3").decode()
        with world.services.begin() as work:
            work.library.add_secret(OWNER, "sender_key", ciphertext, world.now)
    gateway = Gateway()
    world.other_side.answer = gateway
    return gateway


def send(**more: Any) -> dict[str, Any]:
    return step("SendEmail", **{"email_id": EMAIL} | more)


def messages(world: World, *names: str) -> list[Any]:
    """These columns of every message, oldest first."""
    rows = world.rows(world.tables.messages)
    return [row[names[0]] if len(names) == 1 else tuple(row[n] for n in names) for row in rows]


def counted(world: World) -> dict[str, int]:
    return {remark: n for remark, n in world.counted("message").items() if n}
