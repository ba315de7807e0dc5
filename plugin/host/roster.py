"""People join lists, leave them and go, by each list's own rules, in the caller's transaction.

Joining and leaving may have consequences on other lists of the owner. They are one level deep, as
the host's are, so there are no loops.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import sqlalchemy as sa

from plugin.engine.membership_port import Ask, Change, Done, Prospect, Result, Verb
from plugin.errors import CannotEvaluate, Interrupted
from plugin.host.joining import Joining, refused
from plugin.host.leaving import Leaving, verdict
from plugin.host.lists import Chain, Lists
from plugin.host.place import Place
from plugin.host.rolls import SUBSCRIBED, People, Roll
from plugin.sql.among import among
from plugin.sql.locks import take

DOUBLE_OPT_IN = (
    "This list asks people to confirm that they want to join (double opt-in), and only the host"
    " can ask them. Let Journeys write through the host's API (JOURNEYS_HOST_WRITES=api), or"
    " choose another list."
)


@dataclass(frozen=True, slots=True)
class Roster:
    """The lists of one owner, at one moment."""

    place: Place
    lists: Lists

    def undone(self, list_id: int) -> bool:
        """Whether a rollback undoes all that joining or leaving this list may change."""
        rules = self.lists.one(list_id)
        ends = (rules.joined.join, rules.joined.leave, rules.left.join, rules.left.leave)
        touched = {list_id, *(end for end in ends if end is not None)}
        return all(self.place.shard(one).transactional for one in touched)

    def prospect(self, verb: Verb, ask: Ask) -> Prospect:
        rules = self.lists.one(ask.list_id)
        if verb == "subscribe":
            judged = Joining(self.place, rules, locking=False).judge(ask, ask.people)
            results = judged.results
            for who, earlier in judged.later.items():
                results[who] = results.get(earlier, Result("already_subscribed"))
            met = {who: row.subscriber_id for who, row in judged.rows.items()}
            return Prospect(results, met, rules.double_opt_in, self._stamp)
        rows = Leaving(self.place, rules, locking=False).rows(ask, ask.people)
        can = {who: [r for r in of if r.status == SUBSCRIBED] for who, of in rows.items()}
        results = {who: verdict(rows[who]) for who, of in can.items() if not of}
        if verb == "delete":
            results = {who: Result("deleted") for who, of in rows.items() if not of}
            can = {who: list(of) for who, of in rows.items()}
        met = {who: of[0].subscriber_id for who, of in can.items() if of}
        return Prospect(results, met, rules.double_opt_in, self._stamp)

    def subscribe(self, ask: Ask) -> Done:
        rules = self.lists.one(ask.list_id)
        if rules.double_opt_in:
            raise CannotEvaluate("double_opt_in", DOUBLE_OPT_IN)
        self._lock({rules.list_id, rules.joined.join})
        done = Joining(self.place, rules).join(ask, ask.people)
        self._follow(ask, done, rules.joined)
        return done

    def unsubscribe(self, ask: Ask) -> Done:
        rules = self.lists.one(ask.list_id)
        self._lock({rules.left.join})
        done = Leaving(self.place, rules).leave(ask, ask.people)
        self._follow(ask, done, rules.left)
        if rules.all_lists and not ask.alone:
            done.elsewhere = [i for i in self.lists.others(ask.list_id) if i != rules.left.join]
        return done

    def delete(self, ask: Ask) -> Done:
        """Two statements. The values of the list's own fields stand in the row, and go with it;
        those of the account belong to the address, and stay."""
        rules = self.lists.one(ask.list_id)
        shard = self.place.shard(ask.list_id)
        rows = Roll(self.place.connection, shard).rows(ask.people, here=True)
        gone = {row.subscriber_id: row for of in rows.values() for row in of}
        if gone:
            chosen = among(shard.clause.c["SubscriberID"], gone)
            self.place.connection.execute(sa.delete(shard.clause).where(chosen))
        subscribed = sum(row.status == SUBSCRIBED for row in gone.values())
        self.place.tally.move(rules.list_id, -subscribed)
        done = Done(results=dict.fromkeys(ask.people, Result("deleted")))
        told: dict[int, Change] = {}
        for who, subscriber in sorted(ask.people.items()):
            number = subscriber.subscriber_id
            if number in gone or ask.repeated:
                change = Change("subscriber_deleted", ask.list_id, number, subscriber.email, who)
                told.setdefault(number, change)
        done.changes = list(told.values())
        return done

    @property
    def _stamp(self) -> str:
        return self.place.stamp.text

    def _follow(self, ask: Ask, done: Done, chain: Chain) -> None:
        """What the list's rules make of those who have really changed."""
        people = {change.cause: ask.people[change.cause] for change in done.changes}
        if not people or ask.alone:
            return
        if chain.join is not None:
            self._also(done, chain.join, self._chained_join(ask, chain.join, people))
        if chain.leave is not None:
            rules = self.lists.one(chain.leave)
            there = replace(ask, list_id=chain.leave, here=False, alone=True)
            self._also(done, chain.leave, Leaving(self.place, rules).leave(there, people))

    def _chained_join(self, ask: Ask, list_id: int, people: People) -> Done:
        """Nobody is brought back in consequence of something else."""
        rules = self.lists.one(list_id)
        if rules.double_opt_in:
            return Done(results=dict.fromkeys(people, refused("double_opt_in")))
        there = replace(ask, list_id=list_id, here=False, revive=False)
        return Joining(self.place, rules).join(there, people)

    def _also(self, done: Done, list_id: int, there: Done) -> None:
        done.changes += there.changes
        for who, result in there.results.items():
            done.also.setdefault(who, {})[list_id] = result

    def _lock(self, list_ids: Collection[int | None]) -> None:
        """Of two who subscribe one person to a list at once, the second one finds the row of the
        first: the host has no unique key that would stop it."""
        names = [f"{self.place.schema.prefix}list {i}" for i in list_ids if i is not None]
        if not take(self.place.connection, names):
            raise Interrupted("Another worker has been subscribing people to this list for long.")
