"""One batch of events on its way to the journeys that it starts and the people whom it ends."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from plugin.domain.enrollment import Subscriber, SubscriberId
from plugin.domain.event import LEAVE, Ages, Event, Received
from plugin.domain.waits import after
from plugin.engine.entering import MAX_HOPS, KeyOf, enroll, entry_key
from plugin.engine.exit_events import ExitKinds, LeavingByEvent
from plugin.engine.fuse import tell_of_circles
from plugin.engine.goal_events import GoalsByEvent
from plugin.engine.kinds import TriggerKind
from plugin.engine.leaving import walks_on
from plugin.engine.membership import leave_elsewhere
from plugin.engine.messages_port import MessageRef
from plugin.engine.planning import look_again
from plugin.engine.ports import Count, Entry, Live, Version, Work
from plugin.engine.results import note_results
from plugin.engine.timed import TimedTrigger
from plugin.engine.waking import AwaitedBy, WakingByEvent
from plugin.errors import CannotEvaluate, Interrupted, Unavailable
from plugin.logs import labelled

log = logging.getLogger(__name__)

#: Work items of one transaction. Each is about as many people as one tick has taken.
MOST_ITEMS = 4

#: A hook may come before the host has committed what it tells. An event that is younger is
#: believed; for an older one the host's row decides.
BELIEVED = timedelta(seconds=60)

#: Events after which people leave the journeys that they are in, and the end reason.
ENDING = {"unsubscription": "unsubscribed", "subscriber_deleted": "subscriber_deleted"}

Outcome = tuple[str, str | None]  #: of an event: its state in the inbox and the reason
KNOWN: Outcome = ("routed", None)  #: it starts nothing, but is about a message of ours
IGNORED_LIST: Outcome = ("ignored", "unknown_list")
LOOP: Outcome = ("ignored", "loop")


#: Why an event enrolls nobody, as a journey's page counts it; the others have the same word.
REFUSED = {"not_subscribed": "unsubscribed"}


class Kinds(NamedTuple):
    """The triggers of a version: what enrolls, what exit rules and goals wait for, by place; and
    its steps that wait for events."""

    entry: Callable[[Version], TriggerKind | None]
    exits: ExitKinds
    goals: ExitKinds
    awaited: AwaitedBy


@dataclass(slots=True)
class Routing:
    """One batch of events on its way to journeys."""

    work: Work
    now: datetime
    key_of: KeyOf
    kinds: Kinds
    ages: Ages
    outcome: dict[int, Outcome] = field(default_factory=dict)
    counts: list[Count] = field(default_factory=list)
    held_for: dict[int, list[int]] = field(default_factory=dict)
    _leavers: LeavingByEvent = field(init=False)
    _goals: GoalsByEvent = field(init=False)
    _waking: WakingByEvent = field(init=False)
    #: events about messages of ours
    _about: Mapping[int, MessageRef] = field(default_factory=dict)

    def go(self, received: Sequence[Received]) -> None:
        received = self._do_work(received)
        owners = self.work.host.owners({r.event.list_id for r in received})
        self._about = note_results(self.work, received, owners.keys(), self.now)
        live = self.work.store.live(owners.values())
        self._leavers = LeavingByEvent(self.work, self.kinds.exits, self.key_of)
        self._goals = GoalsByEvent(self.work, self.kinds.goals, self.key_of)
        versions = self.work.store.exiting_by_events(set(owners.values())) if owners else ()
        for one in (self._leavers, self._goals):
            one.attend(versions)
        self._waking = WakingByEvent(self.work, self.kinds.awaited)
        self._waking.look_for(set(owners.values()))
        by_list: dict[int, list[Received]] = {}
        for r in received:
            by_list.setdefault(r.event.list_id, []).append(r)
        for list_id, events in by_list.items():
            if list_id not in owners:
                self._route_gone(list_id, events)
            else:
                mine = [j for j in live if j.user_id == owners[list_id]]
                self._route_list(list_id, events, mine, owners[list_id])
        self._leavers.note(self.now)
        self.counts += self._goals.note(self.now)
        self._waking.note(self.now)
        self.work.store.count(self.counts, self.now)
        self._tell_of_circles(received, owners)
        for inbox_id in self.held_for:
            self.outcome[inbox_id] = "held", "entry_criteria"
        self.work.inbox.mark(self.outcome, self.held_for)

    def _tell_of_circles(self, received: Sequence[Received], owners: Mapping[int, int]) -> None:
        origins: dict[int, set[int]] = {}
        for r in received:
            who, owner = r.event.origin_enrollment_id, owners.get(r.event.list_id)
            if who and owner and self.outcome.get(r.inbox_id) == LOOP:
                origins.setdefault(owner, set()).add(who)
        tell_of_circles(self.work, origins, self.now)

    def _do_work(self, received: Sequence[Received]) -> Sequence[Received]:
        """Work items are done, a few in one transaction; the others stay new. Answers the facts."""
        items = [r for r in received if r.event.type == LEAVE]
        for item in items[:MOST_ITEMS]:
            self.outcome[item.inbox_id] = self._item(item)
        return [r for r in received if r.event.type != LEAVE] if items else received

    def _item(self, item: Received) -> Outcome:
        try:
            with self.work.savepoint():
                leave_elsewhere(self.work, item.event, self.now)
        except (Interrupted, Unavailable):
            raise
        except CannotEvaluate as gone:
            return ("ignored" if gone.code == "list_missing" else "held"), gone.code
        except Exception:
            log.exception("people could not leave a list", extra=labelled(list=item.event.list_id))
            return "held", "failed"
        return "routed", None

    def _route_gone(self, list_id: int, events: Sequence[Received]) -> None:
        """A list that the host does not know (any more): nobody enters, and all may leave."""
        if any(r.event.type == "list_deleted" for r in events):
            self.work.exits.of_list(list_id, "list_deleted", self.now)
        for r in events:
            deleted = r.event.type == "list_deleted"
            self.outcome[r.inbox_id] = ("routed", None) if deleted else IGNORED_LIST

    def _route_list(
        self, list_id: int, events: Sequence[Received], live: Sequence[Live], user_id: int
    ) -> None:
        """Enroll from the events of one list, journey by journey; let people leave."""
        chosen = {j.journey_id: self._matching(j, events) for j in live}
        fresh = [r for r in events if r.only is None]
        exits = self._leavers.matching(user_id, fresh)
        goals = self._goals.matching(user_id, fresh)
        awaited = self._waking.matching(user_id, fresh)
        wanted = {r.inbox_id: r for matched in chosen.values() for r in matched}
        timed = self._timed(live)
        wanted |= {r.inbox_id: r for r in fresh if any(k.looks_at(r.event) for _, k in timed)}
        wanted |= {r.inbox_id: r for r in fresh if r.event.type in ENDING}
        wanted |= {r.inbox_id: r for r, _, _ in [*exits, *goals]}
        wanted |= {r.inbox_id: r for r, _ in awaited}
        for r in events:
            if r.inbox_id not in wanted:
                known = r.inbox_id in self._about
                self.outcome[r.inbox_id] = KNOWN if known else ("ignored", _why_nobody(r.event))
        if not wanted:
            return
        try:
            ids = sorted({r.event.subscriber_id for r in wanted.values()})
            people = self.work.host.subscribers(list_id, ids)
        except CannotEvaluate as gone:
            state = "ignored" if gone.code == "list_missing" else "held"
            self.outcome |= dict.fromkeys(wanted, (state, gone.code))
            return
        self._judge(wanted.values(), people)
        for journey in live:
            self._enroll(journey, list_id, chosen[journey.journey_id], people)
        told = [r.event for r in wanted.values() if r.only is None and self._may_enter(r)]
        for version, kind in timed:
            look_again(self.work, version, kind, list_id, told, self.now)
        self._let_leave(list_id, [r for r in wanted.values() if r.only is None])
        for keeps, hits in ((self._leavers, exits), (self._goals, goals)):
            keeps.keep(user_id, list_id, [h for h in hits if self._may_enter(h[0])], people)
        self._waking.keep(user_id, [hit for hit in awaited if self._may_enter(hit[0])], people)

    def _timed(self, live: Sequence[Live]) -> list[tuple[Version, TimedTrigger]]:
        """Live versions that dates and schedules start."""
        kinds = [(j.version, self.kinds.entry(j.version)) for j in live]
        return [(version, kind) for version, kind in kinds if isinstance(kind, TimedTrigger)]

    def _judge(self, wanted: Collection[Received], people: Mapping[int, Subscriber]) -> None:
        """What may come of these events, whatever the journey."""
        for r in wanted:
            subscriber = people.get(r.event.subscriber_id)
            outcome = _fitness(r.event, subscriber, self.now)
            if outcome[0] == "routed" and self._age(r) > self.ages.limit(r.event):
                outcome = "ignored", "too_old"
            self.outcome[r.inbox_id] = outcome
        doubtful = [
            r
            for r in wanted
            if r.event.type == "unsubscription"
            and self._may_enter(r)
            and people[r.event.subscriber_id].subscribed
        ]
        if doubtful:  # reported before the host has committed it, or after a later subscription
            again = self.work.inbox.subscribed_since([r.event for r in doubtful])
            for r in doubtful:
                if r.event.subscriber_id in again:
                    self.outcome[r.inbox_id] = "ignored", "subscribed_again"

    def _age(self, r: Received) -> timedelta:
        """How old it was when it came: what we were slow with ourselves makes nothing too old."""
        return r.received_at - r.event.occurred_at

    def _let_leave(self, list_id: int, received: Sequence[Received]) -> None:
        """Leaving has no age: whoever unsubscribed long ago leaves as well."""
        for event_type, reason in ENDING.items():
            ids = [
                r.event.subscriber_id
                for r in received
                if r.event.type == event_type
                and (self._may_enter(r) or self.outcome[r.inbox_id] == ("ignored", "too_old"))
            ]
            if ids:
                self.work.exits.of_subscribers(list_id, ids, reason, self.now)

    def _may_enter(self, r: Received) -> bool:
        return self.outcome[r.inbox_id][0] == "routed"

    def _matching(self, journey: Live, events: Sequence[Received]) -> list[Received]:
        """Events that this journey's trigger waits for. What machines do counts nowhere."""
        kind = self.kinds.entry(journey.version)
        if kind is None:
            return []
        return [
            r
            for r in events
            if r.event.type in kind.listens_to
            and r.event.may_start(journey.journey_id)
            and (r.only is None or journey.journey_id in r.only)
            and not r.event.data.get("automated")
            and kind.matches(r.event)
        ]

    def _enroll(
        self,
        journey: Live,
        list_id: int,
        matched: Sequence[Received],
        people: Mapping[int, Subscriber],
    ) -> None:
        entries = list(self._entries(journey, list_id, matched, people))
        if entries:
            undecided = self._let_in(journey, entries)
            for r in matched:
                if r.event.subscriber_id in undecided and self._may_enter(r):
                    self.held_for.setdefault(r.inbox_id, []).append(journey.journey_id)
            with_data = [r.inbox_id for r in matched if r.event.data]
            self.work.beside.copy_events(journey.journey_id, with_data)

    def _let_in(self, journey: Live, entries: Sequence[Entry]) -> Set[SubscriberId]:
        """Answers about whom it cannot be told yet: their events are looked at again."""
        done = enroll(self.work, journey.version, entries, self.now, self.counts)
        if done.reason is not None:
            where = labelled(user=journey.user_id, journey=journey.journey_id)
            log.warning("it cannot be asked who may enter: %s", done.reason, extra=where)
        return done.undecided

    def _refusal(self, journey: Live, r: Received, subscriber: Subscriber | None) -> str | None:
        """Why this event lets nobody into this journey, whatever its re-entry rule."""
        state, reason = self.outcome[r.inbox_id]
        if subscriber is None or state != "routed":
            return REFUSED.get(reason or "", reason or "unknown_subscriber")
        if subscriber.status == "Unsubscribed" and not walks_on(journey.version):
            return "unsubscribed"
        max_age = journey.version.document.trigger.max_age
        if max_age is not None:
            zone = ZoneInfo(journey.version.zone)
            if after(r.event.occurred_at, max_age, zone) < r.received_at:
                return "too_old"
        return None

    def _entries(
        self,
        journey: Live,
        list_id: int,
        matched: Sequence[Received],
        people: Mapping[int, Subscriber],
    ) -> Iterable[Entry]:
        kind = self.kinds.entry(journey.version)
        for r in matched:
            subscriber = people.get(r.event.subscriber_id)
            refusal = self._refusal(journey, r, subscriber)
            if refusal is not None or subscriber is None:
                self.counts.append(_refused(journey.version, refusal or "unknown_subscriber"))
                continue
            person = self.key_of(journey.user_id, list_id, subscriber)
            mark = r.inbox_id.to_bytes(16, "big")
            yield Entry(
                version=journey.version,
                list_id=list_id,
                subscriber_id=subscriber.subscriber_id,
                person_key=person,
                entry_key=entry_key(
                    journey.version, person, mark, kind.correlation(r.event) if kind else None
                ),
                entry_event_id=r.inbox_id,
                hops=r.event.hops,
            )


def _fitness(event: Event, subscriber: Subscriber | None, now: datetime) -> Outcome:
    """What may come of this event? Events come late: what the host says by now counts."""
    if event.hops > MAX_HOPS:
        return LOOP
    if event.type == "subscriber_deleted":
        return "routed", None
    if subscriber is None:
        return "ignored", "unknown_subscriber"
    if event.type == "subscription" and subscriber.status == "Unsubscribed":
        return "ignored", "not_subscribed"
    late = now - event.occurred_at > BELIEVED
    if event.type == "unsubscription" and subscriber.subscribed and late:
        return "ignored", "subscribed_again"
    return "routed", None


def _why_nobody(event: Event) -> str:
    if event.data.get("automated"):
        return "automated"
    return "list_exists" if event.type == "list_deleted" else "no_journey"


def _refused(version: Version, reason: str) -> Count:
    of = (version.user_id, version.journey_id, version.version_id)
    return Count(*of, 0, "refused", reason, 1)
