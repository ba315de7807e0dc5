"""The statements about activities and other lists read the rows they need, by an index."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from plugin.domain.criteria import ActivityRule, AnyRule, Condition, ListRule
from tests.host.world import LIST, NOW, OTHER_LIST, OWNER, World

PEOPLE = 3000


@pytest.fixture(scope="module")
def busy(shared_world: World) -> World:
    """A list whose people opened and clicked a lot, and are on another list too."""
    world = shared_world.begin_anew()
    people = {n: f"p{n}@example.com" for n in range(1, PEOPLE + 1)}
    world.subscribe(people)
    world.subscribe(people, OTHER_LIST)
    ids = {"RelListID": LIST, "RelOwnerUserID": OWNER}
    rows = [{"RelSubscriberID": n, "OpenDate": "2026-06-01 10:00:00"} | ids for n in people] * 3
    link = {"LinkURL": "https://example.com/"}
    clicks = [
        {"RelSubscriberID": n, "ClickDate": "2026-06-01 10:00:00"} | ids | link for n in people
    ]
    with world.engine.begin() as connection:
        connection.execute(sa.insert(world.tables.stats_open), rows)
        connection.execute(sa.insert(world.tables.stats_link), clicks)
        tables = ("stats_open", "stats_link", f"subscribers_{LIST}", f"subscribers_{OTHER_LIST}")
        for table in tables:
            verb = "ANALYZE" if world.is_sqlite else "ANALYZE TABLE"
            connection.execute(sa.text(f"{verb} oempro_{table}")).close()
    return world


def plan(world: World, rule: AnyRule, about: str) -> str:
    """How the database runs the statement about that table, for a hundred people."""
    ids = list(range(1, 101))
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _k: Any, statement: str, values: Any, *_: Any) -> None:
        seen.append((statement, values))

    with world.host() as host:
        host.answers(LIST, ids, [rule], NOW)
        sa.event.listen(world.engine, "before_cursor_execute", note)
        host.answers(LIST, ids, [rule], NOW)
        sa.event.remove(world.engine, "before_cursor_execute", note)
    (asked,) = [(text, values) for text, values in seen if about in text]
    explain = "EXPLAIN QUERY PLAN" if world.is_sqlite else "EXPLAIN"
    with world.engine.begin() as connection:
        rows = connection.exec_driver_sql(f"{explain} {asked[0]}", asked[1]).mappings().all()
    return "\n".join(" ".join(map(str, row.values())) for row in rows)


@pytest.mark.parametrize(
    ("rule", "table"),
    [
        (ActivityRule("opened"), "stats_open"),
        (ActivityRule("opened", when=Condition("in_last_days", 30)), "stats_open"),
        (ActivityRule("clicked", url=Condition("contains", "x")), "stats_link"),
    ],
    ids=["opens", "opens lately", "clicks"],
)
def test_activities_are_found_by_list_and_subscriber(
    busy: World, rule: ActivityRule, table: str
) -> None:
    assert "idx_subscriber" in plan(busy, rule, table)


def test_people_are_looked_up_on_another_list_by_their_address(busy: World) -> None:
    found = plan(busy, ListRule(OTHER_LIST, "present"), "theirs")
    assert "idx_email" in found
    assert "SCAN theirs" not in found and " ALL " not in found
