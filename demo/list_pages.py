"""Pages of the user area about lists: all lists, the people of one, and the subscribe form."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from demo import reading
from demo.frame import Host
from demo.joining import Joining, Refused
from demo.reading import HostList
from demo.subscribe_form import input_type, read_form, shown_fields
from demo.users import User
from demo.writing import Membership


def list_or_404(host: Host, user: User, list_id: int) -> HostList:
    """The user's list; somebody else's is answered like one that does not exist."""
    with host.engine.connect() as connection:
        found = reading.find_list(connection, host.tables, user.id, list_id)
    if found is None:
        abort(404)
    return found


class ListPages:
    """The views, as methods."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def add_to(self, blueprint: Blueprint) -> None:
        lists = self._host.signed_in(self.lists, "Lists.Get")
        people = self._host.signed_in(self.people, "Subscribers.Get")
        subscribe = self._host.signed_in(self.subscribe, "Subscribers.Import")
        blueprint.add_url_rule("/lists", "lists", lists)
        blueprint.add_url_rule("/lists/<int:list_id>", "people", people)
        blueprint.add_url_rule(
            "/lists/<int:list_id>/subscribe", "subscribe", subscribe, methods=["GET", "POST"]
        )

    def lists(self, user: User) -> ResponseReturnValue:
        with self._host.engine.connect() as connection:
            rows = reading.lists(connection, self._host.tables, user.id)
            active = [reading.active_count(connection, self._host.tables, row) for row in rows]
        return self._host.page("lists", user, lists=list(zip(rows, active, strict=True)))

    def people(self, user: User, list_id: int) -> ResponseReturnValue:
        of = list_or_404(self._host, user, list_id)
        search = request.args.get("search", "").strip()
        with self._host.engine.connect() as connection:
            page = reading.people(connection, of, search, request.args.get("page", 1, type=int))
        return self._host.page("people", user, of=of, people=page, search=search)

    def subscribe(self, user: User, list_id: int) -> ResponseReturnValue:
        to = list_or_404(self._host, user, list_id)
        faults: dict[str, str] = {}
        if request.method == "POST":
            address, values, faults = read_form(to, request.form)
            if not faults:
                try:
                    return self._subscribed(to, Joining(address, values))
                except Refused as refusal:
                    to_blame = refusal.field_id
                    name = f"CustomField{to_blame}" if to_blame else "EmailAddress"
                    faults = {name: str(refusal)}
        page = self._host.page(
            "subscribe",
            user,
            of=to,
            fields=shown_fields(to),
            input_type=input_type,
            typed=request.form,
            faults=faults,
        )
        return page, 422 if faults else 200

    def _subscribed(self, to: HostList, joining: Joining) -> ResponseReturnValue:
        host = self._host
        member = Membership(host.engine, host.tables, host.now(), request.remote_addr or "")
        subscriber_id, events = member.subscribe(to, joining)
        host.bridge.report(events)
        if events:
            flash(f"{joining.address} is on the list now, and Journeys was told.", "good")
        else:
            flash(f"{joining.address} has to confirm first; play that here.", "warn")
        return redirect(url_for("host.person", list_id=to.id, subscriber_id=subscriber_id))
