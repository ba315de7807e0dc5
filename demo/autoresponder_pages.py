"""Autoresponders of a list: what goes out when somebody subscribes, and for whom it started."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from demo import autoresponders, reading
from demo.autoresponders import MAX_TRIGGER_TIME
from demo.database import changed
from demo.frame import Host
from demo.list_pages import list_or_404
from demo.schema_automation import TRIGGER_TIMES
from demo.users import User

_PATH = "/lists/<int:list_id>/autoresponders"
_MAX_NAME = 250


class AutoresponderPages:
    """The views, as methods."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def add_to(self, blueprint: Blueprint) -> None:
        see = self._host.signed_in(self.page, "AutoResponders.Get")
        add = self._host.signed_in(self.add, "AutoResponder.Create")
        switch = self._host.signed_in(self.switch, "AutoResponder.Update")
        blueprint.add_url_rule(_PATH, "autoresponders", see)
        blueprint.add_url_rule(_PATH, "add_autoresponder", add, methods=["POST"])
        blueprint.add_url_rule(
            f"{_PATH}/<int:responder_id>", "switch_autoresponder", switch, methods=["POST"]
        )

    def page(self, user: User, list_id: int) -> ResponseReturnValue:
        return self._page(user, list_id, {})

    def add(self, user: User, list_id: int) -> ResponseReturnValue:
        of = list_or_404(self._host, user, list_id)
        values, faults = self._read(user)
        if faults:
            return self._page(user, list_id, faults), 422
        tables = self._host.tables
        row = values | {"CreatedOn": self._host.now()}
        changed(
            self._host.engine,
            lambda connection: autoresponders.add_responder(connection, tables, of, row),
        )
        flash(f"“{values['AutoResponderName']}” starts for everybody who subscribes now.", "good")
        return redirect(url_for("host.autoresponders", list_id=list_id))

    def switch(self, user: User, list_id: int, responder_id: int) -> ResponseReturnValue:
        """Pauses or resumes; e-mails that are queued already stay queued."""
        of, tables = list_or_404(self._host, user, list_id), self._host.tables
        status = request.form.get("status", "")
        if status not in ("Enabled", "Disabled"):
            abort(400, "An autoresponder is Enabled or Disabled.")
        found = changed(
            self._host.engine,
            lambda connection: autoresponders.set_status(
                connection, tables, of, responder_id, status
            ),
        )
        if not found:
            abort(404)
        return redirect(url_for("host.autoresponders", list_id=list_id))

    def _page(self, user: User, list_id: int, faults: Mapping[str, str]) -> str:
        of, host = list_or_404(self._host, user, list_id), self._host
        with host.engine.connect() as connection:
            rows = autoresponders.responders(connection, host.tables, of)
            queued = autoresponders.queued(connection, host.tables, of)
            emails = reading.emails(connection, host.tables, user.id)
        return host.page(
            "autoresponders",
            user,
            of=of,
            responders=rows,
            queued=queued,
            emails=emails,
            units=TRIGGER_TIMES,
            faults=faults,
            typed=request.form,
        )

    def _read(self, user: User) -> tuple[dict[str, Any], dict[str, str]]:
        """The columns, and the faults by the name of their input."""
        form, faults = request.form, {}
        name, unit = form.get("name", "").strip(), form.get("unit", "")
        email = form.get("email", 0, type=int)
        with self._host.engine.connect() as connection:
            known = {row.EmailID for row in reading.emails(connection, self._host.tables, user.id)}
        if not 0 < len(name) <= _MAX_NAME:
            faults["name"] = f"Give it a name of at most {_MAX_NAME} characters."
        if email not in known:
            faults["email"] = "Choose one of your e-mails."
        if unit not in TRIGGER_TIMES:
            faults["unit"] = "Choose when it goes out."
        amount = 0 if unit == "Immediately" else form.get("amount", 0, type=int)
        if unit != "Immediately" and not 0 < amount <= MAX_TRIGGER_TIME:
            faults["amount"] = f"Enter a whole number from 1 to {MAX_TRIGGER_TIME:,}."
        values = {
            "AutoResponderName": name,
            "RelEmailID": email,
            "AutoResponderTriggerType": "OnSubscription",
            "TriggerTimeType": unit,
            "TriggerTime": amount,
        }
        return values, faults
