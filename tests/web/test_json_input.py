"""Strict JSON, by itself."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import BadRequest

from plugin.routes.json_input import MAX_LEVELS, parse_json

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_whatever_json_can_say_comes_back_as_it_was(value, in_ascii):
    assert parse_json(json.dumps(value, ensure_ascii=in_ascii).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_bad_request(body):
    with suppress(BadRequest):
        parse_json(body)


@given(TEXTS, st.integers(0, 3))
def test_a_key_that_stands_twice_is_refused_however_it_is_written(key, depth):
    escaped = "".join(f"\\u{unit:04x}" for unit in _units(key))
    body = f'{"[" * depth}{{{json.dumps(key)}: 1, "{escaped}": 2}}{"]" * depth}'
    with pytest.raises(BadRequest, match="twice"):
        parse_json(body.encode())


@pytest.mark.parametrize("bracket", ["[]", "{}"])
def test_levels_are_counted_exactly(bracket):
    opening, closing = ("[", "]") if bracket == "[]" else ('{"a":', "}")
    parse_json(f"{opening * MAX_LEVELS}1{closing * MAX_LEVELS}".encode())
    with pytest.raises(BadRequest, match="64 levels"):
        parse_json(f"{opening * (MAX_LEVELS + 1)}1{closing * (MAX_LEVELS + 1)}".encode())


def test_brackets_inside_texts_are_no_levels():
    assert parse_json(json.dumps(["[" * 500, '"[[[\\"']).encode()) == ["[" * 500, '"[[[\\"']


def test_bad_words_of_the_body_are_not_repeated_to_the_caller():
    with pytest.raises(BadRequest) as refused:
        parse_json(b'{"secret": hunter2}')
    assert "hunter2" not in str(refused.value)


def _units(text: str) -> list[int]:
    data = text.encode("utf-16-be")
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]
