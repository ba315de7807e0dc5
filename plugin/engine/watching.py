"""Regular looks over everybody inside: at exit rules and goals about people, and at accounts that
are gone.

Nobody's row is locked or changed here: whoever shall leave gets a note (see exits_port). One worker
at a time takes a look, part by part; it writes down how far it has come.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from plugin.domain.enrollment import EnrollmentId, SubscriberId
from plugin.engine.accounts import GONE
from plugin.engine.exit_rules import asks_about_people, held_against
from plugin.engine.goals import reached_by_people
from plugin.engine.ports import Begin, Version, Work
from plugin.engine.rounds_port import Place, Resident
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.errors import CannotEvaluate
from plugin.logs import at_version, labelled

log = logging.getLogger(__name__)

#: People looked at in one transaction.
BATCH = 1000
#: The states of people inside, in the order in which they are looked at.
STATES = ("entering", "waiting", "active", "held", "parked")
EXIT_RULES, ACCOUNTS = "exit_rules", "accounts"

People = Mapping[EnrollmentId, SubscriberId]
Leaver = tuple[int, EnrollmentId, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Watching:
    """One worker's part in it. Several may try at once."""

    begin: Begin
    every: timedelta
    around: Surroundings = PRODUCTION
    batch: int = BATCH

    def step(self) -> int:
        """One part, in one transaction. 0: nothing is to be looked at for now."""
        with self.begin() as work:
            now = self.around.clock(work)
            return self._accounts(work, now) or self._exit_rules(work, now)

    def _accounts(self, work: Work, now: datetime) -> int:
        """All journeys and people of accounts that the host has no more. Few people: one part."""
        if work.rounds.next(ACCOUNTS, now, self.every) is None:
            return 0
        owners = work.rounds.owners()
        try:
            known = work.host.accounts(owners)
        except CannotEvaluate as unreadable:
            log.warning("accounts cannot be looked at: %s", unreadable)
            known = dict.fromkeys(owners, True)
        for user_id in sorted(set(owners) - known.keys()):
            where = labelled(user=user_id)
            log.warning("the host has this account no more: its journeys end", extra=where)
            work.library.archive_account(user_id, now)
            work.exits.of_account(user_id, GONE, now)
        work.rounds.save(ACCOUNTS, None)
        return len(owners)

    def _exit_rules(self, work: Work, now: datetime) -> int:
        place = work.rounds.next(EXIT_RULES, now, self.every)
        if place is None:
            return 0
        journey = work.rounds.watched(int(place.get("journey", 0)))
        if journey is None:
            work.rounds.save(EXIT_RULES, None)
            return 0
        if journey.journey_id != place.get("journey"):
            place = {"journey": journey.journey_id, "state": 0, "after": 0}
        state = STATES[place["state"]]
        found = work.rounds.residents(journey, state, place["after"], self.batch)
        groups: dict[tuple[int, int], list[Resident]] = defaultdict(list)
        for one in found:
            groups[one.version_id, one.list_id].append(one)
        for (version_id, list_id), people in groups.items():
            version = work.store.version(version_id)
            asked = {one.enrollment_id: one.subscriber_id for one in people}
            self._goals(work, version, list_id, asked, now)
            work.exits.by_rule(self._leavers(work, version, list_id, asked, now), now)
        work.rounds.save(EXIT_RULES, self._further(place, found))
        return max(1, len(found))

    def _further(self, place: Place, found: Sequence[Resident]) -> Place:
        if len(found) == self.batch:
            return {**place, "after": found[-1].enrollment_id}
        if place["state"] + 1 < len(STATES):
            return {**place, "state": place["state"] + 1, "after": 0}
        return {"journey": place["journey"] + 1, "state": 0, "after": 0}

    def _leavers(
        self, work: Work, version: Version, list_id: int, people: People, now: datetime
    ) -> list[Leaver]:
        """Those whom a rule of their version fits; of whom it cannot be told, nothing is said."""
        if not asks_about_people(version):
            return []
        try:
            said = held_against(work, version, list_id, people, now)
        except CannotEvaluate as gone:
            log.warning("exit rules: %s", gone, extra=at_version(version))
            return []
        return [(version.user_id, who, found.detail) for who, found in said.items() if found.leaves]

    def _goals(
        self, work: Work, version: Version, list_id: int, people: People, now: datetime
    ) -> None:
        """Who has reached one, and a note for those whom it leads elsewhere."""
        found = reached_by_people(work, version, list_id, people, now)
        work.exits.by_goal([(version.user_id, who, *how) for who, how in found.led.items()], now)
        work.store.count(found.counts, now)
