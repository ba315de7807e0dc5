"""Four workers, a crowd, and edits, pauses, unsubscriptions and deletions in between."""

from __future__ import annotations

import os
import time
from collections import Counter

import pytest

from tests.chaos.campaign import drain
from tests.chaos.runs import Ground, staged
from tests.chaos.world import make_people
from tests.proofs.crowd import Hands, wrong_with
from tests.proofs.page import Row, record

SEED = int(os.environ.get("PROOF_SEED", "4"))
PEOPLE = int(os.environ.get("PROOF_PEOPLE", "100000"))
WORKERS = 4
FILES = ("plugin/engine/", "plugin/storage/", "plugin/worker.py", "tests/proofs/crowd.py")
KNOBS = {"tick_rows": 500, "intake_rows": 1000, "delivery_seconds": 15.0}


@pytest.mark.timeout(7200)
def test_four_workers_do_everything_once_whatever_happens(
    mariadb, mysql_url, redis_url, tmp_path, commit
):
    people, began = make_people(PEOPLE, SEED), time.monotonic()
    ground = Ground(mariadb, mysql_url, redis_url, tmp_path, SEED, "calm", KNOBS)
    with staged(ground, people) as stage:
        for _ in range(WORKERS):
            stage.crew.worker()
        hands = Hands(stage.world, SEED)
        hands.report(people)
        while "people inside" in (left := stage.world.work_left()) or "events to route" in left:
            hands.do_something(all_in="events to route" not in left)
            time.sleep(0.5)
            assert stage.crew.someone_works()
        drain(stage.world, stage.crew, seconds=3600)
        stage.crew.end_in_order()
        fates, counters = stage.world.fates(), stage.world.counters()
        again, _ = stage.crew.received.repeats()
        too_late = hands.too_late()
    wrong = {
        p.id: found for p in people if (found := wrong_with(p, fates.get(p.id), hands)) is not None
    }
    ends = {remark: n for (_, figure, remark), n in counters.items() if figure == "ended"}
    acts = ", ".join(f"{n} × {act}" for act, n in sorted(hands.acts.items()))
    figures = (
        f"{WORKERS} workers × {PEOPLE} enrollments while {acts} ({len(hands.gone)} unsubscribed,"
        f" {len(hands.deleted)} deleted): ended {ends}; **{len(wrong)} people otherwise than they"
        f" must be, {too_late} steps after an unsubscription or a pause**, {again} webhooks sent"
        f" again with the known key; {time.monotonic() - began:.0f} s"
    )
    assert (wrong, too_late) == ({}, 0), figures
    entered = sum(n for (_, figure, _), n in counters.items() if figure == "entered")
    assert entered == sum(ends.values())
    assert _standing(counters) == {}
    record(Row("Four workers and a crowd, on MariaDB and Redis", figures, str(SEED), commit, FILES))


def _standing(counters) -> dict[int, int]:
    """Where the figures say that somebody stands yet."""
    here: Counter[int] = Counter()
    for (step, figure, _), n in counters.items():
        here[step] += {"arrived": n, "left": -n}.get(figure, 0)
    return {step: n for step, n in here.items() if n}
