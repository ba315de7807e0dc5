"""Lots: which of several arms somebody has, by a hash. Whoever asks again is told the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from itertools import accumulate

from plugin.domain.enrollment import EnrollmentId
from plugin.domain.program import StepId

#: A lot is a whole number below this.
LOTS = 2**64


def lot(installation: str, enrollment_id: EnrollmentId, step_id: StepId) -> int:
    """The lot of one passage at one step: even over all of them, and of no other step's telling."""
    text = f"{installation}|{enrollment_id}|{step_id}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def drawn(lot: int, weights: Mapping[str, int]) -> str:
    """The name to which the lot falls. Each has its weight's part of all lots, in their order."""
    place = lot * sum(weights.values()) // LOTS
    bounds = zip(weights, accumulate(weights.values()), strict=True)
    return next(name for name, bound in bounds if place < bound)


def share(weight: int, total: int) -> str:
    """“50 %”, “33.3 %”, “< 0.1 %”."""
    part = 100 * weight / total
    return "< 0.1 %" if part < 0.05 else f"{f'{part:.1f}'.removesuffix('.0')} %"
