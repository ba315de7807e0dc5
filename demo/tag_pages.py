"""Tags by hand: a form on the page of a subscriber, and new tags for a list."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from demo import reading
from demo.frame import Host
from demo.list_pages import list_or_404
from demo.tags import BadName, Tagging, Verb, of_list
from demo.users import User

_PATH = "/lists/<int:list_id>/subscribers/<int:subscriber_id>/tags"
_VERBS: dict[str, Verb] = {"tag": "tag", "untag": "untag"}
_BAD_NAMES = {
    "empty": "Give the new tag a name.",
    "form": "The name of a tag has letters, digits, spaces, and - _ %.",
    "taken": "This list has a tag of that name already.",
}


class TagPages:
    """One view: each button of the form is a verb."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def add_to(self, blueprint: Blueprint) -> None:
        view = self._host.signed_in(self.change, "Subscriber.Update")
        blueprint.add_url_rule(_PATH, "tags", view, methods=["POST"])

    def change(self, user: User, list_id: int, subscriber_id: int) -> ResponseReturnValue:
        host = self._host
        of = list_or_404(host, user, list_id)
        with host.engine.connect() as connection:
            known = {row.TagID for row in of_list(connection, host.tables, of.id)}
            if reading.find_person(connection, of, subscriber_id) is None:
                abort(404)
        verb, tagging = request.form.get("what", ""), Tagging(host.engine, host.tables, host.now())
        if verb == "new":
            try:
                tagging.create(of, request.form.get("name", ""), "")
                flash("The list has a new tag.", "good")
            except BadName as bad:
                flash(_BAD_NAMES[bad.reason], "warn")
        elif verb in _VERBS:
            tag_id = request.form.get("tag", 0, type=int)
            if tag_id not in known:
                abort(404)
            events = tagging.change(of, _VERBS[verb], [tag_id], [subscriber_id])
            host.bridge.report(events)
            told = f"Done, and Journeys was told: {verb}." if events else "It is so already."
            flash(told, "good")
        else:
            abort(400, "Play tag, untag or new.")
        return redirect(url_for("host.person", list_id=list_id, subscriber_id=subscriber_id))
