"""Let people enter another journey, by that journey's own re-entry rule."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from marshmallow import Schema, fields, validate

from plugin.domain.catalog import Catalog
from plugin.domain.enrollment import Batch, EnrollmentId, Failed, Hold, Next, Outcome, Outcomes
from plugin.engine.entering import MAX_HOPS, enroll, entry_key
from plugin.engine.kinds import Action, Cause, Lists
from plugin.engine.ports import Count, Entry, Version, Work
from plugin.errors import NotFound, Problem

GONE = Hold("journey_missing", "The journey that this step starts is gone. Choose another.")
#: Of a way that goes round, so many journeys are told.
TOLD = 8
LOOP = (
    f"Journeys have started one another {MAX_HOPS} times in a row without a wait: {{}}."
    " Put a Wait into one of them, or take out the step that closes the circle, then try again."
)


class StartJourney(Action):
    name = "StartJourney"
    label = "Start a journey"
    icon = "bolt"
    family = "logic"
    example = {"journey_id": 1}

    class Params(Schema):
        journey_id = fields.Integer(
            strict=True,
            required=True,
            validate=validate.Range(min=1),
            metadata={"widget": "journey", "label": "Journey"},
        )

    def summary(self, catalog: Catalog) -> str:
        return f"Starts “{catalog.journey_name(self.params['journey_id'])}”"

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        journey_id = self.params["journey_id"]
        if journey_id not in catalog.journeys:
            yield Problem("/journey_id", f"There is no journey {journey_id}. Choose another.")

    def causes(self) -> Iterator[Cause]:
        yield Cause("start", journey_id=self.params["journey_id"])

    def run(self, batch: Batch, work: Work) -> Outcomes:
        """One enrollment each, at most: those whom the journey refuses go on, with the reason."""
        try:
            status, version_id = work.library.live_version(batch.user_id, self.params["journey_id"])
        except NotFound:
            return dict.fromkeys(batch.subscribers, GONE)
        if status != "enabled" or version_id is None:
            return dict.fromkeys(batch.subscribers, self._went_on("refused", "journey_disabled"))
        version = work.store.version(version_id)
        origins = work.store.origins(list(batch.subscribers))
        looping = self._looping(
            batch, work, [i for i, origin in origins.items() if origin.hops >= MAX_HOPS]
        )
        entries = [
            Entry(
                version=version,
                list_id=batch.list_id,
                subscriber_id=batch.subscribers[i].subscriber_id,
                person_key=origin.person_key,
                entry_key=entry_key(version, origin.person_key, _mark(i, batch.visits[i])),
                entry_event_id=None,
                hops=origin.hops + 1,
                origin_enrollment_id=i,
            )
            for i, origin in origins.items()
            if i not in looping
        ]
        return self._enroll(batch, work, version, entries) | looping

    def _enroll(
        self, batch: Batch, work: Work, version: Version, entries: Sequence[Entry]
    ) -> dict[EnrollmentId, Outcome]:
        """What came of each entry."""
        if not entries:
            return {}
        counts: list[Count] = []
        done = enroll(work, version, entries, batch.now, counts)
        work.store.count(counts, batch.now)
        mine = {e.origin_enrollment_id: e.subscriber_id for e in entries if e.origin_enrollment_id}
        outcomes: dict[EnrollmentId, Outcome] = dict.fromkeys(
            mine, self._went_on("refused", version.document.reentry.rule)
        )
        started = work.store.started(version.journey_id, list(mine), batch.now)
        outcomes |= dict.fromkeys(started, self._went_on("entered", None))
        away = self._went_on("refused", "entry_criteria")
        outcomes |= {i: away for i, who in mine.items() if who in done.turned_away}
        reason = str(done.reason or "A rule of its entry criteria has no answer yet.")
        undecided = Hold(
            "entry_criteria", f"Who may enter the other journey is not known: {reason}"
        )
        return outcomes | {i: undecided for i, who in mine.items() if who in done.undecided}

    def _looping(
        self, batch: Batch, work: Work, ids: Sequence[EnrollmentId]
    ) -> dict[EnrollmentId, Outcome]:
        """Parked, with the way that led here: no try of the same would end otherwise."""
        if not ids:
            return {}
        names = work.library.names(batch.user_id)
        ways = work.store.lineage(ids, TOLD)
        outcomes: dict[EnrollmentId, Outcome] = {}
        for i in ids:
            ahead = [*reversed(ways.get(i, ())), self.params["journey_id"]]
            way = " → ".join(f"“{names.get(j, j)}”" for j in ahead)
            outcomes[i] = Failed("loop", LOOP.format(f"… {way}"), {"path": ahead}, final=True)
        return outcomes

    def _went_on(self, result: str, reason: str | None) -> Next:
        detail = {"journey": self.params["journey_id"], "result": result}
        return Next(detail | ({"reason": reason} if reason else {}))


def _mark(enrollment_id: EnrollmentId, visit: int) -> bytes:
    """The same for one visit however often it is tried, and unlike any event's."""
    return hashlib.blake2b(f"start {enrollment_id} {visit}".encode(), digest_size=16).digest()
