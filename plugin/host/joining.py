"""Putting people on one list: who may, their new rows, and those that are brought back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId, Subscriber, normal_address
from plugin.engine.membership_port import Ask, Change, Done, Result
from plugin.host.columns import HostTable
from plugin.host.demands import Demands, demands, with_account_fields
from plugin.host.lists import ListRules
from plugin.host.place import Place
from plugin.host.rolls import LEFT, PENDING, SUBSCRIBED, People, Roll, Row
from plugin.host.rows import ZERO_IP, check_complete, fitting
from plugin.host.suppressing import Suppression
from plugin.host.tally import JOINED
from plugin.sql.among import among

ALREADY = Result("already_subscribed")
#: Where a row comes from. The columns' names are not public; other columns are left alone.
_SOURCES = ("Source", "SubscriptionSource")
_REFERENCES = ("SourceRef", "SubscriptionSourceRef")


def refused(reason: str) -> Result:
    return Result("refused", reason)


@dataclass(slots=True)
class Judged:
    """`results` of those for whom nothing is to be done; the others get a row, or get theirs
    back."""

    results: dict[EnrollmentId, Result] = field(default_factory=dict)
    new: dict[EnrollmentId, str] = field(default_factory=dict)
    back: dict[EnrollmentId, Row] = field(default_factory=dict)
    rows: dict[EnrollmentId, Row] = field(default_factory=dict)
    #: who asked for somebody that another one had asked for already
    later: dict[EnrollmentId, EnrollmentId] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)  #: of the list's fields


@dataclass(frozen=True, slots=True)
class Joining:
    """One list. The caller holds its lock."""

    place: Place
    rules: ListRules
    locking: bool = True

    def judge(self, ask: Ask, people: People) -> Judged:
        """Four statements at most."""
        judged = Judged()
        first = _first_of_each(people, judged.later)
        asked = self._demands()
        judged.defaults = asked.defaults
        roll = Roll(self.place.connection, self._shard, self.locking)
        rows = roll.rows(first, ask.here, asked.columns)
        suppressed, filled = self._suppressed(ask, first), self._filled(asked, first)
        for who, subscriber in first.items():
            met, normal = _telling(rows[who]), normal_address(subscriber.email)
            answer = _standing(met, ask.revive)
            if answer is None and normal in suppressed:
                answer = refused("suppressed")
            if answer is None and (_lacks(met, asked) or (asked.fields and normal not in filled)):
                answer = refused("required_field")
            self._sort(judged, who, subscriber.email, met, answer)
        return judged

    def _sort(
        self, to: Judged, who: EnrollmentId, email: str, met: Row | None, answer: Result | None
    ) -> None:
        if met is not None:
            to.rows[who] = met
        if answer is not None:
            to.results[who] = answer
        elif met is not None:
            to.back[who] = met
        elif self._holds(email):
            to.new[who] = email
        else:
            to.results[who] = refused("invalid_address")

    def join(self, ask: Ask, people: People) -> Done:
        """Three statements more."""
        judged = self.judge(ask, people)
        done = Done(results=dict(judged.results))
        joined = self._bring_back(judged.back)
        joined |= self._add(ask, {who: people[who] for who in judged.new}, judged.defaults)
        if ask.repeated:
            again = {w: r for w, r in judged.rows.items() if judged.results.get(w) == ALREADY}
            joined |= again
        for who, row in sorted(joined.items()):
            done.results[who] = Result("subscribed")
            change = Change("subscription", self.rules.list_id, row.subscriber_id, row.email, who)
            done.changes.append(change)
        for who, earlier in judged.later.items():
            result = done.results[earlier]
            done.results[who] = ALREADY if result.word == "subscribed" else result
        place, rules = self.place, self.rules
        place.tally.add(rules.list_id, rules.user_id, place.stamp, JOINED, len(joined))
        place.tally.move(rules.list_id, len(joined))
        return done

    @property
    def _shard(self) -> HostTable:
        return self.place.shard(self.rules.list_id)

    def _holds(self, email: str) -> bool:
        column = self._shard.columns["EmailAddress"]
        fits = column.max_characters is None or len(email) <= column.max_characters
        return bool(email) and fits and column.can_hold(email)

    def _demands(self) -> Demands:
        place = self.place
        fields = place.schema.table(place.connection, "custom_fields")
        return demands(place.connection, fields, self._shard, self.rules)

    def _suppressed(self, ask: Ask, people: People) -> set[str]:
        if ask.revive:
            return set()
        known = Suppression(self.place.connection, self.place.suppressions)
        addresses = (s.email for s in people.values())
        return known.known(self.rules.list_id, self.rules.user_id, addresses)

    def _filled(self, asked: Demands, people: People) -> set[str]:
        if not asked.fields:
            return set()
        place = self.place
        values = place.schema.values_table(place.connection)
        addresses = (s.email for s in people.values())
        return with_account_fields(place.connection, values, asked.fields, addresses)

    def _bring_back(self, back: Mapping[EnrollmentId, Row]) -> dict[EnrollmentId, Row]:
        if back:
            shard, dates = self._shard, {**_JOINED_NOW, "UnsubscriptionDate": False}
            values = fitting(shard, _JOINED, self.place.stamp, dates)
            chosen = among(shard.clause.c["SubscriberID"], {r.subscriber_id for r in back.values()})
            self.place.connection.execute(sa.update(shard.clause).where(chosen).values(values))
        return dict(back)

    def _add(
        self, ask: Ask, people: People, defaults: Mapping[str, Any]
    ) -> dict[EnrollmentId, Row]:
        if not people:
            return {}
        shard, connection = self._shard, self.place.connection
        dates = {**_JOINED_NOW, "UnsubscriptionDate": False}
        by, reference = (
            dict.fromkeys(_SOURCES, "Other"),
            dict.fromkeys(_REFERENCES, ask.source[:64]),
        )
        known = {**_JOINED, **by, **reference}
        same = {**defaults, **fitting(shard, known, self.place.stamp, dates)}
        new = [same | {"EmailAddress": subscriber.email} for subscriber in people.values()]
        check_complete(shard, new[0])
        connection.execute(sa.insert(shard.clause), new)
        found = Roll(connection, shard, locking=False).rows(people, here=False)
        return {who: max(rows) for who, rows in found.items()}


#: A row of somebody who has joined; columns that a host does not have are left out.
_JOINED: dict[str, Any] = {
    "BounceType": "Not Bounced",
    "SubscriptionStatus": SUBSCRIBED,
    "SubscriptionIP": ZERO_IP,
    "UnsubscriptionIP": ZERO_IP,
    "OptInIP": ZERO_IP,
}
_JOINED_NOW = {"SubscriptionDate": True, "OptInDate": True}


def _first_of_each(
    people: People, later: dict[EnrollmentId, EnrollmentId]
) -> dict[EnrollmentId, Subscriber]:
    """One who asks for each address; the others are noted in `later`."""
    first: dict[str, EnrollmentId] = {}
    for who, subscriber in sorted(people.items()):
        earlier = first.setdefault(normal_address(subscriber.email), who)
        if earlier != who:
            later[who] = earlier
    return {who: people[who] for who in first.values()}


def _telling(rows: Sequence[Row]) -> Row | None:
    """The row that decides, of several of one address: who is subscribed by one of them is."""
    return min(rows, key=lambda row: (row.status != SUBSCRIBED, row.subscriber_id), default=None)


def _standing(row: Row | None, revive: bool) -> Result | None:
    """Why nothing is to be done for somebody with this row; None when something may be."""
    if row is None:
        return None
    if row.status == PENDING:
        return refused("opt_in_pending")
    bounced = row.bounce == "Hard"
    if row.status == SUBSCRIBED and not bounced:
        return ALREADY
    if revive:
        return None
    return refused("unsubscribed" if row.status in LEFT else "bounced")


def _lacks(row: Row | None, asked: Demands) -> bool:
    """Whether a required field of the list is without a value."""
    return bool(asked.columns) if row is None else any(v in (None, "") for v in row.more)
