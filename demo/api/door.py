"""The address of the API: reads a call, knows who calls, plays faults, runs the command."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.exc import InterfaceError, OperationalError

from demo.api import answers
from demo.api.answers import Failed, as_json, hard_failure
from demo.api.call import BadBody, Call, as_text, read_parameters
from demo.api.controls import Controls
from demo.api.spoiling import played, spoilt
from demo.frame import Host
from demo.users import User, find_user_by_key

#: MySQL's "unknown column" and "no such table".
_ASKED_WRONGLY = (1054, 1146)
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Command:
    """A command: what it does, and what the caller's group must allow.

    `public` ones need no key; `anybody` means that a key is enough.
    """

    run: Callable[[Call], Mapping[str, Any]]
    permission: str = ""
    public: bool = False


class Api:
    """`/api.php`, and `/api/v1/…`, where of all commands only that to send has an address."""

    def __init__(self, host: Host, controls: Controls, commands: Mapping[str, Command]) -> None:
        self._host = host
        self._controls = controls
        self._commands = commands

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("api", __name__)
        blueprint.add_url_rule("/api.php", "call", self.call, methods=_METHODS)
        blueprint.add_url_rule("/api/v1/<path:path>", "v1", self.v1, methods=_METHODS)
        return blueprint

    def call(self) -> Response:
        if request.method != "POST":
            return hard_failure(answers.BAD_METHOD, "Unsupported connection method", 400)
        try:
            parameters = read_parameters(request)
        except BadBody:
            return hard_failure(answers.BAD_JSON, "The request body is not valid JSON", 400)
        name = as_text(parameters.get("command")).strip().lower()
        key = as_text(parameters.get("apikey")) or request.headers.get("APIKey", "")
        caller = key[-6:] if key else request.remote_addr or ""
        fault = self._controls.next_fault(name)
        answer = played(fault)
        if answer is None:
            answer = self._answer(name, parameters, key)
        self._controls.remember(name, caller, f"played: {fault.kind}" if fault else _result(answer))
        return spoilt(answer, fault)

    def v1(self, path: str) -> Response:
        text = f'There is no /api/v1/{path[:100]}; use "Command" at /api.php.'
        errors = [{"Code": answers.UNKNOWN_COMMAND, "Message": text}]
        return as_json({"Errors": errors}, 404)

    def _answer(self, name: str, parameters: Mapping[str, Any], key: str) -> Response:
        try:
            return self._run(name, parameters, key)
        except Failed as failure:
            return failure.answer()
        except Exception as error:
            if is_away(error):
                _log.warning("the host's database is away: %s", error)
                return answers.away()
            _log.exception("command %s", name)
            return hard_failure(answers.UNHANDLED, "An unhandled exception", 500)

    def _run(self, name: str, parameters: Mapping[str, Any], key: str) -> Response:
        command = self._commands.get(name)
        if command is None:
            text = f'Invalid API command: "{name[:100]}" not found.'
            return hard_failure(answers.UNKNOWN_COMMAND, text, 400)
        caller = key or request.remote_addr or ""
        if seconds := self._controls.wait_seconds(name, caller):
            return answers.too_many(seconds)
        call = Call(self._host, parameters, self._user(key), request.remote_addr or "")
        _admit(command, call, bool(key or call.has("sessionid")))
        return as_json(command.run(call))

    def _user(self, key: str) -> User | None:
        with self._host.engine.connect() as connection:
            return find_user_by_key(connection, self._host.tables, key)


def _admit(command: Command, call: Call, tried: bool) -> None:
    """Raises Failed for somebody who may not call this; `tried` says whether they sent a key."""
    if command.public:
        return
    if call.user is None:
        if not tried and call.text("command").strip().lower() == "user.current":
            raise Failed(1, "Authentication required", as_list=True)
        raise Failed(answers.NOT_SIGNED_IN, "Authentication failure or session expired")
    if command.permission and not call.user.may(command.permission):
        raise Failed(answers.NOT_ALLOWED, "Not enough privileges")


def is_away(error: Exception) -> bool:
    """Whether the database cannot be reached or is too busy, and not merely asked wrongly."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    arguments = getattr(error.orig, "args", ())
    return not arguments or arguments[0] not in _ASKED_WRONGLY


def _result(answer: Response) -> str:
    """An answer in a few words, for the page: "200", "200, code 9", "429"."""
    body = answer.get_json(silent=True)
    code = body.get("ErrorCode") if isinstance(body, dict) else None
    return f"{answer.status_code}, code {code}" if code else str(answer.status_code)
