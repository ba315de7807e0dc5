"""The page of the host's API: how to call it, how to make it fail, what it was asked last."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from demo.api.answers import FORMS
from demo.api.commands import COMMANDS
from demo.api.controls import KINDS, LIMIT_CALLS, LIMIT_SECONDS, Controls, Fault
from demo.frame import Host
from demo.gateway.door import SEND
from demo.users import User

#: What can be made to fail: the commands, and the address of the gateway.
_CALLED = (*sorted(COMMANDS), SEND)


class ApiPage:
    """The views, as methods. Any user of the demo may play faults; they hold for all."""

    def __init__(self, host: Host, controls: Controls) -> None:
        self._host = host
        self._controls = controls

    def add_to(self, blueprint: Blueprint) -> None:
        host = self._host
        blueprint.add_url_rule("/account", "account", host.signed_in(self.account))
        blueprint.add_url_rule("/api", "api", host.signed_in(self.page))
        for name, view in (("fault", self.fault), ("clear", self.clear), ("limit", self.limit)):
            act = host.signed_in(view)
            blueprint.add_url_rule(f"/api/{name}", f"api_{name}", act, methods=["POST"])

    def account(self, user: User) -> ResponseReturnValue:
        return self._host.page("account", user)

    def page(self, user: User) -> ResponseReturnValue:
        return self._host.page(
            "api",
            user,
            faults=self._controls.faults(),
            calls=self._controls.calls(),
            limited=self._controls.limited,
            kinds=KINDS,
            forms=FORMS,
            commands=sorted(COMMANDS),
            called=_CALLED,
            limit=(LIMIT_CALLS, LIMIT_SECONDS),
        )

    def fault(self, user: User) -> ResponseReturnValue:
        """Takes what the form asks for; what is no fault is answered 400 with the reason."""
        form = request.form
        command = form.get("command", "")
        if command and command not in _CALLED:
            abort(400, "Choose a command of the list.")
        try:
            fault = Fault(
                form.get("kind", ""),
                command,
                form.get("times", 1, type=int),
                form.get("code", 10, type=int),
                form.get("form", "scalar"),
                form.get("seconds", 30.0, type=float),
            )
        except ValueError as error:
            abort(400, str(error))
        self._controls.play(fault)
        flash("The next call goes wrong as you asked.", "good")
        return redirect(url_for("host.api"))

    def clear(self, user: User) -> ResponseReturnValue:
        self._controls.clear()
        flash("The API answers as usual.", "good")
        return redirect(url_for("host.api"))

    def limit(self, user: User) -> ResponseReturnValue:
        self._controls.limited = request.form.get("limited") == "on"
        return redirect(url_for("host.api"))
