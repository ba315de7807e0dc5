"""What else may be played for a subscriber: a changed field, an event of one's own, revenue.

The host has tables for none of these but the fields; the others are told and written nowhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from demo import reading
from demo.columns import fitting
from demo.database import writing
from demo.events import Event
from demo.field_values import read_value
from demo.fields import FieldSpec
from demo.frame import Host
from demo.list_pages import list_or_404
from demo.reading import HostList
from demo.users import User

_PATH = "/lists/<int:list_id>/subscribers/<int:subscriber_id>/tell"
_MAX_AMOUNT = 1_000_000


class FactPages:
    """One view: each button of the form is a fact."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def add_to(self, blueprint: Blueprint) -> None:
        view = self._host.signed_in(self.tell, "Subscriber.Update")
        blueprint.add_url_rule(_PATH, "tell", view, methods=["POST"])

    def tell(self, user: User, list_id: int, subscriber_id: int) -> ResponseReturnValue:
        of = list_or_404(self._host, user, list_id)
        with self._host.engine.connect() as connection:
            person = reading.find_person(connection, of, subscriber_id)
        if person is None:
            abort(404)
        what = request.form.get("what", "")
        facts = {
            "custom": ("custom", _custom),
            "revenue": ("revenue", _revenue),
        }
        if what == "changed":
            type_, data = "field_changed", self._change(of, person)
        elif what in facts:
            type_, data = facts[what][0], facts[what][1]()
        else:
            abort(400, "Play changed, custom or revenue.")
        address = person["EmailAddress"]
        event = Event(type_, self._host.now(), of.id, subscriber_id, address, data)
        self._host.bridge.report([event])
        flash(f"Done, and Journeys was told: {type_}.", "good")
        return redirect(url_for("host.person", list_id=list_id, subscriber_id=subscriber_id))

    def _change(self, of: HostList, person: Mapping[str, Any]) -> dict[str, Any]:
        """Write a field of the list; both values go into the event."""
        field = _field(of)
        try:
            value = read_value(field, [request.form.get("field_value", "")])
        except ValueError as problem:
            abort(400, str(problem))
        shard = of.shard
        with writing(self._host.engine) as connection:
            this = shard.c.SubscriberID == person["SubscriberID"]
            values = fitting(shard, {field.column: value})
            connection.execute(shard.update().where(this).values(values))
        return {"field_id": field.id, "from": _plain(person[field.column]), "to": _plain(value)}


def _field(of: HostList) -> FieldSpec:
    wanted = request.form.get("field", 0, type=int)
    for field in of.fields:
        if field.id == wanted:
            return field
    abort(404)


def _custom() -> dict[str, Any]:
    """A property without a value is left out."""
    name = request.form.get("name", "").strip()
    if not 0 < len(name) <= 250:
        abort(400, "An event has a name of 1 to 250 characters.")
    properties: dict[str, Any] = {"order_id": request.form.get("order_id", "").strip()}
    properties["total"] = request.form.get("amount", None, type=float)
    return {"name": name, "properties": {n: v for n, v in properties.items() if v}}


def _revenue() -> dict[str, Any]:
    amount = request.form.get("amount", -1.0, type=float)
    if not (math.isfinite(amount) and 0 <= amount <= _MAX_AMOUNT):
        abort(400, f"Revenue is a number from 0 to {_MAX_AMOUNT:,}.")
    return {"amount": amount, "currency": "EUR"}


def _plain(value: object) -> object:
    """A value as JSON has it."""
    match value:
        case datetime():
            return value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
        case None | str() | int() | float():
            return value
        case _:
            return str(value)
