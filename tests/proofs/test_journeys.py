"""Many random journeys over random people: the batch executor against the plain interpreter."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

from tests.engine.conftest import WITHOUT_TLS
from tests.engine.oracle_family import Size
from tests.proofs.families import live
from tests.proofs.page import Row, record

SEED = int(os.environ.get("PROOF_SEED", "1000"))
#: Each has three journeys.
FAMILIES = int(os.environ.get("PROOF_FAMILIES", "100"))
SIZE = Size(people=200, turns=20)
PROCESSES = 2
FILES = ("plugin/engine/", "plugin/storage/", "plugin/host/", "tests/engine/oracle.py")


@pytest.mark.timeout(7200)
def test_the_executor_and_the_plain_interpreter_end_with_the_same(mariadb, commit):
    began, seeds = time.monotonic(), range(SEED, SEED + FAMILIES)
    counts: Counter[str] = Counter()
    wrong: dict[int, Any] = {}
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        parts = [
            pool.submit(live, mariadb.create_database(f"part_{n}") + WITHOUT_TLS, part, SIZE)
            for n, part in enumerate(seeds[n::PROCESSES] for n in range(PROCESSES))
        ]
        for part in parts:
            counts += part.result()[0]
            wrong |= part.result()[1]
    differences = sum(map(len, wrong.values()))
    figures = (
        f"{3 * FAMILIES} journeys × {SIZE.people} people × {SIZE.turns} ticks:"
        f" {counts['passages']} passages, {counts['steps']} steps, {counts['deliveries']}"
        f" deliveries, {counts['refused']} refusals; **{differences} differences**;"
        f" {time.monotonic() - began:.0f} s"
    )
    assert wrong == {}, figures
    what = "The executor and a plain interpreter, on MariaDB"
    record(Row(what, figures, f"{seeds[0]}–{seeds[-1]}", commit, FILES))
