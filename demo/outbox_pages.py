"""The outbox: what the gateway has sent, each message as it looks, and buttons for what follows."""

from __future__ import annotations

import math
from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from demo.frame import Host
from demo.gateway.happening import CURRENCY, Happenings
from demo.gateway.outbox import Message, find_message, marks, page_of_messages
from demo.gateway.public_pages import as_page, remember_click
from demo.joining import Refused
from demo.users import User

_PATH = "/outbox/<message_id>"
_MAX_VALUE = 1_000_000
#: What the log says, for people.
WORDS = {
    "delivery": "Delivered",
    "open": "Opened",
    "click": "Clicked",
    "bounce": "Bounced",
    "complaint": "Complained",
    "unsubscription": "Left the list",
    "conversion": "Converted",
}


class OutboxPages:
    """The views, as methods. A host without the gateway has none of them."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def add_to(self, blueprint: Blueprint) -> None:
        host = self._host
        see, act = "Campaigns.Get", "Subscriber.Update"
        blueprint.add_url_rule("/outbox", "outbox", host.signed_in(self.messages, see))
        blueprint.add_url_rule(_PATH, "message", host.signed_in(self.message, see))
        blueprint.add_url_rule(f"{_PATH}/html", "message_html", host.signed_in(self.html, see))
        play = host.signed_in(self.play, act)
        blueprint.add_url_rule(f"{_PATH}/play", "play_message", play, methods=["POST"])

    def messages(self, user: User) -> ResponseReturnValue:
        host, search = self._host, request.args.get("search", "").strip()
        number = request.args.get("page", 1, type=int)
        with host.engine.connect() as connection:
            page = page_of_messages(connection, host.tables, user.id, search, number)
            done = marks(connection, [row.MessageID for row in page.rows])
        return host.page("outbox", user, messages=page, search=search, marks=done, words=WORDS)

    def message(self, user: User, message_id: str) -> ResponseReturnValue:
        message = self._message_or_404(user, message_id)
        return self._host.page("message", user, message=message, words=WORDS, currency=CURRENCY)

    def html(self, user: User, message_id: str) -> ResponseReturnValue:
        return as_page(self._message_or_404(user, message_id))

    def play(self, user: User, message_id: str) -> ResponseReturnValue:
        """One button of the form; the words of a refusal stand above the message."""
        message = self._message_or_404(user, message_id)
        answer = redirect(url_for("host.message", message_id=message_id))
        try:
            self._verb()(message)
        except Refused as refusal:
            flash(str(refusal), "warn")
        else:
            flash("Done, and Journeys was told.", "good")
            if request.form["what"].startswith("click:") and "robot" not in request.form:
                remember_click(answer, message)
        return answer

    def _verb(self) -> Callable[[Message], object]:
        what, _, detail = request.form.get("what", "").partition(":")
        happenings = Happenings(
            self._host, request.remote_addr or "", robot="robot" in request.form
        )
        if what == "click":
            number = int(detail) if detail.isascii() and detail.isdecimal() else 0
            return lambda message: happenings.click(message, number)
        if what == "bounce":
            return lambda message: happenings.bounce(message, detail)
        if what == "convert":
            value = request.form.get("value", -1.0, type=float)
            if not (math.isfinite(value) and 0 <= value <= _MAX_VALUE):
                abort(400, f"The value of a conversion is a number from 0 to {_MAX_VALUE:,}.")
            order_id = request.form.get("order_id", "").strip()[:200]
            return lambda message: happenings.convert(message, value, order_id)
        verbs: dict[str, Callable[[Message], object]] = {
            "open": happenings.open,
            "complain": happenings.complain,
            "unsubscribe": happenings.unsubscribe,
        }
        if what not in verbs:
            abort(400, "Play open, click, bounce, complain, unsubscribe or convert.")
        return verbs[what]

    def _message_or_404(self, user: User, message_id: str) -> Message:
        with self._host.engine.connect() as connection:
            message = find_message(connection, self._host.tables, message_id)
        if message is None or message.row.UserID != user.id:
            abort(404)
        return message
