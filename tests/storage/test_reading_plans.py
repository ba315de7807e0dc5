"""What the pages cost on MariaDB: no big table is read whole or sorted, whoever is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext

import pytest
import sqlalchemy as sa

from plugin.engine.reading import PAGE_ROWS, PeopleFilter
from plugin.storage.database import Database
from plugin.storage.reading import SqlReading
from plugin.storage.tables import Tables
from tests.storage.rows import MINE, NOW, THEIRS, Rows, addresses_of

PEOPLE = 6000
STATES = ("waiting", "ended", "waiting", "ended", "active", "waiting")

#: What is found by reading no more than a few pages' worth of any index.
PAGES = {
    "all": PeopleFilter(),
    "inside": PeopleFilter(state="inside"),
    "waiting": PeopleFilter(state="waiting"),
    "ended": PeopleFilter(state="ended"),
    "held": PeopleFilter(state="held"),
    "older": PeopleFilter(before_id=PEOPLE // 2),
    "an address": PeopleFilter(email="p70@example.com"),
    "a subscriber": PeopleFilter(subscriber_id=70),
    "a subscriber inside": PeopleFilter(subscriber_id=70, state="inside"),
}
#: What has to look at everybody at the step, in an index that holds all that is asked.
STEPS = {
    "a step": PeopleFilter(step_id=11),
    "inside at a step": PeopleFilter(step_id=11, state="inside"),
    "held at a step": PeopleFilter(step_id=11, state="held"),
    "older at a step": PeopleFilter(step_id=11, before_id=PEOPLE // 2),
}
VERBS: dict[str, Callable[[Rows], object]] = {
    "journeys": lambda rows: rows.reading.journeys(MINE),
    "journey": lambda rows: rows.reading.journey(MINE, 1),
    "who is inside": lambda rows: rows.reading.inside(MINE, 1),
    "who is inside while off": lambda rows: rows.reading.inside(MINE, 2),
    "person": lambda rows: rows.reading.person(MINE, 1, 70),
}
BIG = ("jny_enrollments", "jny_counters", "jny_deliveries")


@pytest.fixture(scope="module")
def rows(module_mysql_url: str) -> Iterator[Rows]:
    """Two journeys of ours and one of theirs, whose people entered last."""
    database, tables = Database(module_mysql_url), Tables("jny_")
    tables.metadata.create_all(database.engine)
    rows = Rows(database, tables)
    rows.journey(1)
    rows.journey(2, status="disabled")
    rows.journey(3, THEIRS)
    _people(rows)
    _counts_and_deliveries(rows)
    with database.engine.connect() as connection:
        for name in tables.metadata.tables:
            connection.exec_driver_sql(f"ANALYZE TABLE {name}").all()
    yield rows
    database.engine.dispose()


def _people(rows: Rows) -> None:
    for state in set(STATES):
        ids = [i for i in range(1, PEOPLE) if STATES[i % 6] == state and i % 60 not in (40, 50)]
        rows.enroll(*ids, state=state, step_id=12 if state == "ended" else 11)
    for state, rest in {"held": 40, "parked": 50}.items():
        rows.enroll(*range(rest, PEOPLE, 60), state=state)
    rows.enroll(*range(PEOPLE, PEOPLE + 1000), journey_id=2)
    rows.enroll(*range(PEOPLE + 1000, PEOPLE * 2), journey_id=3, user_id=THEIRS)


def _counts_and_deliveries(rows: Rows) -> None:
    tables = rows.tables
    rows.count(11, "arrived", "", 1)
    rows.delivery(1, 1, 1, state="done", next_at=None)
    with rows.database.begin() as connection:
        for table, column, changed in (
            (tables.counters, "user_id", f"CASE WHEN MOD(s.seq, 2) THEN {MINE} ELSE {THEIRS} END"),
            (tables.deliveries, "enrollment_id", "s.seq"),
        ):
            names = [c.name for c in table.c if c.name != "id"]
            values = [changed if name == column else f"t.{name}" for name in names]
            connection.exec_driver_sql(
                f"INSERT INTO {table.name} ({','.join(names)}) SELECT {','.join(values)}"
                f" FROM {table.name} t JOIN seq_2_to_{PEOPLE} s"
            )


def plans(rows: Rows, ask: Callable[[Rows], object]) -> list[sa.RowMapping]:
    """What MariaDB means to do with the big tables, for each statement of the verb."""
    asked: list[tuple[str, object]] = []
    engine = rows.database.engine

    def note(_c: object, _k: object, text: str, parameters: object, *_: object) -> None:
        if text.startswith("SELECT"):
            asked.append((text, parameters))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        ask(rows)
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        explained = [connection.exec_driver_sql(f"EXPLAIN {text}", given) for text, given in asked]
        lines = [line for answer in explained for line in answer.mappings()]
    return [line for line in lines if line["table"] in BIG]


def people(wanted: PeopleFilter) -> Callable[[Rows], object]:
    return lambda rows: rows.reading.people(MINE, 1, wanted)


@pytest.mark.parametrize("verb", [*VERBS, *PAGES, *STEPS])
def test_no_page_reads_a_big_table_whole_or_sorts_it(rows, verb):
    ask = VERBS.get(verb) or people({**PAGES, **STEPS}[verb])
    found = plans(rows, ask)
    assert found
    for line in found:
        assert line["type"] not in ("ALL", "index"), line
        assert "filesort" not in (line["Extra"] or ""), line


@pytest.mark.parametrize("verb", STEPS)
def test_who_is_at_a_step_is_found_in_an_index_alone(rows, verb):
    *_, ids = plans(rows, people(STEPS[verb]))
    assert ids["key"] == "ix_jny_enrollments_claim"
    assert "Using index" in ids["Extra"].split("; ")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_people_reads_a_few_pages_of_rows(rows, page):
    """Five states, a page of each, gathered and then looked up: 25 pages do."""
    with rows.database.engine.connect() as connection:
        reading = SqlReading(
            rows.tables, lambda: nullcontext(connection), addresses_of, lambda: NOW
        )
        before = reads(connection)
        found = reading.people(MINE, 1, PAGES[page])
        after = reads(connection)
    assert found
    assert after - before <= 25 * PAGE_ROWS


def reads(connection: sa.Connection) -> int:
    """Rows and entries of indexes that this connection has read."""
    shown = connection.exec_driver_sql("SHOW SESSION STATUS LIKE 'Handler_read%%'")
    return sum(int(n) for _, n in shown)
