"""Coming in from the host, going out, and what needs no session: the pulse and static files."""

from __future__ import annotations

from flask import make_response, redirect, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from plugin.engine.services import Services
from plugin.routes.access import Guard, Visitor
from plugin.routes.doors import Doors
from plugin.routes.pages import STATIC, Pages

KEEP_STATIC_SECONDS = 365 * 24 * 3600


class Entrance:
    def __init__(self, services: Services, guard: Guard, pages: Pages) -> None:
        self._services, self._guard, self._pages = services, guard, pages

    def add_to(self, doors: Doors) -> None:
        doors.open("/session", "enter", "public", self.enter, "POST")
        doors.page("/session/end", "leave", "view", self.leave, "POST")
        doors.open("/alive", "alive", "public", self.alive, speaks_json=True)
        doors.open("/static/<path:name>", "static", "public", self.static)

    def enter(self) -> ResponseReturnValue:
        """The host's one-time token for a session. The host's page posts it, so from elsewhere."""
        answer = make_response(redirect(url_for("journeys.list"), 303))
        self._guard.enter(request, answer)
        return answer

    def leave(self, visitor: Visitor) -> ResponseReturnValue:
        answer = self._pages.show(None, "left.html")
        self._guard.leave(request, answer)
        return answer

    def alive(self) -> ResponseReturnValue:
        self._services.ping()
        return {"ok": True}

    def static(self, name: str) -> ResponseReturnValue:
        keep = KEEP_STATIC_SECONDS if "v" in request.args else None
        return send_from_directory(STATIC, name, max_age=keep)
