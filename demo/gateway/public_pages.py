"""Where the links of sent messages lead: the open pixel, tracked links, leaving, the browser view.

Nobody needs to log in: the code in the address is the proof.
"""

from __future__ import annotations

import base64
import re
from contextlib import suppress

from flask import Blueprint, Response, abort, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from demo.frame import Host
from demo.gateway.happening import Happenings
from demo.gateway.outbox import Message, find_message
from demo.gateway.tracking import read_token
from demo.joining import Refused

_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_ROBOT = re.compile(r"bot\b|crawl|spider|scan", re.IGNORECASE)
#: The host's own name for it, and how long it holds.
CLICK_COOKIE = "oempro_pr"
_COOKIE_SECONDS = 30 * 86400
#: A message is strangers' HTML: no scripts, no forms, nothing loaded; links open in a window of
#: their own.
MESSAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


class PublicPages:
    """The views, as methods."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def add_to(self, blueprint: Blueprint) -> None:
        blueprint.add_url_rule("/ot/<code>.gif", "pixel", self.pixel)
        blueprint.add_url_rule("/lt/", "tracked_link", self.link)
        blueprint.add_url_rule("/ul/<code>", "leave_list", self.leave, methods=["GET", "POST"])
        blueprint.add_url_rule("/wb/<code>", "browser_view", self.view)

    def pixel(self, code: str) -> ResponseReturnValue:
        """The picture comes whatever happens: a mail program has nobody to tell."""
        message, _ = self._message_or_404("ot", code)
        with suppress(Refused):
            self._happenings().open(message)
        return Response(_PIXEL, mimetype="image/gif")

    def link(self) -> ResponseReturnValue:
        """On to where the link leads, also for somebody who is not on the list any more."""
        message, number = self._message_or_404("lt", request.args.get("p", ""))
        link = message.link(number)
        if link is None:
            abort(404)
        with suppress(Refused):
            self._happenings().click(message, number)
        answer = redirect(link["url"])
        remember_click(answer, message)
        return answer

    def leave(self, code: str) -> ResponseReturnValue:
        """Looking takes nobody off a list: programs that follow links only look."""
        message, _ = self._message_or_404("ul", code)
        done, fault = message.had("unsubscription"), ""
        if request.method == "POST" and not done:
            try:
                self._happenings().unsubscribe(message)
                done = True
            except Refused as refusal:
                fault = str(refusal)
        return self._host.page(
            "leave_list", self._host.user(), message=message, done=done, fault=fault
        )

    def view(self, code: str) -> ResponseReturnValue:
        message, _ = self._message_or_404("wb", code)
        return as_page(message)

    def _happenings(self) -> Happenings:
        robot = request.method == "HEAD" or bool(_ROBOT.search(request.user_agent.string))
        return Happenings(self._host, request.remote_addr or "", robot=robot)

    def _message_or_404(self, what: str, code: str) -> tuple[Message, int]:
        known = read_token(self._host.secret_key, what, code)
        if known is None:
            abort(404)
        with self._host.engine.connect() as connection:
            message = find_message(connection, self._host.tables, known[0])
        if message is None:
            abort(404)
        return message, known[1]


def remember_click(answer: BaseResponse, message: Message) -> None:
    """Leaves the host's cookie with whoever clicked: what they buy later is due to this message."""
    answer.set_cookie(
        CLICK_COOKIE, message.id, max_age=_COOKIE_SECONDS, httponly=True, samesite="Lax"
    )


def as_page(message: Message) -> Response:
    """The HTML of a message by itself; its plain text where it has none."""
    html = str(message.row.HTML)
    if not html:
        answer = Response(message.row.Plain, mimetype="text/plain")
    else:
        answer = Response(_in_new_windows(html), mimetype="text/html")
    answer.headers["Content-Security-Policy"] = MESSAGE_POLICY
    return answer


def _in_new_windows(html: str) -> str:
    """Links leave the frame that shows the message."""
    head = re.search(r"<head[^>]*>", html, re.IGNORECASE)
    at = head.end() if head else 0
    return f'{html[:at]}<base target="_blank">{html[at:]}'
