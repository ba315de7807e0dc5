"""Journey files, JSON and YAML: what is read, what is refused, and where the text breaks."""

import pytest

from plugin.domain.journey import Document, Trigger
from plugin.domain.program import Step
from plugin.engine.strict_yaml import MAX_NESTING
from plugin.engine.texts import MAX_BYTES, parse_text, to_json, to_yaml
from plugin.errors import InvalidDocument


def refusal(text):
    with pytest.raises(InvalidDocument) as refused:
        parse_text(text)
    (problem,) = refused.value.problems
    assert problem.path == ""
    return problem.text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2.5, "x", true, null]}', {"a": [1, 2.5, "x", True, None]}),
        ('  \n {"a": 1}', {"a": 1}),
        ("a: 1\nb: [x, 2.5]\n", {"a": 1, "b": ["x", 2.5]}),
        ("[1, 2]", [1, 2]),
        ("", None),
        ("just text", "just text"),
        ('{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
        ("a: 😀", {"a": "😀"}),
    ],
)
def test_json_and_yaml_are_told_apart_by_their_first_sign(text, value):
    assert parse_text(text) == value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2026-05-31", "2026-05-31"),
        ("2026-05-31 10:00:00", "2026-05-31 10:00:00"),
        ("2026-05-31T10:00:00Z", "2026-05-31T10:00:00Z"),
        ("09:30", "09:30"),
        ("10:30", "10:30"),
        ("1:30:00.5", "1:30:00.5"),
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("No", "No"),
        ("012", "012"),
        ("0x1F", "0x1F"),
        ("0b11", "0b11"),
        (".nan", ".nan"),
        ("-.inf", "-.inf"),
        ("True", "True"),
        ("<<", "<<"),
        ("1_000", "1_000"),
        ("1_000.5", "1_000.5"),
        ("12", 12),
        ("-12", -12),
        ("0", 0),
        ("1.50", 1.5),
        ("-0.5", -0.5),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ('"12"', "12"),
        ("'true'", "true"),
        ('"null"', "null"),
    ],
)
def test_in_yaml_only_plain_numbers_and_the_words_of_json_are_more_than_text(written, value):
    found = parse_text(f"a: {written}\n")
    assert found == {"a": value}
    assert type(found["a"]) is type(value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a": 1,}', "Line 1, column"),
        ('{"a": 1\n "b": 2}', "Line 2, column 2: "),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"x": {"b": 1, "b": 1}}', "twice"),
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": Infinity}', "Infinity is not a number"),
        ('{"a": -Infinity}', "-Infinity is not a number"),
        ('{"a": 1e999}', "number"),
        ('{"a": "\\ud800"}', "half of a character"),
        ('{"\\udfff": 1}', "half of a character"),
        ('{"a": ' + "9" * 5000 + "}", "too long"),
        ('{"a": "tab\there"}', "Line 1"),
        ('{"a": 1} trailing', "Line 1, column 10"),
        ("{", "Line 1"),
    ],
)
def test_wrong_json_is_refused_with_the_reason(text, says):
    assert says in refusal(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\na: 2\n", "Line 2, column 1: the key a stands twice"),
        ("a:\n  b: 1\n  b: 2\n", "Line 3, column 3: the key b stands twice"),
        ("a: &x 1\n", "Line 1, column 4: anchors and aliases are not allowed"),
        ("a: &x 1\nb: *x\n", "anchors and aliases are not allowed"),
        ("a: &x [1]\n", "anchors and aliases are not allowed"),
        ("a: &x {b: 1}\n", "anchors and aliases are not allowed"),
        ("a: *x\n", "Line 1, column 4: anchors and aliases are not allowed"),
        ("1: a\n", "Line 1, column 1: keys must be text"),
        ("true: a\n", "keys must be text"),
        ("null: a\n", "keys must be text"),
        ("? [a]\n: b\n", "keys must be text"),
        ("? {a: 1}\n: b\n", "keys must be text"),
        ("a: !!python/object/apply:os.system [ls]\n", "Line 1"),
        ("a: !own x\n", "Line 1"),
        ("a: !!binary aGk=\n", "Line 1"),
        ("a: !!set {x, y}\n", "Line 1"),
        ("a: !!omap [x: 1]\n", "Line 1"),
        ("a: !!pairs [x: 1]\n", "Line 1"),
        ("a: !!timestamp 2026-01-01\n", "Line 1"),
        ("a: 1.0e+999\n", "number"),
        ("a: " + "9" * 5000 + "\n", "too long"),
        ('a: "\\ud800"\n', "Line 1"),
        ("a: \ud800\n", "half of a character"),
        ("a: [1\n", "Line"),
        ("a: b: c\n", "Line 1"),
        ("--- 1\n--- 2\n", "Line 2"),
        ("a: \x00\n", "characters are not allowed"),
        ("\tb: 1\n", "Line 1"),
    ],
)
def test_wrong_yaml_is_refused_with_the_reason(text, says):
    assert says in refusal(text)


