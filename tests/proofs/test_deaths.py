"""Two deaths at points by chance: nothing is lost, nothing is doubled."""

from __future__ import annotations

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.engine.conftest import WITHOUT_TLS
from tests.proofs.deaths import Ended, Pair, die, pairs, passings
from tests.proofs.page import Row, record

SEED = int(os.environ.get("PROOF_SEED", "20261127"))
PAIRS = int(os.environ.get("PROOF_PAIRS", "500"))
PROCESSES = 2
FILES = ("plugin/engine/", "plugin/storage/", "tests/engine/lives.py")


@pytest.mark.timeout(7200)
def test_two_deaths_lose_nothing_and_double_nothing(mariadb, commit):
    began = time.monotonic()

    def database(name: str) -> str:
        return mariadb.create_database(name) + WITHOUT_TLS

    passed = passings(database("passings"))
    singles: list[Pair] = [((point, 1), ("none", 1)) for point in sorted(passed)]
    chosen = singles + pairs(SEED, PAIRS, passed)
    ends: list[Ended] = []
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        parts = [
            pool.submit(die, database(f"part_{n}"), chosen[n::PROCESSES]) for n in range(PROCESSES)
        ]
        for part in parts:
            ends += part.result()
    for end in ends:
        if end.wrong:
            print(f"seed {SEED}: {end}")
    twice = sum(end.died == 2 for end in ends)
    figures = (
        f"{len(passed)} points, each once, and {PAIRS} random pairs ({twice} lives with both"
        f" deaths): **{sum(end.lost for end in ends)} lost,"
        f" {sum(end.doubled for end in ends)} doubled**,"
        f" {sum(end.redelivered for end in ends)} sent again with the known key;"
        f" {time.monotonic() - began:.0f} s"
    )
    assert [end for end in ends if end.wrong] == [], figures
    assert all(end.died for end in ends)
    what = "Deaths at every point, and by two, on MariaDB"
    record(Row(what, figures, str(SEED), commit, FILES))
