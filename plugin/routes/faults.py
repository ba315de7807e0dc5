"""Errors as answers: which status, which code, and what is said to whom."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import Response, jsonify
from werkzeug.exceptions import HTTPException

from plugin.errors import (
    BadTemplate,
    BadValue,
    BlockedAddress,
    Conflict,
    HostMismatch,
    Interrupted,
    InvalidDocument,
    NotAllowed,
    NotAuthentic,
    NotFound,
    Problem,
    Unavailable,
    UnknownAction,
)
from plugin.logs import labelled

RETRY_SECONDS = 30
#: A form without the token of this session, or from another site.
STALE_FORM = "stale_form"

log = logging.getLogger(__name__)

_HTTP_CODES = {
    400: "bad_request",
    403: STALE_FORM,
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}
_HTTP_TEXTS = {
    400: "The request cannot be read.",
    404: "There is nothing here, or it is not yours.",
    405: "This address does not take that kind of request.",
    413: "That is too large: at most 1 MiB is taken.",
    415: "Send the body as application/json.",
}
_HEADINGS = {
    400: "That request cannot be read",
    401: "You are not signed in here",
    403: "You can look, but not change this",
    404: "There is nothing here",
    405: "That is not possible here",
    409: "That is not possible now",
    413: "That is too large",
    415: "That kind of file is not taken",
    422: "Something needs mending",
    500: "Something went wrong on our side",
    503: "Journeys cannot reach its database",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as the outside may see it: no stack, no SQL, no path of the machine."""

    status: int
    code: str
    text: str
    problems: Sequence[Problem] = field(default_factory=tuple)
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def heading(self) -> str:
        if self.code == STALE_FORM:
            return "That form is out of date"
        return _HEADINGS.get(self.status, "That did not work")


def fault_of(error: Exception, request_id: str) -> Fault:
    """What to answer. Whatever nobody raised on purpose is logged and answered as 500."""
    match error:
        case NotFound():
            return Fault(404, "not_found", _HTTP_TEXTS[404])
        case NotAuthentic():
            return Fault(401, "not_authentic", str(error))
        case NotAllowed():
            return Fault(403, "not_allowed", str(error))
        case Conflict(code=code):
            return Fault(409, code, str(error))
        case InvalidDocument(problems=problems):
            return Fault(422, "invalid", str(problems[0]) if problems else "", problems)
        case UnknownAction() | BadTemplate() | BadValue() | BlockedAddress():
            return Fault(422, "invalid", str(error))
        case Unavailable() | Interrupted() | HostMismatch():
            name = type(error).__name__
            log.warning("%s: %s", name, error, extra=labelled(request=request_id))
            return _unavailable()
        case HTTPException():
            return _of_http(error)
        case _:
            log.error("a request failed", exc_info=error, extra=labelled(request=request_id))
            return Fault(
                500,
                "internal",
                "It is in the log of Journeys under this request's number. Try again; if it "
                "happens again, tell the admin of your platform the number.",
            )


def as_json(fault: Fault, request_id: str) -> Response:
    """The envelope that every error of our own doors has."""
    first = fault.problems[0] if fault.problems else None
    response = jsonify(
        error={
            "code": fault.code,
            "message": first.text if first else fault.text,
            "field": first.path if first else None,
            "request_id": request_id,
        }
    )
    response.status_code = fault.status
    response.headers.extend(fault.headers)
    return response


def _unavailable() -> Fault:
    return Fault(
        503,
        "unavailable",
        f"The database does not answer. Try again in {RETRY_SECONDS} seconds. People inside "
        "journeys stay where they are until then; nobody is lost.",
        headers=(("Retry-After", str(RETRY_SECONDS)),),
    )


def _of_http(error: HTTPException) -> Fault:
    status = error.code or 500
    # Werkzeug's own words speak to developers; ours were given as a description.
    own_words = error.description != type(error).description
    text = error.description if own_words and error.description else _HTTP_TEXTS.get(status, "")
    allowed = getattr(error, "valid_methods", None)
    headers = (("Allow", ", ".join(sorted(allowed))),) if allowed else ()
    return Fault(status, _HTTP_CODES.get(status, "refused"), text, headers=headers)
