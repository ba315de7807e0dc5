"""How a played fault spoils a call: the answer in place of the real one, or a broken connection."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Mapping

from flask import Response, request

from demo.api import answers
from demo.api.controls import Fault

#: These let the work be done; the others put an answer in its place.
_WORKING = ("hang", "late", "drop", "cut")
_PAGE = "<!doctype html><title>Oops</title><h1>Oops</h1>"
_UNRESOLVED = "Failed to resolve list recipients"

#: The answers of faults that say no more than their name.
_ANSWERS: Mapping[str, Callable[[], Response]] = {
    "empty": lambda: answers.as_json({}),
    "reset": lambda: answers.as_json({}),
    "unsent": lambda: answers.as_json({"MessageID": []}),
    "html": lambda: Response(_PAGE, mimetype="text/html"),
    "500": lambda: answers.hard_failure(answers.UNHANDLED, "An unhandled exception", 500),
    "502": lambda: answers.hard_failure(answers.UNRESOLVED, _UNRESOLVED, 502),
    "503": answers.away,
}

_log = logging.getLogger(__name__)


def played(fault: Fault | None) -> Response | None:
    """The answer that a fault puts in the place of the real one; None: the work is done."""
    if fault is None:
        return None
    if fault.kind == "hang":
        threading.Event().wait(fault.seconds)
    if fault.kind in _WORKING:
        return None
    if fault.kind == "error":
        return answers.error_of_form(fault.form, fault.code)
    if fault.kind == "429":
        return answers.too_many(round(fault.seconds))
    return _ANSWERS[fault.kind]()


def spoilt(answer: Response, fault: Fault | None) -> Response:
    """Keeps the answer back, or drops the connection before or in the middle of it."""
    kind = fault.kind if fault else ""
    if fault and kind == "late":
        threading.Event().wait(fault.seconds)
    if kind in ("drop", "reset"):
        _hang_up()
    if kind in ("drop", "reset", "cut"):
        content = answer.get_data()
        half = [content[: len(content) // 2]]
        answer = Response(half, answer.status_code, mimetype="application/json")
        answer.headers["Content-Length"] = str(len(content))
        answer.automatically_set_content_length = False
    return answer


def _hang_up() -> None:
    """Closes the caller's connection under the server's feet, where the server lets us."""
    environment = request.environ
    channel = getattr(environment.get("waitress.client_disconnected"), "__self__", None)
    line = environment.get("werkzeug.socket") or getattr(channel, "socket", None)
    if isinstance(line, socket.socket):
        try:
            line.shutdown(socket.SHUT_RDWR)
        except OSError:
            _log.debug("the caller has gone already")
