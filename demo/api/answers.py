"""The forms of the host's answers: A is legacy, B that of /api/v1, C a mixture of both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import Response

BAD_JSON = 100000
BAD_METHOD = 100001
UNKNOWN_COMMAND = 100003
UNHANDLED = 100005
NOT_SIGNED_IN = 99998
NOT_ALLOWED = 99999
TOO_MANY = 429
#: Of the e-mail gateway: the only code of its own with a status of its own, and for good.
UNRESOLVED = 39

#: What each form is called where one can be chosen.
FORMS = ("scalar", "list", "mixed", "v1")


class Failed(Exception):
    """A command refuses: its codes, words, and what else stands in the answer.

    `as_list` puts a single code into a list too, as some of the host's commands do.
    """

    def __init__(
        self, codes: int | Sequence[int], text: str = "", *, as_list: bool = False, **more: Any
    ) -> None:
        super().__init__(text)
        self.codes = [codes] if isinstance(codes, int) else list(codes)
        self.as_list = as_list or len(self.codes) > 1
        self.text = text
        self.more = more

    def answer(self) -> Response:
        body: dict[str, Any] = {"Success": False}
        body["ErrorCode"] = self.codes if self.as_list else self.codes[0]
        if self.text:
            body["ErrorText"] = [self.text] * len(self.codes) if self.as_list else self.text
        return as_json(body | self.more)


def as_json(body: object, status: int = 200) -> Response:
    text = json.dumps(body, ensure_ascii=False, default=str)
    return Response(text, status, mimetype="application/json")


def success(**values: Any) -> dict[str, Any]:
    return {"Success": True, "ErrorCode": 0, "ErrorText": ""} | values


def hard_failure(code: int, text: str, status: int) -> Response:
    """The call never reached a working command."""
    errors = [{"Code": code, "Message": text}]
    body = {"Success": False, "ErrorCode": code, "ErrorText": text, "Errors": errors}
    return as_json(body, status)


def too_many(seconds: int) -> Response:
    """The rate limit: come back after so many seconds."""
    answer = hard_failure(TOO_MANY, "Too many requests (rate limit exceeded)", 429)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def away() -> Response:
    """The host's database is away: plain words instead of JSON."""
    answer = Response("Service temporarily unavailable\n", 503, mimetype="text/plain")
    answer.headers["Retry-After"] = "30"
    return answer


def error_of_form(form: str, code: int) -> Response:
    """An error code in one of the four FORMS; all but "v1" come with status 200."""
    text = f"Error {code}"
    errors = [{"Code": code, "Message": text}]
    if form == "v1":
        return as_json({"Errors": errors}, 422)
    shown: Any = {"scalar": code, "list": [code], "mixed": errors}[form]
    return as_json({"Success": False, "ErrorCode": shown, "ErrorText": text})
