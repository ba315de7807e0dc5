"""YAML, read strictly by either of PyYAML's parsers, and never at length."""

import time
from contextlib import suppress

import pytest
import yaml

from plugin.domain.journey import Document, Trigger
from plugin.domain.program import Step
from plugin.engine.strict_yaml import MAX_NESTING, QUICK, SLOW, parse_yaml
from plugin.engine.texts import MAX_BYTES, parse_text, to_json, to_yaml
from plugin.errors import InvalidDocument

LONGEST_SECONDS = 5


@pytest.fixture(params=[SLOW, QUICK], ids=["python", "libyaml"])
def reader(request):
    assert request.param is not None, "PyYAML was installed without libyaml"
    return request.param


def refusal(text, reader):
    with pytest.raises((yaml.YAMLError, ValueError)) as refused:
        parse_yaml(text, reader)
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", None),
        ("# nothing\n", None),
        ("---\n", None),
        ("--- 1\n...\n", 1),
        ("\ufeffa: 1\n", {"a": 1}),
        ("[1, -2, 0.5, 1.5e+3, true, false]", [1, -2, 0.5, 1500.0, True, False]),
        ("[null, ~]", [None, None]),
        ("a:\nb: ''\n", {"a": None, "b": ""}),
        ("[012, 0x1F, 1_000, .5, 1., +1]", ["012", "0x1F", "1_000", ".5", "1.", "+1"]),
        ("[1e3, on, Yes, True, NULL]", ["1e3", "on", "Yes", "True", "NULL"]),
        ("a: [2026-05-31, 10:30, <<, =]", {"a": ["2026-05-31", "10:30", "<<", "="]}),
        ('a: [\'1\', "true", "null"]', {"a": ["1", "true", "null"]}),
        ("a: |\n  12\nb: >\n  x\n  y\n", {"a": "12\n", "b": "x y\n"}),
        ("? a\n: - x\n  - {y: []}\n", {"a": ["x", {"y": []}]}),
        ('a: "\\u263a \\U0001F600"', {"a": "☺ 😀"}),
    ],
)
def test_both_parsers_read_the_same(text, data, reader):
    found = parse_yaml(text, reader)
    assert repr(found) == repr(data)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\na: 2\n", "the key a stands twice"),
        ("{a: {b: 1, 'b': 1}}", "the key b stands twice"),
        ("a: &x 1\n", "anchors and aliases"),
        ("a: *x\n", "anchors and aliases"),
        ("*x\n", "anchors and aliases"),
        ("&x a: 1\n", "anchors and aliases"),
        ("a: &x [*x]\n", "anchors and aliases"),
        ("a: !own x\n", "tags are not allowed"),
        ("a: ! x\n", "tags are not allowed"),
        ("a: ! [x]\n", "tags are not allowed"),
        ("a: !!python/object/apply:os.system [ls]\n", "tags are not allowed"),
        ("!!set {a, b}\n", "tags are not allowed"),
        ("%TAG !e! tag:example.com,2026:\n---\na: 1\n", "tags are not allowed"),
        ("--- 1\n...\n%TAG !e! tag:example.com,2026:\n--- 2\n", "tags are not allowed"),
        ("1: a\n", "keys must be text"),
        ("1.5: a\n", "keys must be text"),
        ("true: a\n", "keys must be text"),
        ("? \n: a\n", "keys must be text"),
        ("[a]: b\n", "keys must be text"),
        ("--- 1\n--- 2\n", "one document"),
        ("[" * (MAX_NESTING + 1), "nested too deep"),
        ("- " * (MAX_NESTING + 1), "nested too deep"),
        ("a: " + "9" * 5000, "digits"),
    ],
)
def test_both_parsers_refuse_the_same(text, says, reader):
    assert says in refusal(text, reader)


WORST = {
    "empty lists": lambda size: "[" + "[]," * (size // 3 - 1) + "]",
    "numbers": lambda size: "- 1\n" * (size // 4),
    "keys": lambda size: "".join(f"k{n}: 1\n" for n in range(size // 11)),
    "a flow of keys": lambda size: "{" + ",".join(f"k{n}" for n in range(size // 8)) + "}",
    "brackets": lambda size: "[" * size,
    "dashes": lambda size: "- " * (size // 2),
    "question marks": lambda size: "? " * (size // 2),
    "documents": lambda size: "---\n" * (size // 4),
    "comments": lambda size: "#\n" * (size // 2),
    "escapes": lambda size: '"' + "\\n" * (size // 2 - 1) + '"',
    "tag lines": lambda size: "".join(f"%TAG !{n}! x\n" for n in range(size // 16)),
    "tag lines further on": lambda size: (
        "--- 1\n...\n" + "".join(f"%TAG !{n}! x\n" for n in range(size // 16 - 1))
    ),
    "anchors": lambda size: "- &a a\n" * (size // 7),
}


@pytest.mark.parametrize("kind", WORST)
def test_the_largest_and_worst_files_are_read_or_refused_soon(kind, reader):
    text = WORST[kind](reader.size)
    assert reader.size * 0.5 < len(text) <= reader.size
    started = time.process_time()
    with suppress(yaml.YAMLError):
        parse_yaml(text, reader)
    assert time.process_time() - started < LONGEST_SECONDS


def test_too_many_values_are_refused_and_json_is_recommended(reader):
    assert parse_yaml("- 1\n" * (reader.nodes - 1), reader) == [1] * (reader.nodes - 1)
    said = refusal("- 1\n" * reader.nodes, reader)
    assert f"{reader.nodes} keys and values at most" in said
    assert "Write it as JSON" in said


def test_a_file_that_is_too_large_is_refused_and_json_is_recommended(reader):
    filler = "é" * (reader.size // 2)
    assert parse_yaml(filler, reader) == filler
    said = refusal(filler + "x", reader)
    assert f"{reader.most} at most" in said
    assert "Write it as JSON" in said


def test_the_person_reads_the_recommendation_and_json_may_hold_more():
    with pytest.raises(InvalidDocument) as refused:
        parse_text("- 1\n" * (MAX_BYTES // 5))
    (problem,) = refused.value.problems
    assert "Write it as JSON" in problem.text
    many = [1] * (MAX_BYTES // 5)
    assert parse_text('{"a": ' + str(many).replace(" ", "") + "}") == {"a": many}


def test_the_largest_journey_in_yaml_is_read_back():
    params = {"url": "https://example.com/", "body": {f"key{n}": "x" * 20 for n in range(30)}}
    document = Document(
        trigger=Trigger("Manual"), steps=tuple(Step(n, "Webhook", params) for n in range(1, 501))
    )
    assert parse_text(to_yaml(document)) == parse_text(to_json(document))
