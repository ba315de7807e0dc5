"""The bridge between the host and Journeys: mounts it, hands users over, reports what happened.

It does what the host's plugin would do, in Python: the format of the token, of the events and
of the signatures are written here anew, so that the add-on's own readers are checked by it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import requests
from flask import Flask
from sqlalchemy import Engine

from demo.events import Event
from demo.manifest import Manifest
from demo.signing import signed_headers
from demo.spool import Spool
from demo.users import User

_TOKEN_SECONDS = 60
_TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True)
class MenuItem:
    """One entry that the add-on puts into a menu of the host."""

    id: str
    title: str


@dataclass(frozen=True)
class HandOver:
    """The one-time token and the address that the user's browser posts it to."""

    action: str
    token: str


class HostBridge(Protocol):
    """What the host's pages need of a bridge."""

    def menu(self, location: str, user: User) -> list[MenuItem]:
        """The add-on's entries in a menu, for a user who may use it; else none."""

    def hand_over(self, user: User, home: str) -> HandOver: ...

    def report(self, events: Sequence[Event]) -> None:
        """Call after the commit of what the events tell. Returns at once; loses nothing."""


class Bridge:
    """The real bridge. `base_url` is where the host's own pages are served, without a slash."""

    def __init__(
        self,
        manifest: Manifest,
        engine: Engine,
        base_url: str,
        hook_secret: str,
        handover_secret: str,
    ) -> None:
        self._manifest = manifest
        self._hook_url = f"{base_url}{manifest.url_prefix}/hooks/events"
        self._hook_secret = hook_secret
        self._handover_secret = handover_secret
        self.spool = Spool(engine, self._deliver)

    def mount(self, app: Flask, settings: object) -> Any:
        """Calls the add-on's entry; returns what that returns."""
        register: Callable[[Flask, object], Any] = self._manifest.entry()
        return register(app, settings)

    def menu(self, location: str, user: User) -> list[MenuItem]:
        if not self._manifest.rights(user.permissions):
            return []
        return [MenuItem(item["id"], item["title"]) for item in self._manifest.menu(location)]

    def hand_over(self, user: User, home: str) -> HandOver:
        content = {
            "aud": "journeys",
            "user_id": user.id,
            "group_id": user.group_id,
            "rights": self._manifest.rights(user.permissions),
            "time_zone": user.time_zone,
            "language": user.language,
            "nonce": secrets.token_urlsafe(24),
            "exp": int(time.time()) + _TOKEN_SECONDS,
            "home": home,
        }
        token = make_token(self._handover_secret, content)
        return HandOver(f"{self._manifest.url_prefix}/session", token)

    def report(self, events: Sequence[Event]) -> None:
        wanted = self._manifest.event_types
        self.spool.keep([event for event in events if event.type in wanted])

    def _deliver(self, payloads: Sequence[Mapping[str, Any]]) -> str:
        """One signed call. Empty text: taken. Raises OSError where a later try may succeed."""
        body = json.dumps({"events": payloads}, ensure_ascii=False).encode()
        headers = signed_headers(
            self._hook_secret, f"msg_{secrets.token_hex(16)}", int(time.time()), body
        )
        with requests.Session() as session:
            session.trust_env = False  # a proxy of this machine does not know 127.0.0.1
            answer = session.post(
                self._hook_url,
                data=body,
                headers=headers | {"Content-Type": "application/json"},
                timeout=_TIMEOUT_SECONDS,
                allow_redirects=False,
            )
        if answer.status_code == requests.codes.accepted:
            return ""
        text = f"{answer.status_code} {answer.text[:500]}"
        if answer.status_code in (requests.codes.bad_request, requests.codes.unprocessable):
            return text
        raise OSError(f"{self._hook_url} answered {text}")


def make_token(secret: str, content: Mapping[str, Any]) -> str:
    """`P.S`: the content as base64url JSON, and its HMAC-SHA256, both without padding."""
    payload = _base64url(json.dumps(content).encode())
    digest = hmac.digest(secret.encode(), f"journeys-handover.{payload}".encode(), hashlib.sha256)
    return f"{payload}.{_base64url(digest)}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
