"""The words, the icons and the small parts that pages are made of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plugin.domain.journey import Reentry
from plugin.routes import words
from plugin.routes.pages import STATIC, fact

TEMPLATES = STATIC.parent / "templates" / "journeys"


def templates() -> list[Path]:
    found = sorted(TEMPLATES.glob("*.html"))
    assert len(found) > 10
    return found


def test_every_icon_that_is_asked_for_is_in_the_sprite(made_world):
    sprite = set(re.findall(r'<symbol id="i-([a-z]+)"', (STATIC / "icons.svg").read_text()))
    asked = {kind.icon for kind in made_world.services.actions}
    asked |= {kind.icon for kind in made_world.services.triggers}
    asked |= {b.icon for b in (*words.STATES.values(), *words.BRANCHES.values()) if b.icon}
    for template in templates():
        asked |= set(re.findall(r'icon\("([a-z]+)"', template.read_text()))
    assert asked - sprite == set()


def test_every_class_of_the_templates_has_a_rule():
    rules = set(re.findall(r"\.(j-[a-z-]+)", (STATIC / "journeys.css").read_text()))
    used: set[str] = set()
    for template in templates():
        for names in re.findall(r'class="([^"{]*)"', template.read_text()):
            used |= set(names.split())
    assert used - {"j"} - rules == set()


def test_no_template_takes_the_escaping_off():
    for template in templates():
        text = template.read_text()
        for unsafe in ("|safe", "| safe", "autoescape", "<style", "style=", "Markup"):
            assert unsafe not in text, (template.name, unsafe)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.9, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3599, "59 min 59 s"),
        (3600, "1 h"),
        (86400, "1 day"),
        (86400 + 3661, "1 day 1 h"),
        (1000 * 86400, "1,000 days"),
    ],
)
def test_a_span_of_time_has_its_two_largest_units(seconds, text):
    assert words.lasting(seconds) == text


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("2026-11-27T16:57:14+00:00", "27 Nov 2026, 17:57:14"),
        ("2026-11-27T16:57:14", "2026-11-27T16:57:14"),
        ("2026-11-27", "2026-11-27"),
        ("<b>: no time", "<b>: no time"),
        ("", ""),
    ],
)
def test_an_instant_in_the_history_is_shown_in_the_zone(kept, shown):
    assert re.sub("<time[^>]*>|</time>", "", fact(kept, "Europe/Berlin")) == shown


@pytest.mark.parametrize(
    ("n", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (101, "101st")],
)
def test_ordinals_read_as_people_say_them(n, text):
    assert words.ordinal(n) == text


def test_numbers_of_people_know_one_from_many():
    assert [words.people(n) for n in (0, 1, 1082)] == ["0 people", "1 person", "1,082 people"]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (Reentry("once_ever"), "Once ever"),
        (Reentry(), "Once at a time"),
        (Reentry("every_time"), "Every time"),
        (Reentry("again_after", 1), "1 day after entering"),
        (Reentry("again_after", 1000, "exit"), "1,000 days after leaving"),
    ],
)
def test_re_entry_rules_read_as_sentences(rule, text):
    assert words.reentry(rule) == text


def test_names_that_have_no_better_word_are_still_words():
    assert words.plain("wait_over") == "Wait over"
    assert words.plain("") == ""
    assert words.state("new_state").text == "New state"
    assert words.branch("variant_b").text == "Variant b"
    assert words.end("some_reason") == "some reason"
    assert words.entry(None) == "by hand or API"


def test_a_long_name_is_cut_with_a_sign():
    assert words.shorten("x" * 60, 60) == "x" * 60
    assert words.shorten("word " * 20, 11) == "word word…"
