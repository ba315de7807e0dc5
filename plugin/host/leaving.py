"""Taking people off one list: their rows, the statistics, and the suppression that it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from plugin.domain.enrollment import EnrollmentId
from plugin.engine.membership_port import Ask, Change, Done, Result
from plugin.host.lists import ListRules
from plugin.host.place import Place
from plugin.host.rolls import PENDING, SUBSCRIBED, People, Roll, Row
from plugin.host.rows import ZERO_IP, check_complete, fitting
from plugin.host.suppressing import Suppression
from plugin.host.tally import LEFT
from plugin.sql.among import among

ALREADY = Result("already_unsubscribed")
#: Told by the host's reports of unsubscriptions.
CHANNEL = "Journey"
_STATISTICS = ("RelListID", "RelSubscriberID", "UnsubscriptionDate")

Rows = Mapping[EnrollmentId, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Leaving:
    """One list."""

    place: Place
    rules: ListRules
    locking: bool = True

    def rows(self, ask: Ask, people: People) -> Rows:
        """One statement."""
        shard = self.place.shard(self.rules.list_id)
        return Roll(self.place.connection, shard, self.locking).rows(people, ask.here)

    def leave(self, ask: Ask, people: People) -> Done:
        """Six statements at most. Whoever has several rows leaves by all of them."""
        done = Done()
        left: dict[int, Change] = {}
        for who, rows in sorted(self.rows(ask, people).items()):
            leaving = [row for row in rows if _can_leave(row, ask.repeated)]
            fresh = [row for row in leaving if row.subscriber_id not in left]
            done.results[who] = Result("unsubscribed") if fresh else verdict(rows)
            for row in fresh:
                left[row.subscriber_id] = Change(
                    "unsubscription", self.rules.list_id, row.subscriber_id, row.email, who
                )
        done.changes = list(left.values())
        if left:
            self._update(left)
            self._note(done.changes)
            place, rules = self.place, self.rules
            if not ask.alone:  # who leaves in consequence is not suppressed by this list's rules
                addresses = list(dict.fromkeys(change.email for change in done.changes))
                Suppression(place.connection, place.suppressions).add(rules, addresses, place.stamp)
            place.tally.add(rules.list_id, rules.user_id, place.stamp, LEFT, len(left))
            place.tally.move(rules.list_id, -len(left))
        return done

    def _update(self, left: Mapping[int, Change]) -> None:
        shard = self.place.shard(self.rules.list_id)
        known = {"SubscriptionStatus": "Unsubscribed", "UnsubscriptionIP": ZERO_IP}
        values = fitting(shard, known, self.place.stamp, {"UnsubscriptionDate": True})
        chosen = among(shard.clause.c["SubscriberID"], left)
        self.place.connection.execute(sa.update(shard.clause).where(chosen).values(values))

    def _note(self, changes: Sequence[Change]) -> None:
        place = self.place
        table = place.schema.optional_table(place.connection, "stats_unsubscription", _STATISTICS)
        if table is None:
            return
        rows = [
            fitting(
                table,
                {
                    "RelCampaignID": 0,
                    "RelEmailID": 0,
                    "RelListID": change.list_id,
                    "RelSubscriberID": change.subscriber_id,
                    "RelOwnerUserID": self.rules.user_id,
                    "UnsubscriptionIP": ZERO_IP,
                    "Channel": CHANNEL,
                },
                place.stamp,
                {"UnsubscriptionDate": True},
            )
            for change in changes
        ]
        check_complete(table, rows[0])
        place.connection.execute(sa.insert(table.clause), rows)


def verdict(rows: Sequence[Row]) -> Result:
    """What is said of somebody who has nothing to leave."""
    if not rows:
        return Result("refused", "not_on_list")
    if all(row.status == PENDING for row in rows):
        return Result("refused", "opt_in_pending")
    return ALREADY


def _can_leave(row: Row, repeated: bool) -> bool:
    """Somebody whose leaving an old host has never finished is helped out."""
    gone_by_us = repeated and row.status == "Unsubscribed"
    return gone_by_us or row.status in (SUBSCRIBED, "Opt-Out Pending")
