"""Who may do what: the session behind the cookie, the rights of its user, and the CSRF token."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from flask import Request, Response
from werkzeug.exceptions import Forbidden

from plugin.domain.journey import Right
from plugin.engine.services import Services, Session
from plugin.errors import NotAllowed, NotAuthentic
from plugin.routes.handover import HandOver, read_token
from plugin.settings import Settings

#: What a route asks for. `public`: nothing; `signature`, `token`: the view checks one itself.
Access = Literal["public", "signature", "token", "view", "draft", "manage"]

#: Each right includes those before it.
LEVELS: dict[Right, int] = {"view": 1, "draft": 2, "manage": 3}
RIGHT_NAMES: dict[Right, str] = {"view": "View", "draft": "Draft", "manage": "Activate & Manage"}

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
#: A session's last use is written at most this often.
TOUCH_EVERY = timedelta(minutes=1)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_NO_SESSION = "Open Journeys from the host's menu."
_STALE_FORM = "This form is out of date. Go back, reload the page and send it again."


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person in front of our pages."""

    user_id: int
    rights: frozenset[Right]
    zone: str
    language: str
    home: str
    csrf: str  #: goes into each form

    def may(self, right: Right) -> bool:
        return max((LEVELS[own] for own in self.rights), default=0) >= LEVELS[right]

    @property
    def actor(self) -> str:
        return f"user:{self.user_id}"


class Guard:
    """Stands at every door. Built once; holds no state of a request."""

    def __init__(self, services: Services, settings: Settings) -> None:
        self._sessions = services.sessions
        self._now = services.wall_clock
        self._handover_secret = settings.handover_secret
        self._public_origin = _origin(settings.public_url)
        self._secure = settings.public_url.startswith("https://")
        self.cookie = "__Host-journeys_session" if self._secure else "journeys_session"

    def visitor(self, request: Request) -> Visitor:
        """Raises NotAuthentic without a session that is in use."""
        session_id = request.cookies.get(self.cookie, "")
        session = self._sessions.get(_hashed(session_id)) if session_id else None
        if session is None or not session.rights:
            raise NotAuthentic(_NO_SESSION)
        self._keep_or_end(_hashed(session_id), session)
        return Visitor(
            user_id=session.user_id,
            rights=session.rights,
            zone=session.zone,
            language=session.language,
            home=session.home,
            csrf=csrf_token(session_id),
        )

    def check(self, visitor: Visitor, right: Right, request: Request) -> None:
        """Raises NotAllowed for a missing right, Forbidden for a form that is not ours."""
        if not visitor.may(right):
            raise NotAllowed(
                f"This needs the right “{RIGHT_NAMES[right]}”. "
                "The admin of your platform gives it to your user group."
            )
        if request.method not in SAFE_METHODS:
            self._check_origin(request)
            given = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
            if not hmac.compare_digest(given.encode(), visitor.csrf.encode()):
                raise Forbidden(_STALE_FORM)

    def enter(self, request: Request, response: Response) -> None:
        """Exchange the token in the form for a session, and an old session for none.

        Raises NotAuthentic for a token that does not hold or was used before.
        """
        now = self._now()
        handed = read_token(self._handover_secret, request.form.get("token", ""), now)
        if not self._sessions.use_nonce(_hashed(handed.nonce), now):
            raise NotAuthentic("This link was used before. Open Journeys from the host's menu.")
        self.leave(request, response)
        session_id = secrets.token_urlsafe(32)
        self._sessions.create(_hashed(session_id), _session(handed, now))
        response.set_cookie(
            self.cookie, session_id, httponly=True, samesite="Lax", secure=self._secure, path="/"
        )

    def leave(self, request: Request, response: Response) -> None:
        if session_id := request.cookies.get(self.cookie):
            self._sessions.delete(_hashed(session_id))
        response.delete_cookie(
            self.cookie, httponly=True, samesite="Lax", secure=self._secure, path="/"
        )

    def _keep_or_end(self, id_hash: bytes, session: Session) -> None:
        now = self._now()
        if now - session.seen_at > IDLE or now - session.created_at > LONGEST:
            self._sessions.delete(id_hash)
            raise NotAuthentic(f"Your session has ended. {_NO_SESSION}")
        if now - session.seen_at >= TOUCH_EVERY:
            self._sessions.touch(id_hash, now)

    def _check_origin(self, request: Request) -> None:
        """Browsers say where a form comes from; what says nothing still needs the token."""
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        origin = request.headers.get("Origin")
        ours = {self._public_origin, _origin(request.host_url)}
        if site != "same-origin" or (origin is not None and origin not in ours):
            raise Forbidden(_STALE_FORM)


def csrf_token(session_id: str) -> str:
    """A value that only pages of this session know; it does not reveal the session's id."""
    return hmac.digest(session_id.encode(), b"journeys-csrf", hashlib.sha256).hex()


def _session(handed: HandOver, now: datetime) -> Session:
    return Session(
        user_id=handed.user_id,
        rights=handed.rights,
        zone=handed.zone,
        language=handed.language,
        home=handed.home,
        created_at=now,
        seen_at=now,
    )


def _hashed(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def _origin(url: str) -> str:
    """Scheme, host and port, as browsers write an origin; '' for no address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
