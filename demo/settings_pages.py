"""Settings of a list: what it does when somebody joins or leaves, whom it refuses, and its end."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from demo import reading
from demo.database import changed
from demo.frame import Host
from demo.list_pages import list_or_404
from demo.suppression import remove_suppressions, scope_of, suppressions
from demo.users import User
from demo.writing import Membership

_PATH = "/lists/<int:list_id>/settings"
_SHOWN = 50


class SettingsPages:
    """The views, as methods."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def add_to(self, blueprint: Blueprint) -> None:
        host = self._host
        blueprint.add_url_rule(_PATH, "settings", host.signed_in(self.settings, "List.Get"))
        free = host.signed_in(self.free, "List.Update")
        blueprint.add_url_rule(f"{_PATH}/suppression", "free", free, methods=["POST"])
        delete = host.signed_in(self.delete, "List.Delete")
        blueprint.add_url_rule(
            "/lists/<int:list_id>/delete", "delete_list", delete, methods=["GET", "POST"]
        )

    def settings(self, user: User, list_id: int) -> ResponseReturnValue:
        of, host = list_or_404(self._host, user, list_id), self._host
        with host.engine.connect() as connection:
            names = {
                row.ListID: row.Name for row in reading.lists(connection, host.tables, user.id)
            }
            rows, total = suppressions(connection, host.tables, user.id, list_id, _SHOWN)
        refused = [(row, scope_of(row)) for row in rows]
        return host.page(
            "settings", user, of=of, names=names, refused=refused, total=total, shown=_SHOWN
        )

    def free(self, user: User, list_id: int) -> ResponseReturnValue:
        """Takes an address off the suppression list of this list or account."""
        of, tables = list_or_404(self._host, user, list_id), self._host.tables
        entry = request.form.get("entry", 0, type=int)
        gone = changed(
            self._host.engine,
            lambda connection: remove_suppressions(connection, tables, of.owner_id, of.id, [entry]),
        )
        if not gone:
            abort(404)
        flash("The address may subscribe again.", "good")
        return redirect(url_for("host.settings", list_id=list_id))

    def delete(self, user: User, list_id: int) -> ResponseReturnValue:
        """Asks first; then the list goes with everything that is on it."""
        of, host = list_or_404(self._host, user, list_id), self._host
        if request.method == "GET":
            with host.engine.connect() as connection:
                active = reading.active_count(connection, host.tables, of.row)
            return host.page("delete_list", user, of=of, active=active)
        member = Membership(host.engine, host.tables, host.now(), request.remote_addr or "")
        host.bridge.report(member.delete_list(of))
        flash(f"{of.name} is deleted, and Journeys was told.", "good")
        return redirect(url_for("host.lists"))
