"""The shop: an imaginary one, whose tracker tells the host of baskets and of purchases."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from demo import reading
from demo.events import Event
from demo.frame import Host
from demo.gateway.happening import CURRENCY
from demo.gateway.outbox import find_message
from demo.gateway.public_pages import CLICK_COOKIE
from demo.list_pages import list_or_404
from demo.rows import by_address
from demo.users import User

_MAX_TOTAL = 1_000_000
#: Names of the shop's events.
CART, PURCHASE = "cart_left", "purchase"
_SHOP_LIST = 4
_MAX_ORDER_ID = 200
_TYPED = ("list_id", "email", "total", "order_id")

#: Types of events, and their data.
Facts = Sequence[tuple[str, Mapping[str, Any]]]


class ShopPage:
    """The views, as methods. A basket and its purchase have the same order id."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def add_to(self, blueprint: Blueprint) -> None:
        host = self._host
        blueprint.add_url_rule("/shop", "shop", host.signed_in(self.page, "Subscribers.Get"))
        act = host.signed_in(self.act, "Subscriber.Update")
        blueprint.add_url_rule("/shop", "act_in_shop", act, methods=["POST"])

    def page(self, user: User) -> ResponseReturnValue:
        """The form keeps what was typed last, in its address; else it proposes an order."""
        with self._host.engine.connect() as connection:
            lists = reading.lists(connection, self._host.tables, user.id)
        order_id = f"A-{secrets.randbelow(9000) + 1000}"
        proposed = {"list_id": str(_SHOP_LIST), "email": "", "total": "60", "order_id": order_id}
        typed = {name: request.args.get(name, text) for name, text in proposed.items()}
        return self._host.page("shop", user, lists=lists, typed=typed, names=(CART, PURCHASE))

    def act(self, user: User) -> ResponseReturnValue:
        form = request.form
        of = list_or_404(self._host, user, form.get("list_id", 0, type=int))
        total, order_id = form.get("total", -1.0, type=float), form.get("order_id", "").strip()
        if not (math.isfinite(total) and 0 <= total <= _MAX_TOTAL):
            abort(400, f"The total is a number from 0 to {_MAX_TOTAL:,}.")
        if not 0 < len(order_id) <= _MAX_ORDER_ID:
            abort(400, f"An order has an id of 1 to {_MAX_ORDER_ID} characters.")
        if form.get("what") not in _FACTS:
            abort(400, "Fill the basket or buy.")
        with self._host.engine.connect() as connection:
            person = by_address(connection, of.shard, form.get("email", "").strip())
        if person is None:
            flash(f"Nobody on {of.name} has that address: the shop does not know them.", "warn")
        else:
            words, facts = _FACTS[form["what"]]
            ids = (of.id, person["SubscriberID"], person["EmailAddress"])
            now, told = self._host.now(), facts(order_id, total, self._clicked(ids[:2]))
            self._host.bridge.report([Event(type_, now, *ids, data) for type_, data in told])
            flash(f"{ids[-1]} {words}, and Journeys was told: order {order_id}.", "good")
        typed: dict[str, Any] = {name: form.get(name, "") for name in _TYPED}
        return redirect(url_for("host.shop", **typed))

    def _clicked(self, receiver: tuple[int, int]) -> Mapping[str, Any]:
        """What events say of the message that brought this list's subscriber to the shop."""
        message_id = request.cookies.get(CLICK_COOKIE, "")
        if not (message_id and self._host.tables.flavour.has_gateway):
            return {}
        with self._host.engine.connect() as connection:
            message = find_message(connection, self._host.tables, message_id)
        if message is None or (message.row.ListID, message.row.SubscriberID) != receiver:
            return {}
        return message.data()


def _filled(order_id: str, total: float, _clicked: Mapping[str, Any]) -> Facts:
    return [("custom", {"name": CART, "properties": {"order_id": order_id, "total": total}})]


def _bought(order_id: str, total: float, clicked: Mapping[str, Any]) -> Facts:
    money = {"currency": CURRENCY, "reference": order_id, **clicked}
    return [
        ("custom", {"name": PURCHASE, "properties": {"order_id": order_id, "total": total}}),
        ("conversion", {"value": total, **money}),
        ("revenue", {"amount": total, **money}),
    ]


_FACTS: Mapping[str, tuple[str, Callable[[str, float, Mapping[str, Any]], Facts]]] = {
    "fill": ("filled the basket and left", _filled),
    "buy": ("bought it", _bought),
}
