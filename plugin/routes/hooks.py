"""The door for the host's events. It answers 202 only when they are kept."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnsupportedMediaType

from plugin.engine.services import Services
from plugin.routes.doors import Doors
from plugin.routes.event_schema import events_of
from plugin.routes.json_input import parse_json

SOURCE = "hook"


class Hooks:
    def __init__(self, services: Services) -> None:
        self._services = services

    def add_to(self, doors: Doors) -> None:
        doors.open("/hooks/events", "events", "signature", self.take, "POST", speaks_json=True)
        doors.nowhere("/hooks/<path:rest>", "no_such_hook", speaks_json=True)

    def take(self) -> ResponseReturnValue:
        """Size, signature, form, then the inbox: nothing is parsed before it is authentic."""
        body = request.get_data(cache=False)
        headers = {name.lower(): value for name, value in request.headers}
        self._services.verify_hook(headers, body)
        if request.mimetype != "application/json":
            raise UnsupportedMediaType("Send the body as application/json.")
        new, duplicate = self._services.accept(SOURCE, events_of(parse_json(body)))
        return {"new": new, "duplicate": duplicate}, 202
