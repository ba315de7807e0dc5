"""Pages of the user area: log in and out, overview, campaigns, and the way to the add-on."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from demo import reading
from demo.frame import Host, log_in
from demo.sample_account import DEMO_PASSWORD
from demo.users import User, all_users, check_password


class AccountPages:
    """The views, as methods."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def add_to(self, blueprint: Blueprint) -> None:
        host = self._host
        blueprint.add_url_rule("/login", "login", self.login, methods=["GET", "POST"])
        blueprint.add_url_rule("/logout", "logout", self.logout, methods=["POST"])
        blueprint.add_url_rule("/", "overview", host.signed_in(self.overview))
        campaigns = host.signed_in(self.campaigns, "Campaigns.Get")
        blueprint.add_url_rule("/campaigns", "campaigns", campaigns)
        blueprint.add_url_rule("/plugins/<item_id>", "plugin", host.signed_in(self.plugin))

    def login(self) -> ResponseReturnValue:
        """The three users and their password are shown: it is a demo."""
        fault = ""
        with self._host.engine.connect() as connection:
            users = all_users(connection, self._host.tables)
            if request.method == "POST":
                name, password = request.form.get("username", ""), request.form.get("password", "")
                user = check_password(connection, self._host.tables, name, password)
                if user is not None:
                    log_in(user)
                    return redirect(url_for("host.overview"))
                fault = "This is not the password of that user."
        chosen = request.form.get("username", users[0].username if users else "")
        values = {"users": users, "chosen": chosen, "fault": fault, "password": DEMO_PASSWORD}
        return self._host.page("login", None, **values), 401 if fault else 200

    def logout(self) -> ResponseReturnValue:
        session.clear()
        return redirect(url_for("host.login"))

    def overview(self, user: User) -> ResponseReturnValue:
        with self._host.engine.connect() as connection:
            figures = reading.figures(connection, self._host.tables, user.id, self._host.now())
            lists = reading.lists(connection, self._host.tables, user.id)
        return self._host.page("overview", user, figures=figures, lists=lists)

    def campaigns(self, user: User) -> ResponseReturnValue:
        with self._host.engine.connect() as connection:
            rows = reading.campaigns(connection, self._host.tables, user.id)
        return self._host.page("campaigns", user, campaigns=rows)

    def plugin(self, user: User, item_id: str) -> ResponseReturnValue:
        """Sends the browser on to the add-on, with a token that holds for a minute and once."""
        items = [i for i in self._host.bridge.menu("User.Campaigns", user) if i.id == item_id]
        if not items:
            abort(404)
        form = self._host.bridge.hand_over(user, url_for("host.overview", _external=True))
        return self._host.page("hand_over", user, item=items[0], form=form)
