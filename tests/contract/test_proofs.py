"""docs/proofs.md: what its rows say can be looked up."""

from __future__ import annotations

import re

import pytest

from tests.proofs.page import HEAD, PAGE, ROOT, Row, rows, with_row

ROW = Row("A proof", "3 × 4: **0 differences**", "7", "0123abcdef", ("plugin/engine/", "setup.cfg"))


def test_every_row_names_files_that_exist_a_seed_and_a_commit():
    for row in rows(PAGE.read_text("utf-8")):
        assert [name for name in row.files if not (ROOT / name).exists()] == [], row.what
        assert row.files
        assert row.seed
        assert re.fullmatch(r"[0-9a-f]{10}\+?", row.commit), row.what
        assert re.search(r"\d", row.figures), row.what


def test_a_result_takes_the_place_of_the_earlier_one_of_the_same_proof():
    page = with_row(f"# Proofs\n\nWords.\n\n{HEAD}\n|---|---|---|---|---|\n", ROW)
    assert rows(page) == [ROW]
    other, newer = Row("B", "1", "2", "a" * 10, ("docs/",)), Row("A proof", "9", "8", "b", ("x",))
    page = with_row(with_row(page, other), newer)
    assert rows(page) == [newer, other]
    assert page.startswith("# Proofs\n\nWords.\n\n")


@pytest.mark.parametrize("cell", ["what", "figures", "seed", "commit"])
def test_no_cell_is_lost_on_the_way(cell):
    page = with_row(f"{HEAD}\n|---|---|---|---|---|\n", ROW)
    assert getattr(rows(page)[0], cell) == getattr(ROW, cell)
