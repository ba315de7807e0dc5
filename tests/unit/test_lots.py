"""Lots: even over the arms, told apart by everything that they are made of, and always the same."""

from __future__ import annotations

from collections import Counter
from statistics import NormalDist

import pytest

from plugin.domain.lots import LOTS, drawn, lot, share

#: What was drawn once is drawn for ever: people stand in journeys by it.
KNOWN = {
    ("one", 1, 7): "a",
    ("one", 3, 7): "b",
    ("one", 1, 9): "c",
    ("two", 1, 7): "b",
    ("one", 4, 7): "b",
    ("one", 5, 7): "a",
}
PEOPLE = 100_000


def arms(weights, *, installation="one", step=7, people=PEOPLE):
    return [drawn(lot(installation, i, step), weights) for i in range(1, people + 1)]


def chi_square(found, weights):
    total, n = sum(weights.values()), sum(found.values())
    expected = {name: n * weight / total for name, weight in weights.items()}
    return sum((found[name] - e) ** 2 / e for name, e in expected.items())


def bound(freedom):
    """What chance exceeds once in a thousand times (Wilson and Hilferty)."""
    z, part = NormalDist().inv_cdf(0.999), 2 / (9 * freedom)
    return freedom * (1 - part + z * part**0.5) ** 3


@pytest.mark.parametrize(
    "weights",
    [
        {"a": 1, "b": 1},
        {"a": 90, "b": 10},
        {"a": 1, "b": 2, "c": 3, "d": 94},
        {f"arm{n}": 1 for n in range(10)},
        {"few": 1, "many": 1_000_000},
    ],
)
@pytest.mark.parametrize("step", [1, 7, 2**40])
def test_each_arm_gets_its_part_of_the_people(weights, step):
    found = Counter(arms(weights, step=step))
    if "few" in weights:
        assert found["few"] <= 3
    else:
        assert chi_square(found, weights) < bound(len(weights) - 1)


def test_the_arms_of_two_steps_have_nothing_to_do_with_each_other():
    """All pairs of arms are as frequent as their parts say."""
    weights = {"a": 1, "b": 3}
    pairs = Counter(zip(arms(weights), arms(weights, step=8), strict=True))
    expected = {(x, y): wx * wy for x, wx in weights.items() for y, wy in weights.items()}
    assert chi_square(pairs, expected) < bound(3)


def test_neighbours_are_no_more_alike_than_others():
    found = arms({"a": 1, "b": 1})
    pairs = Counter(zip(found[::2], found[1::2], strict=True))
    assert len(pairs) == 4
    assert chi_square(pairs, dict.fromkeys(pairs, 1)) < bound(3)


@pytest.mark.parametrize(("of", "name"), KNOWN.items())
def test_a_lot_is_the_same_for_ever(of, name):
    assert drawn(lot(*of), {"a": 1, "b": 1, "c": 1}) == name


def test_more_weight_for_one_arm_takes_nobody_from_it():
    """Of those who come after the change, none leaves the first arm for another when it grows."""
    before, after = arms({"a": 1, "b": 1}), arms({"a": 3, "b": 1})
    assert {("b", "b"), ("b", "a"), ("a", "a")} == set(zip(before, after, strict=True))


def test_the_first_and_the_last_lot_fall_to_the_first_and_the_last_arm():
    weights = {"a": 3, "b": 1_000_000, "c": 7}
    assert (drawn(0, weights), drawn(LOTS - 1, weights)) == ("a", "c")


@pytest.mark.parametrize(
    ("weight", "total", "text"),
    [
        (1, 2, "50 %"),
        (1, 3, "33.3 %"),
        (2, 3, "66.7 %"),
        (1, 2001, "< 0.1 %"),
        (1, 1000, "0.1 %"),
        (1, 1, "100 %"),
    ],
)
def test_a_share_is_shown_in_percent(weight, total, text):
    assert share(weight, total) == text
