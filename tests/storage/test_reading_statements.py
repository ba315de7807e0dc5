"""How the pages' reading asks: as often for two hundred rows as for one, and always for a user."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from plugin.engine.reading import PeopleFilter
from tests.storage.rows import MINE, THEIRS, Rows

VERBS: dict[str, Callable[[Rows], object]] = {
    "journeys": lambda rows: rows.reading.journeys(MINE),
    "journey": lambda rows: rows.reading.journey(MINE, 1),
    "versions": lambda rows: rows.reading.versions(MINE, 1),
    "inside": lambda rows: rows.reading.inside(MINE, 1),
    "people": lambda rows: rows.reading.people(MINE, 1, PeopleFilter(step_id=11, state="held")),
    "person": lambda rows: rows.reading.person(MINE, 1, 1),
}


@pytest.fixture
def rows(database, tables) -> Rows:
    return Rows(database, tables)


def fill(rows: Rows, *ids: int) -> None:
    """For each id one more journey, person, line of history, delivery, try and count."""
    for i in ids:
        rows.journey(i)
        rows.enroll(i, state="held")
        rows.log(1, i)
        rows.delivery(i, 1, i)
        rows.attempt(i, 1)
        rows.count(11 + i, "arrived", "", 1)


@pytest.mark.parametrize("verb", VERBS)
def test_the_number_of_statements_does_not_grow_with_the_rows(rows, recorder, verb):
    counts = []
    for ids in ((1,), range(2, 201)):
        fill(rows, *ids)
        with recorder.recording(rows.database.engine) as statements:
            VERBS[verb](rows)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 6


@pytest.mark.parametrize("verb", VERBS)
def test_every_statement_on_our_tables_names_the_user(rows, recorder, verb):
    fill(rows, 1)
    with recorder.recording(rows.database.engine) as statements:
        VERBS[verb](rows)
    asked = [(text, given) for text, given in statements if re.search(r"FROM [`\"]?jny_", text)]
    assert asked
    for text, given in asked:
        assert "user_id" in text.split("WHERE")[1], text
        assert str(MINE) in given, text
        assert str(THEIRS) not in given
