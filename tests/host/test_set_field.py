"""Setting custom fields of every type, one by one and a thousand at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.host.world import (
    CITY,
    CLOCK,
    DAY,
    DAY_AS_TEXT,
    DECIMAL,
    INSTANT,
    LEVEL,
    LIST,
    MOMENT,
    NUMBER,
    TEXT,
    World,
    column,
)

#: A value, and what the column then holds as text, per field.
GOOD: list[tuple[int, str | None, Any]] = [
    (TEXT, "São Paulo 😀 'quoted' \\ %s {{x}} ?", "São Paulo 😀 'quoted' \\ %s {{x}} ?"),
    (TEXT, "", ""),
    (TEXT, None, None),
    (TEXT, "x" * 100_000, "x" * 100_000),
    (NUMBER, "42", 42),
    (NUMBER, "-007", -7),
    (NUMBER, "2147483647", 2147483647),
    (NUMBER, "", None),
    (DECIMAL, "12.5", 12.5),
    (DECIMAL, "-.50", -0.5),
    (DECIMAL, "9999999999.99", 9999999999.99),
    (DECIMAL, None, None),
    (DAY, "2024-02-29", "2024-02-29"),
    (DAY, "0000-00-00", None),
    (MOMENT, "2026-05-31 22:30:00", "2026-05-31 22:30:00"),
    (MOMENT, "2026-05-31", "2026-05-31 00:00:00"),
    (MOMENT, "", None),
    (INSTANT, "2026-05-31 22:30:00", "2026-05-31 22:30:00"),
    (CLOCK, "09:30", "09:30:00"),
    (CLOCK, "23:59:59", "23:59:59"),
    (LEVEL, "gold", "gold"),
    (CITY, "São Paulo", "São Paulo"),
    (CITY, "", ""),
]
BAD: list[tuple[int, str, str]] = [
    (TEXT, "a\x00b", "characters that this field cannot hold"),
    (TEXT, "half \ud83d", "characters that this field cannot hold"),
    (NUMBER, "7abc", "not a whole number"),
    (NUMBER, "1.9", "not a whole number"),
    (NUMBER, " 7", "not a whole number"),
    (NUMBER, "2147483648", "outside of what this field holds"),
    (NUMBER, "9" * 400, "not a whole number"),
    (DECIMAL, "1.234", "more than 2 digits after the point"),
    (DECIMAL, "10000000000", "larger than this field holds"),
    (DECIMAL, "1e3", "not a number"),
    (DECIMAL, ".", "not a number"),
    (DAY, "2026-02-31", "not a date"),
    (DAY, "31.05.2026", "not a date"),
    (DAY, "2026-05-31 22:30:00", "not a date"),
    (DAY, "0001-01-01", "not a date"),
    (MOMENT, "2026-05-31T22:30:00", "not a date and time"),
    (MOMENT, "2026-05-31 24:00:00", "not a date and time"),
    (INSTANT, "2039-01-01 00:00:00", "1970 to 2038"),
    (CLOCK, "25:00", "not a time of day"),
    (CLOCK, "9:30", "not a time of day"),
    (LEVEL, "silver", "not one of the options"),
    (LEVEL, "GOLD", "not one of the options"),
    (CITY, "Bergen", "not one of the options"),
]


def name_of(value: Any) -> str:
    return repr(value)[:30]


def set_all(world: World, field: int, values: Mapping[int, str | None]) -> Mapping[int, str]:
    with world.host() as host:
        return host.set_field(LIST, field, values)


@pytest.mark.parametrize(("field", "value", "held"), GOOD, ids=name_of)
def test_a_value_that_fits_is_written(
    world: World, field: int, value: str | None, held: Any
) -> None:
    world.subscribe({1: "a@example.com", 2: "b@example.com"})
    assert set_all(world, field, {1: value}) == {}
    assert world.column_of(field) == {1: held, 2: None}


@pytest.mark.parametrize(("field", "value", "reason"), BAD, ids=name_of)
def test_a_value_that_does_not_fit_is_refused_and_all_others_are_written(
    world: World, field: int, value: str, reason: str
) -> None:
    good = next(value for f, value, held in GOOD if f == field and held is not None)
    world.subscribe({1: "a@example.com", 2: "b@example.com", 3: "c@example.com"})
    problems = set_all(world, field, {1: good, 2: value, 3: good})
    assert list(problems) == [2]
    assert reason in problems[2]
    held = world.column_of(field)
    assert held[2] is None
    assert held[1] is not None
    assert held[1] == held[3]


def test_everybody_can_get_a_value_of_their_own(world: World) -> None:
    people = {n: f"p{n}@example.com" for n in range(1, 1001)}
    world.subscribe(people)
    own = {n: f"value of {n} ✓" for n in people}
    assert set_all(world, TEXT, own) == {}
    assert world.column_of(TEXT) == own


@pytest.mark.parametrize("field", [NUMBER, DECIMAL, DAY, MOMENT, INSTANT, CLOCK, LEVEL])
def test_typed_values_that_differ_are_written_at_once(world: World, field: int) -> None:
    fitting = [(value, held) for f, value, held in GOOD if f == field]
    wanted = dict(enumerate(fitting, 1))
    world.subscribe({n: f"p{n}@example.com" for n in wanted} | {99: "other@example.com"})
    assert set_all(world, field, {n: value for n, (value, _) in wanted.items()}) == {}
    assert world.column_of(field) == {n: held for n, (_, held) in wanted.items()} | {99: None}


def test_an_emptied_choice_is_not_set(world: World) -> None:
    world.subscribe({1: "a@example.com"}, CustomField108="gold")
    assert set_all(world, LEVEL, {1: ""}) == {}
    assert world.ask(column(LEVEL), "is_not_set")[1].truth


def test_subscribers_who_are_gone_are_passed_over(world: World) -> None:
    world.subscribe({1: "a@example.com"})
    assert set_all(world, TEXT, {1: "x", 77: "x"}) == {}
    assert set_all(world, TEXT, {1: "y", 77: "z"}) == {}
    assert world.column_of(TEXT) == {1: "y"}


def test_nobody_to_set_needs_no_statement(world: World) -> None:
    with world.statements() as seen:
        assert set_all(world, TEXT, {}) == {}
    assert [text for text in seen if "UPDATE" in text] == []


def test_an_instant_is_stored_as_the_host_would_read_it(world: World) -> None:
    """The host writes summer time in Oslo; MariaDB shows our sessions its instants in UTC."""
    world.subscribe({1: "a@example.com"})
    stored = "2026-06-15 00:30:00" if world.is_sqlite else "2026-06-14 22:30:00"
    with world.as_set(zone="Europe/Oslo") as oslo:
        for field, held in ((INSTANT, stored), (MOMENT, "2026-06-15 00:30:00")):
            assert set_all(oslo, field, {1: "2026-06-15 00:30:00"}) == {}
            assert oslo.column_of(field) == {1: held}
            assert oslo.ask(column(field), "on", "2026-06-14")[1].truth


def test_the_hosts_validation_method_is_kept(world: World) -> None:
    world.subscribe({1: "a@example.com"})
    fields = world.tables.custom_fields
    with world.engine.begin() as connection:
        chosen = fields.c.CustomFieldID == TEXT
        connection.execute(fields.update().where(chosen).values(ValidationMethod="URL"))
    world.time[0] += 10
    problems = set_all(world, TEXT, {1: "no address"})
    assert "web address" in problems[1]
    assert set_all(world, TEXT, {1: "https://example.com/x"}) == {}
    assert set_all(world, TEXT, {1: ""}) == {}


@pytest.mark.parametrize(
    ("value", "held"),
    [
        ("2026-05-31", "2026-05-31"),
        ("0000-00-00", ""),
        ("", ""),
        ("yesterday", None),
        ("2026-02-31", None),
        ("2026-05-31 09:30:00", None),
    ],
)
def test_a_date_field_in_a_column_of_text_takes_days(
    world: World, value: str, held: str | None
) -> None:
    world.subscribe({1: "a@example.com"})
    problems = set_all(world, DAY_AS_TEXT, {1: value})
    assert world.column_of(DAY_AS_TEXT) == {1: held}
    assert list(problems) == ([1] if held is None else [])
    assert all("is not a date such as" in problem for problem in problems.values())


@pytest.mark.parametrize(
    ("method", "good", "bad"),
    [
        ("Date", ["2026-05-31", "2026-05-31 09:30"], ["2026-02-31", "2026-05-31 24:00", "31 May"]),
        ("Time", ["9:30", "23:59:59"], ["24:00", "9:60", "9"]),
        ("Numbers", ["7", "-3.50", ".5"], ["7 apples", "1e3", "seven"]),
    ],
)
def test_a_validation_method_decides_what_is_a_date_a_time_and_a_number(
    world: World, method: str, good: list[str], bad: list[str]
) -> None:
    values = dict(enumerate(good + bad, 1))
    world.subscribe({n: f"p{n}@example.com" for n in values})
    fields = world.tables.custom_fields
    with world.engine.begin() as connection:
        chosen = fields.c.CustomFieldID == TEXT
        connection.execute(fields.update().where(chosen).values(ValidationMethod=method))
    world.time[0] += 10
    assert [values[n] for n in set_all(world, TEXT, values)] == bad
    assert world.column_of(TEXT) == {n: v if v in good else None for n, v in values.items()}


def test_options_that_cannot_be_unpacked_check_nothing(world: World) -> None:
    world.subscribe({1: "a@example.com"})
    fields = world.tables.custom_fields
    with world.engine.begin() as connection:
        chosen = fields.c.CustomFieldID == CITY
        connection.execute(fields.update().where(chosen).values(FieldOptions="Oslo\nBergen"))
    assert set_all(world, CITY, {1: "Lisbon"}) == {}
    assert world.column_of(CITY) == {1: "Lisbon"}
