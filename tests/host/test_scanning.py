"""Stretches of a list: everybody in turn, or those whose date in a column of any type is met."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plugin.domain.occurrences import Occurrence
from plugin.engine.planning_port import Dated, Found, Stretch
from plugin.errors import CannotEvaluate
from tests.host.world import (
    ACCOUNT_TEXT,
    DAY,
    FOREIGN_FIELD,
    INSTANT,
    LIST,
    MOMENT,
    NUMBER,
    OTHER_LISTS_FIELD,
    TEXT,
    World,
    column,
)

EASTER = "2026-04-05"


def dated(field: str, day: str = EASTER, yearly: bool = False, zone: str = "UTC") -> Dated:
    return Dated(field, Occurrence(date.fromisoformat(day), yearly, ZoneInfo(zone)))


def stretch(world: World, after: int = 0, limit: int = 100, **more: Any) -> Found:
    with world.host() as host:
        return host.stretch(Stretch(LIST, after, limit, **more))


def met(world: World, field: int, **how: Any) -> Sequence[int]:
    return stretch(world, dated=dated(column(field), **how)).ids


def test_everybody_subscribed_in_turn_and_the_end_is_told(world: World) -> None:
    world.subscribe({i: f"p{i}@example.com" for i in (2, 3, 5, 8)})
    world.subscribe({4: "gone@example.com"}, SubscriptionStatus="Unsubscribed")
    assert stretch(world, limit=2) == ([2, 3], 3)
    assert stretch(world, after=3, limit=3) == ([5, 8], None)
    assert stretch(world, everybody=True).ids == [2, 3, 4, 5, 8]
    assert stretch(world, among=[3, 4, 99]).ids == [3]


TYPES = [
    (DAY, EASTER, "1980-04-05", "2026-04-06"),
    (MOMENT, f"{EASTER} 23:59:59", "1980-04-05 00:00:00", "2026-04-06 00:00:00"),
    (INSTANT, f"{EASTER} 23:59:59", "1980-04-05 00:00:00", "2026-04-06 00:00:00"),
    (TEXT, EASTER, "1980-04-05 12:00:00", "5 April 2026"),
]


@pytest.mark.parametrize(("field", "this_year", "long_ago", "other"), TYPES)
def test_a_date_of_any_type_is_met_once_or_yearly(
    world: World, field: int, this_year: str, long_ago: str, other: str
) -> None:
    for person, value in enumerate((this_year, long_ago, other, None), 1):
        world.subscribe({person: f"p{person}@example.com"}, **{column(field): value})
    assert met(world, field) == [1]
    assert met(world, field, yearly=True) == [1, 2]
    assert met(world, field, day="2027-04-05") == []


@pytest.mark.parametrize("field", [MOMENT, INSTANT, TEXT])
def test_a_time_of_day_falls_on_the_day_of_the_zone(world: World, field: int) -> None:
    for person, value in enumerate((f"{EASTER} 11:30:00", f"{EASTER} 09:30:00"), 1):
        world.subscribe({person: f"p{person}@example.com"}, **{column(field): value})
    assert met(world, field, day="2026-04-06", zone="Pacific/Kiritimati") == [1]
    assert met(world, field, day="2026-04-04", zone="Pacific/Pago_Pago") == [2]
    assert met(world, field, yearly=True) == [1, 2]


def test_a_number_is_no_date(world: World) -> None:
    world.subscribe({1: "p1@example.com"}, **{column(NUMBER): 20260405})
    assert met(world, NUMBER) == []


def test_values_of_the_account_are_met_by_address_and_the_newest_counts(world: World) -> None:
    world.subscribe({i: f"P{i}@example.com" for i in range(1, 6)})
    for address, value in (
        ("p1@example.com", EASTER),
        ("p2@example.com", "1999-01-01"),
        ("P2@example.com", EASTER),
        ("p3@example.com", EASTER),
        ("p3@example.com", "1999-01-01"),
    ):
        world.give_account(ACCOUNT_TEXT, {address: value})
    name = column(ACCOUNT_TEXT)
    assert stretch(world, dated=dated(name)).ids == [1, 2]
    parts: list[int] = []
    after: int | None = 0
    while after is not None:
        found = stretch(world, after, 3, dated=dated(name))
        parts += found.ids
        after = found.last
    assert parts == [1, 2]


@pytest.mark.parametrize("field", [OTHER_LISTS_FIELD, FOREIGN_FIELD, 999])
def test_fields_of_others_are_missing(world: World, field: int) -> None:
    with pytest.raises(CannotEvaluate) as missing:
        met(world, field)
    assert missing.value.code == "field_missing"


def test_the_size_of_a_list_is_of_those_who_are_subscribed(world: World) -> None:
    world.subscribe({i: f"p{i}@example.com" for i in (2, 3, 5)})
    world.subscribe({4: "gone@example.com"}, SubscriptionStatus="Unsubscribed")
    with world.host() as host:
        assert host.size(LIST) == 3
        with pytest.raises(CannotEvaluate) as gone:
            host.size(77)
    assert gone.value.code == "list_missing"
