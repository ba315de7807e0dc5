"""The page that the link in an opt-in mail leads to: it asks, and a click confirms."""

from __future__ import annotations

import hashlib
import hmac

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue

from demo import reading
from demo.frame import Host
from demo.joining import Refused
from demo.writing import Membership

_PATH = "/confirm/<int:list_id>/<int:subscriber_id>/<code>"


def confirmation_url(host: Host, list_id: int, subscriber_id: int) -> str:
    """The address that an opt-in mail would hold; good until the host has another secret key."""
    code = _code(host, list_id, subscriber_id)
    return url_for(
        "host.confirmation",
        list_id=list_id,
        subscriber_id=subscriber_id,
        code=code,
        _external=True,
    )


class ConfirmPage:
    """The views, as methods. Nobody needs to log in: the code in the address is the proof."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def add_to(self, blueprint: Blueprint) -> None:
        blueprint.add_url_rule(_PATH, "confirmation", self.page, methods=["GET", "POST"])

    def page(self, list_id: int, subscriber_id: int, code: str) -> ResponseReturnValue:
        """Looking confirms nothing: programs that follow links in mails only look."""
        host = self._host
        right = _code(host, list_id, subscriber_id)
        if not hmac.compare_digest(code.encode(), right.encode()):
            abort(404)
        with host.engine.connect() as connection:
            of = reading.list_by_id(connection, host.tables, list_id)
            person = reading.find_person(connection, of, subscriber_id) if of else None
        if of is None or person is None:
            abort(404)
        done, fault = person["SubscriptionStatus"] == "Subscribed", ""
        if request.method == "POST" and not done:
            member = Membership(host.engine, host.tables, host.now(), request.remote_addr or "")
            try:
                host.bridge.report(member.confirm(of, person))
                done = True
            except Refused as refusal:
                fault = str(refusal)
        return host.page("confirm", host.user(), of=of, person=person, done=done, fault=fault)


def _code(host: Host, list_id: int, subscriber_id: int) -> str:
    content = f"opt-in.{list_id}.{subscriber_id}".encode()
    return hmac.digest(host.secret_key.encode(), content, hashlib.sha256).hex()[:32]
