"""`POST /api/v1/email`: reads a call, knows the sender by the key, and takes the message."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from demo import reading
from demo.api import answers
from demo.api.answers import as_json
from demo.api.call import BadBody, as_text, read_parameters
from demo.api.controls import Controls
from demo.api.door import is_away
from demo.api.spoiling import played, spoilt
from demo.frame import Host
from demo.gateway.codes import Refusal, Version, refused
from demo.gateway.order import read_order
from demo.gateway.sender import find_sender
from demo.gateway.taking import take

#: The name under which faults, the rate limit and the list of calls know it.
SEND = "emailgateway.sendemail"

_log = logging.getLogger(__name__)


class Gateway:
    """The one address. A host without the gateway has it neither."""

    def __init__(self, host: Host, controls: Controls) -> None:
        self._host = host
        self._controls = controls

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("gateway", __name__)
        if self._host.tables.flavour.has_gateway:
            blueprint.add_url_rule("/api/v1/email", "send", self.send, methods=["POST"])
        return blueprint

    def send(self) -> Response:
        try:
            parameters = read_parameters(request)
        except BadBody:
            return answers.hard_failure(answers.BAD_JSON, "The request body is not valid JSON", 400)
        key = _bearer() or as_text(parameters.get("senderapikey")).strip()
        caller = key[-6:] or request.remote_addr or ""
        fault = self._controls.next_fault(SEND)
        answer = played(fault)
        if answer is None:
            answer = self._answer(parameters, key)
        result = f"played: {fault.kind}" if fault else _result(answer)
        self._controls.remember(SEND, caller, result)
        return spoilt(answer, fault)

    def _answer(self, parameters: Mapping[str, Any], key: str) -> Response:
        version: Version = ()
        try:
            with self._host.engine.connect() as connection:
                version = reading.product_version(connection, self._host.tables)
                sender = find_sender(connection, self._host.tables, key, version)
            if seconds := self._controls.wait_seconds(SEND, key):
                return refused([429], version, seconds)
            order = read_order(parameters)
            if order.sender.email.rpartition("@")[2].lower() != sender.domain.lower():
                raise Refusal(3)
            ids = take(self._host, sender, order, request.url_root.rstrip("/"))
            return as_json({"MessageID": ids if order.target_list_id else ids[0]})
        except Refusal as refusal:
            return refused(refusal.codes, version)
        except Exception as error:
            if is_away(error):
                _log.warning("the host's database is away: %s", error)
                return answers.away()
            _log.exception("a message was not taken")
            return answers.hard_failure(answers.UNHANDLED, "An unhandled exception", 500)


def _bearer() -> str:
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" else ""


def _result(answer: Response) -> str:
    """For the page: "200", "200, code 14", "429, code 429"."""
    body = answer.get_json(silent=True)
    errors = body.get("Errors", []) if isinstance(body, dict) else []
    codes = ", ".join(str(error["Code"]) for error in errors)
    return f"{answer.status_code}, code {codes}" if codes else str(answer.status_code)
