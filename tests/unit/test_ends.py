"""End reasons: one closed list, in the code, on the pages and in the glossary."""

from __future__ import annotations

import re
from pathlib import Path

from plugin.domain.ends import END_REASONS
from plugin.routes import words

ROOT = Path(__file__).resolve().parents[2]


def test_the_pages_have_words_for_each_and_for_no_other():
    assert words.ENDS == END_REASONS
    assert len(set(END_REASONS.values())) == len(END_REASONS)


def test_the_glossary_names_them_all():
    glossary = (ROOT / "docs/glossary.md").read_text()
    (line,) = [text for text in glossary.splitlines() if text.startswith("| **end reason** |")]
    named = line.partition("`:")[2].strip(" |").split(", ")
    assert set(named) == set(END_REASONS)


def test_no_step_ends_people_for_another_reason():
    source = "\n".join(p.read_text() for p in (ROOT / "plugin/engine").rglob("*.py"))
    used = set(re.findall(r'\bEnd\("([a-z_]+)"', source))
    assert used
    assert used <= END_REASONS.keys()