def deep(levels, opening, closing):
    return opening * levels + "1" + closing * levels


@pytest.mark.parametrize("levels", [MAX_NESTING + 1, 500, 100_000])
@pytest.mark.parametrize("form", ["json", "json list", "yaml"])
def test_deep_nesting_is_refused(form, levels):
    text = {
        "json": deep(levels, '{"a":', "}"),
        "json list": '{"a":' + deep(levels - 1, "[", "]") + "}",
        "yaml": deep(levels, "[", "]"),
    }[form]
    assert "nested too deep" in refusal(text)


def test_sixty_four_levels_are_enough():
    parse_text(deep(MAX_NESTING - 1, '{"a":', "}"))
    parse_text(deep(MAX_NESTING - 1, "[", "]"))


def test_a_file_may_have_one_mebibyte_of_utf8():
    filler = "é" * ((MAX_BYTES - 10) // 2)
    assert parse_text(f'{{"a": "{filler}"}}') == {"a": filler}
    assert "1 MiB" in refusal(f'{{"a": "{filler}éé"}}')
    assert "1 MiB" in refusal("#" + "é" * (MAX_BYTES // 2))


def test_an_alias_bomb_is_refused_at_its_first_anchor():
    bomb = "a: &a [x]\n" + "".join(
        f"b{n}: &b{n} [{','.join([f'*{previous}'] * 9)}]\n"
        for n, previous in enumerate(["a", *(f"b{n}" for n in range(20))])
    )
    assert "Line 1" in refusal(bomb)


@pytest.mark.parametrize(
    "notes",
    ["\x85", "a\u2028b", "\u2029", "\ufeff", "\r\n", "\t", " x ", "on", "1:30", "012", "~", "#x"],
)
def test_every_text_is_read_back_from_yaml_as_it_was(notes):
    document = Document(
        trigger=Trigger("Manual"), steps=(Step(1, "Wait", {"x": notes, notes: 1}),), notes=notes
    )
    assert parse_text(to_yaml(document)) == parse_text(to_json(document))
    assert parse_text(to_yaml(document))["notes"] == notes


def test_what_stands_twice_is_written_twice():
    shared = {"list": [1, 2]}
    document = Document(
        trigger=Trigger("Manual"), steps=(Step(1, "Wait", shared), Step(2, "Wait", shared))
    )
    assert "&" not in to_yaml(document)
    assert parse_text(to_yaml(document)) == parse_text(to_json(document))


def test_yaml_is_made_for_people():
    document = Document(
        name="Grüße",
        trigger=Trigger("ListSubscription", {"list_ids": [1]}),
        steps=(Step(1, "Wait", {"amount": 2, "unit": "days"}),),
    )
    assert to_yaml(document) == (
        "format: 1\n"
        "name: Grüße\n"
        "trigger:\n"
        "  type: ListSubscription\n"
        "  params:\n"
        "    list_ids:\n"
        "    - 1\n"
        "reentry:\n"
        "  rule: once_at_a_time\n"
        "time_zone: null\n"
        "unsubscribed: end\n"
        "steps:\n"
        "- id: 1\n"
        "  action: Wait\n"
        "  params:\n"
        "    amount: 2\n"
        "    unit: days\n"
    )
