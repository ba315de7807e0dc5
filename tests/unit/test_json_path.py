"""Paths into answers: names, places, names in quotes; and what may be kept of what is there."""

import pytest

from plugin.domain.json_path import LONGEST_PATH, parse_path, value_at
from plugin.errors import BadValue

DATA = {
    "tier": "gold",
    "customer": {"tags": ["a", {"deep-name": 7}], "vip": True, "none": None},
    "odd.name": {"": 1.5},
    "zero": 0,
    "half": "\ud800",
    "big": float("inf"),
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("tier", "gold"),
        ("$.tier", "gold"),
        ("customer.tags[0]", "a"),
        ('customer["tags"][1].deep-name', 7),
        ('["odd.name"][""]', 1.5),
        ("customer.vip", True),
        ("zero", 0),
        ("customer.none", None),
        ("customer.tags", None),
        ("customer", None),
        ("customer.tags[2]", None),
        ("customer.tags.0", None),
        ("customer[0]", None),
        ("tier.length", None),
        ("missing", None),
        ("half", None),
        ("big", None),
    ],
)
def test_a_path_leads_to_a_value_or_to_nothing(path, value):
    if path == "customer.tags.0":
        with pytest.raises(BadValue):
            parse_path(path)
        return
    found = value_at(DATA, parse_path(path))
    assert (found, type(found)) == (value, type(value))


def test_a_list_at_the_top_begins_with_a_place():
    assert value_at([{"id": 3}], parse_path("[0].id")) == 3
    assert value_at([{"id": 3}], parse_path("$[0].id")) == 3


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "$",
            ".",
            "a.",
            "a..b",
            "a[",
            "a[-1]",
            "a[*]",
            "a[?(@.b)]",
            "..a",
            "a b",
            "a[1:2]",
            "é",
        ),
        *("a[0]b", '["a\\x"]', "a" * (LONGEST_PATH + 1), ".a" * 21, "a[1234567]", "a[٣]"),
    ],
)
def test_what_is_no_path_is_refused(path):
    with pytest.raises(BadValue):
        parse_path(path)
