"""What Subscribe, Unsubscribe and DeleteSubscriber have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from plugin.domain.catalog import Catalog
from plugin.domain.enrollment import Batch, EnrollmentId, Next, Outcome, Outcomes, Stay
from plugin.domain.host_codes import HELD
from plugin.engine import host_calls
from plugin.engine.awaiting import LOOK_AGAIN, told_by_host
from plugin.engine.host_writing import do
from plugin.engine.kinds import Action
from plugin.engine.membership import origins, tell
from plugin.engine.membership_port import Ask, Prospect, Result, Verb, Way
from plugin.engine.ports import CallResult, Count, Parcel, Work
from plugin.errors import CannotEvaluate, Problem


class MembershipStep(Action):
    """Results are counted under `result`, with the word or `refused:<reason>` as the remark."""

    changes_people = True
    verb: ClassVar[Verb]

    def list_of(self, batch: Batch) -> int:
        """The list that is meant."""
        list_id: int | None = self.params.get("list_id")
        return batch.list_id if list_id is None else list_id

    def outcome(self, result: Result, detail: Mapping[str, Any]) -> Outcome:
        """A refusal is a reason in the history, not an error."""
        return Next(detail)

    def notes(self, catalog: Catalog) -> Iterator[str]:
        if catalog.writes == "tables" and not catalog.undoes:
            yield (
                "This host's tables undo nothing: it is done after the step, at least once, and"
                " after an interruption the day's statistics may count somebody twice."
            )

    def run(self, batch: Batch, work: Work) -> Outcomes:
        list_id = self.list_of(batch)
        ask = Ask(
            user_id=batch.user_id,
            list_id=list_id,
            people=batch.subscribers,
            now=batch.now,
            here=list_id == batch.list_id,
            revive=self.params.get("revive", False),
            source=f"journey {batch.journey_id}",
        )
        asked = work.outbox.results(batch.step.id, batch.subscribers)
        outcomes, new = self._of_those_who_asked(batch, work, asked)
        if new:
            ask = replace(ask, people={i: batch.subscribers[i] for i in new})
            way = work.host.way(batch.user_id, list_id)
            run = self._at_once if way == "at_once" else self._later
            outcomes |= run(batch, work, ask, way)
        return outcomes

    def _of_those_who_asked(
        self, batch: Batch, work: Work, asked: Mapping[EnrollmentId, CallResult]
    ) -> tuple[dict[EnrollmentId, Outcome], list[EnrollmentId]]:
        """The outcomes of whom the host has been asked about, and who is to be asked about now."""
        outcomes, results = told_by_host(batch, asked)
        outcomes |= self._outcomes(batch, work, results, {})
        return outcomes, [i for i in batch.subscribers if i not in outcomes]

    def _at_once(self, batch: Batch, work: Work, ask: Ask, way: Way) -> dict[EnrollmentId, Outcome]:
        done = do(work, self.verb, ask)
        if done.changes:
            causes = {change.cause for change in done.changes}
            tell(work, ask, done, origins(work, {i: batch.visits[i] for i in causes}))
        return self._outcomes(batch, work, done.results, done.also)

    def _later(self, batch: Batch, work: Work, ask: Ask, way: Way) -> dict[EnrollmentId, Outcome]:
        """Promise it, for those to whom there is something to do."""
        by_call = way == "by_call"
        if by_call and not work.host.api_keys([batch.user_id]):
            raise CannotEvaluate("no_api_key", HELD["no_api_key"])
        prospect = work.host.prospect(self.verb, ask)
        outcomes = self._outcomes(batch, work, prospect.results, {})
        rest = [who for who in ask.people if who not in prospect.results]
        parcels = [self._parcel(batch, ask, who, prospect, by_call=by_call) for who in rest]
        work.outbox.post(_of(batch), parcels, batch.now)
        stay = Stay(batch.now + LOOK_AGAIN, {"asked": self.verb, "list_id": ask.list_id})
        return outcomes | dict.fromkeys(rest, stay)

    def _parcel(
        self, batch: Batch, ask: Ask, who: EnrollmentId, prospect: Prospect, *, by_call: bool
    ) -> Parcel:
        what = (
            host_calls.call(self.verb, ask, who, prospect)
            if by_call
            else host_calls.intent(self.verb, ask, who)
        )
        kind = "host_call" if by_call else "host_write"
        return host_calls.parcel(kind, who, batch.visits[who], ask.people[who], what)

    def _outcomes(
        self,
        batch: Batch,
        work: Work,
        results: Mapping[EnrollmentId, Result],
        also: Mapping[EnrollmentId, Mapping[int, Result]],
    ) -> dict[EnrollmentId, Outcome]:
        """Many people have the same result: one outcome is enough for them."""
        known: dict[Any, Outcome] = {}
        outcomes: dict[EnrollmentId, Outcome] = {}
        list_id = self.list_of(batch)
        for who, result in results.items():
            chained = tuple(sorted(also.get(who, {}).items()))
            if (result, chained) not in known:
                detail = _detail(result, list_id, chained)
                known[result, chained] = self.outcome(result, detail)
            outcomes[who] = known[result, chained]
        work.store.count(_counts(batch, results.values()), batch.now)
        return outcomes


def list_problem(catalog: Catalog, path: str, list_id: int | None) -> Iterator[Problem]:
    """A list that the owner does not have."""
    if list_id is not None and list_id not in catalog.lists:
        yield Problem(path, f"There is no list {list_id}. Choose another.")


def _detail(
    result: Result, list_id: int, chained: Iterable[tuple[int, Result]]
) -> Mapping[str, Any]:
    detail: dict[str, Any] = {"list_id": list_id, "result": result.word}
    if result.reason:
        detail["reason"] = result.reason
    also = [{"list_id": i, **_detail_of(r)} for i, r in chained]
    return {**detail, "also": also} if also else detail


def _detail_of(result: Result) -> Mapping[str, str]:
    reason = {"reason": result.reason} if result.reason else {}
    return {"result": result.word, **reason}


def _counts(batch: Batch, results: Iterable[Result]) -> list[Count]:
    of = (batch.user_id, batch.journey_id, batch.version_id, batch.step.id)
    words = Counter(f"{r.word}:{r.reason}" if r.reason else r.word for r in results)
    return [Count(*of, "result", word, n) for word, n in sorted(words.items())]


def _of(batch: Batch) -> Mapping[str, int]:
    return {
        "user_id": batch.user_id,
        "journey_id": batch.journey_id,
        "step_id": batch.step.id,
    }
