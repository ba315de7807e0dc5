"""Which day a date falls on: years, leap days, and what the database may leave out."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugin.domain.occurrences import Occurrence

UTC = ZoneInfo("UTC")


def on(day, yearly=True):
    return Occurrence(date.fromisoformat(day), yearly, UTC)


@pytest.mark.parametrize(
    ("day", "found", "yearly", "once"),
    [
        ("2026-03-05", "2026-03-05", True, True),
        ("2026-03-05", "1980-03-05", True, False),
        ("2026-03-05", "2030-03-05", True, False),
        ("2026-03-05", "2026-03-06", False, False),
        ("2026-02-28", "2000-02-29", True, False),
        ("2026-02-28", "1999-02-28", True, False),
        ("2026-03-01", "2000-02-29", False, False),
        ("2028-02-29", "2000-02-29", True, False),
        ("2028-02-28", "2000-02-29", False, False),
        ("2028-03-01", "2000-02-29", False, False),
        ("2100-02-28", "2000-02-29", True, False),
    ],
)
def test_a_date_is_met_once_or_every_year(day, found, yearly, once):
    assert on(day).meets(date.fromisoformat(found)) is yearly
    assert on(day, yearly=False).meets(date.fromisoformat(found)) is once


def test_every_birthday_is_met_exactly_once_in_every_year():
    births = [date(2000, 1, 1) + timedelta(days=n) for n in range(366)]
    for year in (2026, 2028, 2100):
        days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
        for born in births:
            met = [d for d in days if d.year == year and Occurrence(d, True, UTC).meets(born)]
            assert len(met) == 1, (year, born, met)


def test_what_is_met_in_some_zone_is_among_the_candidates():
    for n in range(366):
        day = date(2026, 1, 1) + timedelta(days=n)
        candidates = Occurrence(day, True, UTC).month_days()
        assert len(candidates) <= 6
        for born in (date(2000, 1, 1) + timedelta(days=m) for m in range(366)):
            if Occurrence(day, True, UTC).meets(born):
                assert {f"{born + timedelta(days=k):%m-%d}" for k in (-1, 0, 1)} <= set(candidates)
