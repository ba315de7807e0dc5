"""What AddTag and RemoveTag have in common: a call of the host's API for each who needs one.

The host takes several subscribers in one call, but answers for all of them together. One call each
keeps one person's fault theirs, and what was done twice does no harm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

from marshmallow import Schema, fields, validate

from plugin.domain.catalog import Catalog
from plugin.domain.enrollment import Batch, EnrollmentId, Hold, Next, Outcome, Outcomes, Stay
from plugin.domain.host_codes import HELD
from plugin.engine import host_calls
from plugin.engine.awaiting import LOOK_AGAIN, told_by_host
from plugin.engine.causing import tag_changes
from plugin.engine.kinds import Action, Cause, Lists
from plugin.engine.membership_port import Result
from plugin.engine.ports import Count, Work
from plugin.errors import Problem

_NOT_ON_LIST = Result("refused", "not_on_list")


class TagStep(Action):
    """Results are counted under `result`, with the word or `refused:<reason>` as the remark."""

    family = "data"
    verb: ClassVar[Literal["tag", "untag"]]
    done: ClassVar[str]  #: what the host has done then
    already: ClassVar[str]  #: what is said of somebody for whom there is nothing to do

    class Params(Schema):
        """A tag belongs to a list. If it is another list than that on which people are in the
        journey, their row on that list is meant, by their address; whoever is not there goes on
        with the reason `not_on_list` in their history."""

        tag_id = fields.Integer(
            strict=True,
            required=True,
            validate=validate.Range(min=1),
            metadata={"widget": "tag", "label": "Tag"},
        )

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        tag_id = self.params["tag_id"]
        if catalog.tables_of_tags and tag_id not in catalog.tags:
            yield Problem("/tag_id", f"There is no tag {tag_id}. Choose another.")

    def causes(self) -> Iterator[Cause]:
        yield Cause(self.verb, tag_id=self.params["tag_id"])

    def notes(self, catalog: Catalog) -> Iterator[str]:
        if not catalog.calls:
            yield (
                "Tags are written through the host's API only. Until the admin sets"
                " JOURNEYS_HOST_API_URL and you have an API key in the host, people are held here."
            )

    def run(self, batch: Batch, work: Work) -> Outcomes:
        asked = work.outbox.results(batch.step.id, batch.subscribers)
        outcomes, results = told_by_host(batch, asked)
        changed = [who for who, result in results.items() if result.word == self.done]
        tag_changes(work, batch, self.verb, self.params["tag_id"], changed)
        new = [i for i in batch.subscribers if i not in outcomes and i not in results]
        if new:
            more, prospects = self._ask(batch, work, new)
            outcomes |= more
            results |= prospects
        work.store.count(_counts(batch, results.values()), batch.now)
        return outcomes | {who: self._next(result) for who, result in results.items()}

    def _ask(
        self, batch: Batch, work: Work, new: Sequence[EnrollmentId]
    ) -> tuple[dict[EnrollmentId, Outcome], dict[EnrollmentId, Result]]:
        """Post a call for those who need one. Raises CannotEvaluate when the tag is gone."""
        ids = {i: batch.subscribers[i].subscriber_id for i in new}
        tag_id = self.params["tag_id"]
        sight = work.host.tag_sight(batch.user_id, batch.list_id, list(ids.values()), tag_id)
        results: dict[EnrollmentId, Result] = {}
        rows: dict[EnrollmentId, int] = {}
        for who, subscriber_id in ids.items():
            row = sight.rows.get(subscriber_id)
            if row is None:
                results[who] = _NOT_ON_LIST
            elif sight.has is not None and (subscriber_id in sight.has) == (self.verb == "tag"):
                results[who] = Result(self.already)
            else:
                rows[who] = row
        hold = _cannot_call(batch, work) if rows else None
        if hold is not None:
            return dict.fromkeys(rows, hold), results
        self._post(batch, work, sight.list_id, rows)
        stay = Stay(batch.now + LOOK_AGAIN, {"asked": self.verb, "tag_id": tag_id})
        return dict.fromkeys(rows, stay), results

    def _post(
        self, batch: Batch, work: Work, list_id: int, rows: Mapping[EnrollmentId, int]
    ) -> None:
        parcels = [
            host_calls.parcel(
                "host_call",
                who,
                batch.visits[who],
                batch.subscribers[who],
                {
                    "Command": f"subscriber.{self.verb}",
                    "ResponseFormat": "JSON",
                    "SubscriberListID": list_id,
                    "SubscriberID": row,
                    "TagID": self.params["tag_id"],
                },
            )
            for who, row in rows.items()
        ]
        of = {"user_id": batch.user_id, "journey_id": batch.journey_id, "step_id": batch.step.id}
        work.outbox.post(of, parcels, batch.now)

    def _next(self, result: Result) -> Outcome:
        """A refusal is a reason in the history, not an error."""
        detail: dict[str, Any] = {"tag_id": self.params["tag_id"], "result": result.word}
        return Next(detail | ({"reason": result.reason} if result.reason else {}))


def _cannot_call(batch: Batch, work: Work) -> Hold | None:
    if not work.host.can_call():
        return Hold("no_api_address", HELD["no_api_address"])
    if not work.host.api_keys([batch.user_id]):
        return Hold("no_api_key", HELD["no_api_key"])
    return None


def _counts(batch: Batch, results: Iterable[Result]) -> list[Count]:
    of = (batch.user_id, batch.journey_id, batch.version_id, batch.step.id)
    words = Counter(f"{r.word}:{r.reason}" if r.reason else r.word for r in results)
    return [Count(*of, "result", word, n) for word, n in sorted(words.items())]
