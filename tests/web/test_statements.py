"""A page asks the database as often for many rows as for few, the host's tables included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from devtools.page_journeys import DRAFT
from devtools.page_world import MANAGER
from plugin.engine.reading import PAGE_ROWS
from tests.web.conftest import Visit


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements of every engine, in order."""
    seen: list[str] = []

    def note(_c: object, _k: object, text: str, *_: object) -> None:
        seen.append(text)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def statements(visit: Visit, path: str) -> int:
    visit.get(path)  # so that what is looked up once a process has been looked up
    with counting() as seen:
        assert visit.get(path).status_code == 200
    return len(seen)


@pytest.fixture
def visit(world) -> Visit:
    return Visit(world.visitor(MANAGER, "view"))


def test_the_list_of_many_journeys_costs_as_much_as_that_of_few(world, visit):
    few = statements(visit, "/")
    for n in range(40):
        world.add(f"more {n}", DRAFT, on=False)
    assert statements(visit, "/") == few


def test_a_page_full_of_people_costs_as_much_as_a_page_of_some(world, visit):
    path = f"/{world.journeys['welcome']}/people?state=waiting"
    few = statements(visit, path)
    table = world.tables.enrollments
    same = (table.c.journey_id == world.journeys["welcome"], table.c.state == "waiting")
    with world.engine.begin() as connection:
        row = connection.execute(sa.select(table).where(*same).limit(1)).mappings().one()
        more = dict(row, id=None, entry_key=None)
        connection.execute(
            sa.insert(table), [more | {"subscriber_id": n} for n in range(PAGE_ROWS + 20)]
        )
    assert statements(visit, path) == few


def test_a_long_history_costs_as_much_as_a_short_one(world, visit):
    path = f"/{world.journeys['welcome']}/people/1"
    short = statements(visit, path)
    table = world.tables.step_log
    with world.engine.begin() as connection:
        line = connection.execute(
            sa.select(table).where(table.c.enrollment_id == 1).limit(1)
        ).mappings()
        more = dict(line.one())
        connection.execute(sa.insert(table), [more | {"visit": n} for n in range(100, 300)])
    assert statements(visit, path) == short
