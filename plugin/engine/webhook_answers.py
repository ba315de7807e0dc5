"""What becomes of people whose webhook has been answered: where they go, and what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugin.domain.enrollment import Batch, Branch, End, EnrollmentId, Next, Outcome, Stay
from plugin.engine.ports import CallResult, Work
from plugin.engine.terms import fitting

#: What may become of people whose request has failed for good.
POLICIES = ("go_on", "branch", "end")
#: The reason of who ends for it.
END_REASON = "webhook_failed"


class Answers:
    """`params` are those of the step. `still` is for those whose request is under way."""

    def __init__(self, params: Mapping[str, Any], still: Stay) -> None:
        self._params, self._still = params, still

    def outcomes(
        self, batch: Batch, work: Work, asked: Mapping[EnrollmentId, CallResult]
    ) -> dict[EnrollmentId, Outcome]:
        done = {i: found.result for i, found in asked.items() if "kept" in found.result}
        left_out = self._keep(batch, work, done)
        outcomes: dict[EnrollmentId, Outcome] = {}
        for who, found in asked.items():
            if found.ended_at is None:
                outcomes[who] = self._still
            elif who in done:
                outcomes[who] = Next(self._told(found.result, left_out.get(who, ())))
            else:
                outcomes[who] = self._failed(batch, found.result)
        return outcomes

    def _keep(
        self, batch: Batch, work: Work, done: Mapping[EnrollmentId, Mapping[str, Any]]
    ) -> Mapping[EnrollmentId, tuple[str, ...]]:
        """Keep the values; answers the names that had no room. A name that this step keeps and
        the answer lacks has no value, whatever an earlier step has kept under it."""
        names = self._params["keep"]
        if not names or not done:
            return {}
        before = work.beside.read(batch.user_id, list(done))
        kept, left_out = {}, {}
        for who, result in done.items():
            known = before[who].kept if who in before else {}
            others = {name: value for name, value in known.items() if name not in names}
            merged = fitting(others, result["kept"].items())
            kept[who] = merged.values
            left_out[who] = (*result.get("left_out", ()), *merged.left_out)
        work.beside.keep(batch.user_id, kept)
        return left_out

    def _told(self, result: Mapping[str, Any], left_out: tuple[str, ...]) -> Mapping[str, str]:
        """For the history: the answer, and by name what of it is kept, what was not in it, and
        what was too large."""
        kept = [name for name in result["kept"] if name not in left_out]
        absent = self._params["keep"].keys() - result["kept"] - set(left_out)
        told = {"kept": kept, "not_in_it": sorted(absent), "too_large": left_out}
        names = {word: ", ".join(of) for word, of in told.items() if of}
        return {"answer": str(result["status"]), **names}

    def _failed(self, batch: Batch, result: Mapping[str, Any]) -> Outcome:
        detail = {"answer": str(result.get("failed", "")), "tries": result.get("tries", 0)}
        policy = self._params["on_failure"]
        if policy is None:
            policy = "branch" if batch.step.branches.get("failed") else "go_on"
        match policy:
            case "branch":
                return Branch("failed", detail)
            case "end":
                return End(END_REASON, detail)
            case _:
                return Next(detail)
