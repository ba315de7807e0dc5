"""Log lines: ids as fields, and nothing of anybody's in them."""

from __future__ import annotations

import json
import logging

import pytest

from plugin.logs import IDS, JsonFormatter, TextFormatter, clean, labelled

#: What must not be in a log, and how it might get there.
CANARIES = (
    "ann.canary+x@example.com",
    "jürgen@müller.example",
    "whsec_Y2FuYXJ5IG9mIHRoZSB0ZXN0cw==",
    "canary-password",
    "the canary's whole body",
    "canary.token.123",
)
TEXTS = (
    "could not write for ann.canary+x@example.com: refused",
    "Duplicate entry 'jürgen@müller.example' for key 'uq_inbox'",
    "signed with whsec_Y2FuYXJ5IG9mIHRoZSB0ZXN0cw== at noon",
    "cannot reach mysql://journeys:canary-password@db.internal/oempro",
    'invalid literal: "the canary\'s whole body"',
    "Authorization: Bearer canary.token.123",
)


def record(text: str, fault: BaseException | None = None, **ids: object) -> logging.LogRecord:
    info = (type(fault), fault, fault.__traceback__) if fault else None
    made = logging.LogRecord("plugin.worker", logging.ERROR, __file__, 1, text, (), info)
    made.__dict__ |= labelled(**ids)
    return made


def raised(text: str) -> ValueError:
    try:
        raise ValueError(text)
    except ValueError as error:
        return error


def test_a_json_line_has_ids_as_fields():
    given = {"user": 1, "journey": 4, "version": 7, "step": 2, "enrollment": 99}
    line = json.loads(JsonFormatter("host:12").format(record("a step failed", **given)))
    assert {name: line[name] for name in given} == given
    assert (line["message"], line["level"], line["worker"]) == ("a step failed", "ERROR", "host:12")
    assert line["logger"] == "plugin.worker"
    assert line["time"].endswith("+00:00")


def test_ids_without_a_value_and_others_are_left_out():
    assert labelled(user=1, task=None, email="x") == {"ids": {"user": 1}}
    assert "email" not in IDS


def test_text_names_them_behind_the_line():
    text = TextFormatter().format(record("a step failed", journey=4, step=2))
    assert text.endswith("ERROR plugin.worker: a step failed [journey=4 step=2]")


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()], ids=["json", "text"])
@pytest.mark.parametrize("text", TEXTS)
def test_no_canary_gets_through(formatter: logging.Formatter, text: str):
    lines = formatter.format(record("it failed", raised(text)))
    assert [canary for canary in CANARIES if canary in lines] == []
    assert "ValueError" in lines
    assert "raised" in lines  # the function in which it was raised
    if "body" not in text:
        assert [canary for canary in CANARIES if canary in formatter.format(record(text))] == []


def test_a_fault_says_what_it_is_about_where_that_is_a_plain_name():
    line = json.loads(JsonFormatter().format(record("it failed", raised("no column 'city'"))))
    assert line["fault"] == "ValueError: no column 'city'"


def test_what_is_no_secret_is_left_alone():
    text = "step 4 of version 7 at https://example.com/hook answered 500"
    assert clean(text) == text
