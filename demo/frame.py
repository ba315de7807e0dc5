"""What all pages of the host share: its parts, who is logged in, the CSRF token, the layout."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any

from flask import Response, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine

from demo.bridge import HostBridge
from demo.clock import Clock
from demo.schema import HostTables
from demo.users import User, find_user

View = Callable[..., ResponseReturnValue]

_USER = "user_id"
_CSRF = "csrf"
_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Host:
    """The parts the pages are built on."""

    engine: Engine
    tables: HostTables
    bridge: HostBridge
    stylesheet: str
    secret_key: str
    clock: Clock = field(default_factory=Clock)

    def now(self) -> datetime:
        """The present, aware UTC, to the second as the host keeps it."""
        return self.clock().replace(microsecond=0)

    def user(self) -> User | None:
        """Who is logged in; None for nobody, and for a user disabled since."""
        if _USER not in session:
            return None
        with self.engine.connect() as connection:
            return find_user(connection, self.tables, session[_USER])

    def signed_in(self, view: View, permission: str = "") -> View:
        """The view with the user as its first argument; others go to the log-in, or get a 403."""

        @wraps(view)
        def guarded(**values: Any) -> ResponseReturnValue:
            user = self.user()
            if user is None:
                return redirect(url_for("host.login"))
            if permission and not user.may(permission):
                abort(403)
            return view(user, **values)

        return guarded

    def page(self, template: str, user: User | None, **values: Any) -> str:
        """A page of the host in its frame."""
        return render_template(
            f"demo/{template}.html",
            user=user,
            added=self.bridge.menu("User.Campaigns", user) if user else [],
            csrf=csrf_token(),
            stylesheet=self.stylesheet,
            **values,
        )


def log_in(user: User) -> None:
    """Starts a session of its own for the user."""
    session.clear()
    session[_USER] = user.id


def csrf_token() -> str:
    """The token of this session, for the hidden field of every form; made on first use."""
    if _CSRF not in session:
        session[_CSRF] = secrets.token_urlsafe(24)
    return str(session[_CSRF])


def check_csrf() -> None:
    """Before each request: a form must bring the session's token."""
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        given = request.form.get("csrf", "")
        if not hmac.compare_digest(given.encode(), csrf_token().encode()):
            abort(400, "This form is too old. Go back, reload the page and send it again.")


def harden(response: Response) -> Response:
    """After each request: no foreign scripts or frames, nothing kept by caches.

    A view may have set a policy of its own.
    """
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
