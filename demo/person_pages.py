"""The page of one subscriber: everything the host knows, and buttons to play what they do."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from demo import autoresponders, reading, tags
from demo.column_types import ZERO_DATE, ZERO_DATETIME
from demo.confirm_page import confirmation_url
from demo.events import Event
from demo.fields import CHOICE_SEPARATOR
from demo.frame import Host
from demo.joining import Refused
from demo.list_pages import list_or_404
from demo.playing import Mail, Player
from demo.reading import HostList
from demo.users import User
from demo.writing import Membership

#: Takes the list and the person's row; returns the events of what it did.
Verb = Callable[[HostList, Mapping[str, Any]], Sequence[Event]]

_PATH = "/lists/<int:list_id>/subscribers/<int:subscriber_id>"
_MAX_VALUE = 1_000_000


class PersonPages:
    """The views, as methods."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def add_to(self, blueprint: Blueprint) -> None:
        see = self._host.signed_in(self.person, "Subscribers.Get")
        blueprint.add_url_rule(_PATH, "person", see)
        for name, view in (
            ("confirm", self.confirm),
            ("unsubscribe", self.unsubscribe),
            ("delete", self.delete),
            ("play", self.play),
        ):
            needed = "Subscribers.Delete" if name == "delete" else "Subscriber.Update"
            act = self._host.signed_in(view, needed)
            blueprint.add_url_rule(f"{_PATH}/{name}", name, act, methods=["POST"])

    def person(self, user: User, list_id: int, subscriber_id: int) -> ResponseReturnValue:
        of = list_or_404(self._host, user, list_id)
        person = self._person_or_404(of, subscriber_id)
        tables = self._host.tables
        with self._host.engine.connect() as connection:
            account = reading.account_values(connection, tables, user.id, person["EmailAddress"])
            emails = reading.emails(connection, tables, user.id)
            activity = reading.activity(connection, tables, of, subscriber_id)
            has = tags.of_person(connection, tables, of.id, subscriber_id)
            known_tags = tags.of_list(connection, tables, of.id)
            queued = autoresponders.queued(connection, tables, of, subscriber_id)
        fields = [(field, _shown(person[field.column])) for field in of.fields]
        fields += [(field, _shown(value)) for field, value in account]
        return self._host.page(
            "person",
            user,
            of=of,
            person={name: _shown(value) for name, value in person.items()},
            fields=fields,
            emails=emails,
            activity=activity,
            queued=queued,
            tags=has,
            known_tags=known_tags,
            confirmation=confirmation_url(self._host, of.id, subscriber_id),
        )

    def confirm(self, user: User, list_id: int, subscriber_id: int) -> ResponseReturnValue:
        return self._act(user, list_id, subscriber_id, self._membership().confirm)

    def unsubscribe(self, user: User, list_id: int, subscriber_id: int) -> ResponseReturnValue:
        return self._act(user, list_id, subscriber_id, self._membership().unsubscribe)

    def delete(self, user: User, list_id: int, subscriber_id: int) -> ResponseReturnValue:
        of = list_or_404(self._host, user, list_id)
        person = self._person_or_404(of, subscriber_id)
        self._host.bridge.report(self._membership().delete(of, [subscriber_id]))
        flash(f"{person['EmailAddress']} is deleted, and Journeys was told.", "good")
        return redirect(url_for("host.people", list_id=list_id))

    def play(self, user: User, list_id: int, subscriber_id: int) -> ResponseReturnValue:
        verb = self._played(user, request.form.get("what", ""))
        return self._act(user, list_id, subscriber_id, lambda of, person: [verb(of, person)])

    def _membership(self) -> Membership:
        host = self._host
        return Membership(host.engine, host.tables, host.now(), request.remote_addr or "")

    def _played(self, user: User, what: str) -> Callable[[HostList, Mapping[str, Any]], Event]:
        host = self._host
        address, robot = request.remote_addr or "", "robot" in request.form
        player = Player(host.engine, host.tables, host.now(), address, robot)
        if what == "converted":
            value = request.form.get("value", 0.0, type=float)
            if not (math.isfinite(value) and 0 <= value <= _MAX_VALUE):
                abort(400, f"The value of a conversion is a number from 0 to {_MAX_VALUE:,}.")
            return lambda of, person: player.convert(of, person, value)
        mail = self._mail_or_404(user, request.form.get("email", 0, type=int))
        if what == "opened":
            return lambda of, person: player.open(of, person, mail)
        if what == "clicked":
            return lambda of, person: player.click(of, person, mail)
        abort(400, "Play opened, clicked or converted.")

    def _act(self, user: User, list_id: int, subscriber_id: int, verb: Verb) -> ResponseReturnValue:
        """Does it, then tells Journeys, then shows the person again."""
        of = list_or_404(self._host, user, list_id)
        person = self._person_or_404(of, subscriber_id)
        try:
            events = verb(of, person)
        except Refused as refusal:
            flash(str(refusal), "warn")
        else:
            self._host.bridge.report(events)
            told = ", ".join(event.type for event in events)
            flash(f"Done, and Journeys was told: {told}.", "good")
        return redirect(url_for("host.person", list_id=list_id, subscriber_id=subscriber_id))

    def _person_or_404(self, of: HostList, subscriber_id: int) -> Mapping[str, Any]:
        with self._host.engine.connect() as connection:
            person = reading.find_person(connection, of, subscriber_id)
        if person is None:
            abort(404)
        return person

    def _mail_or_404(self, user: User, email_id: int) -> Mail:
        with self._host.engine.connect() as connection:
            for row in reading.emails(connection, self._host.tables, user.id):
                if row.EmailID == email_id:
                    return Mail(row.EmailID, row.CampaignID)
        abort(404)


def _shown(value: object) -> str:
    """A value for people: nothing for NULL, '' and zero dates, commas between choices."""
    if value is None or value in (ZERO_DATE, ZERO_DATETIME):
        return ""
    return str(value).replace(CHOICE_SEPARATOR, ", ")
