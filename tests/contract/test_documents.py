"""The documents: their links lead somewhere, and what they name exists."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from plugin import __version__
from plugin.cli import main
from plugin.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
IMAGE_BYTES = 200_000
#: What readers find at the top of the project.
AT_THE_TOP = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
#: Of Keep a Changelog.
KINDS_OF_CHANGE = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}

LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
MAKE = re.compile(r"\bmake ([a-z][a-z-]*)")
COMMAND = re.compile(r"(?:^|[\s`/])journeys((?: [^\s`|;]+)+)")
SETTING = re.compile(rf"\b{PREFIX}([A-Z_]+)\b")
FINDING = re.compile(r"\bJ\d{3}\b")
OUR_FILE = re.compile(
    r"(?<![\w./-])(?:plugin|demo|docs|tests|migrations|devtools|requirements)/[\w./-]*\w/?"
)

#: The one file that the how-to tells its reader to make.
TO_BE_MADE = {"plugin/engine/actions/stamp_date.py"}
# Put together from parts, so that this file does not hold what it looks for.
NOT_OURS = ["".join(parts) for parts in (("ag", "ents?"), ("assis", "tants?"), ("chat", "bots?"))]
NOT_OURS += ["".join(parts) for parts in (("A", "I"), ("LL", "Ms?"), ("issue ", r"#?\d+"))]
#: Words beside those of the glossary for a thing that has its word there, and unfinished business.
SYNONYMS = ["enrolments?", "workflows?", "contacts?", "nodes?", "TODO", "FIXME"]
FORBIDDEN = re.compile(rf"\b(?:{'|'.join(NOT_OURS + SYNONYMS)})\b")


def documents() -> list[Path]:
    """Those that people wrote; the pages of docs/reference are made from the code."""
    below = sorted((ROOT / "docs").rglob("*.md"))
    written = [path for path in below if path.parent.name != "reference"]
    return [*(ROOT / name for name in AT_THE_TOP), *written]


@cache
def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(path: Path) -> str:
    """The text without blocks of code, in which brackets mean something else."""
    return BLOCK.sub("", text_of(path))


def code(path: Path) -> str:
    """Blocks and spans of code, a line each."""
    return "\n".join([*BLOCK.findall(text_of(path)), *SPAN.findall(prose(path))])


def anchors(path: Path) -> set[str]:
    """The names under which headings can be linked to."""
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in HEADING.findall(prose(path)))
    return {title.strip().replace(" ", "-") for title in plain}


def lost_links(path: Path) -> Iterator[str]:
    for target in LINK.findall(prose(path)):
        file, _, anchor = target.partition("#")
        if target.startswith("https://"):
            continue
        found = (path.parent / file).resolve() if file else path
        if (
            not found.exists()
            or not found.is_relative_to(ROOT)
            or (anchor and anchor not in anchors(found))
        ):
            yield f"{name_of(path)}: {target}"


def words_of_make() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", text_of(ROOT / "Makefile"), re.MULTILINE))


def unknown_command(words: list[str]) -> str:
    """What of `journeys …` does not exist; '' when all does."""
    command: click.Command = main
    for before, word in zip(["", *words], words, strict=False):
        if before.startswith("--") and not word.startswith("-"):
            continue  # its value
        if isinstance(command, click.Group) and not word.startswith("-"):
            if word in ("…", "list|show"):
                return ""
            if (found := command.commands.get(word)) is None:
                return word
            command = found
        elif word.startswith("--"):
            known = {o for parameter in command.params for o in parameter.opts}
            if word.partition("=")[0] not in known | {"--help", "--version"}:
                return word
    return ""


def test_every_link_between_documents_leads_somewhere():
    assert [lost for path in documents() for lost in lost_links(path)] == []


def test_every_word_of_make_that_a_document_names_exists():
    named = {(name_of(p), word) for p in documents() for word in MAKE.findall(code(p))}
    assert {(place, word) for place, word in named if word not in words_of_make()} == set()


def test_contributing_names_every_word_of_make():
    named = set(MAKE.findall(code(ROOT / "CONTRIBUTING.md")))
    assert words_of_make() - named - {"help"} == set()


def test_every_command_that_a_document_shows_exists_with_its_options():
    shown = [(name_of(p), m.split()) for p in documents() for m in COMMAND.findall(code(p))]
    assert len(shown) > 20
    unknown = [(place, words, unknown_command(words)) for place, words in shown]
    assert [found for found in unknown if found[2]] == []


def test_every_setting_that_a_document_names_exists():
    known = {name.upper() for name in Settings.__dataclass_fields__} | {"CONFIG", ""}
    named = {(name_of(p), name) for p in documents() for name in SETTING.findall(text_of(p))}
    assert {(place, name) for place, name in named if name not in known} == set()


def test_every_finding_of_the_doctor_that_a_document_names_is_in_its_reference():
    reference = text_of(ROOT / "docs" / "reference" / "doctor.md")
    named = {(name_of(p), id_) for p in documents() for id_ in FINDING.findall(text_of(p))}
    assert {(place, id_) for place, id_ in named if f"## {id_}" not in reference} == set()


def test_every_file_that_a_document_names_exists():
    named = {(name_of(p), file) for p in documents() for file in OUR_FILE.findall(code(p))}
    lost = {(place, file) for place, file in named if not (ROOT / file).exists()}
    assert {found for found in lost if found[1] not in TO_BE_MADE} == set()


def test_documents_use_the_words_of_the_glossary_and_speak_of_the_product_alone():
    found = [
        f"{name_of(path)}:{number} {match.group()}"
        for path in documents()
        for number, line in enumerate(text_of(path).splitlines(), 1)
        for match in FORBIDDEN.finditer(line)
    ]
    assert found == []


def test_every_direct_dependency_is_explained_and_nothing_else():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    extras = config["options.extras_require"].values()
    lines = "\n".join([config["options"]["install_requires"], *extras]).split("\n")
    declared = {re.split(r"[<>=~!\[ ]", line)[0].lower() for line in lines if line.strip()}
    explained = re.findall(r"\*\*([\w.-]+)\*\*", text_of(ROOT / "docs" / "dependencies.md"))
    assert declared == set(explained)
    assert len(explained) == len(set(explained))


def test_the_changelog_has_the_present_version_in_the_form_of_keep_a_changelog():
    text = text_of(ROOT / "CHANGELOG.md")
    versions = re.findall(r"^## \[(.+?)\] - (?:unreleased|\d{4}-\d\d-\d\d)$", text, re.MULTILINE)
    assert __version__ in versions
    assert len(versions) == len(re.findall(r"^## ", text, re.MULTILINE))
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= KINDS_OF_CHANGE


def test_pictures_are_small_and_shown_somewhere():
    shown = "\n".join(text_of(path) for path in documents())
    pictures = sorted(IMAGES.iterdir())
    assert pictures
    assert [p.name for p in pictures if p.stat().st_size > IMAGE_BYTES] == []
    assert [p.name for p in pictures if f"images/{p.name})" not in shown] == []


@pytest.mark.parametrize(
    ("words", "unknown"),
    [
        ("doctor --json", ""),
        ("journey list --user 1", ""),
        ("journey destroy 3", "destroy"),
        ("doctor --loud", "--loud"),
        ("fly", "fly"),
    ],
)
def test_the_search_for_unknown_commands_finds_them(words: str, unknown: str):
    assert unknown_command(words.split()) == unknown


def test_the_search_for_forbidden_words_finds_them():
    samples = ["an agen" + "t", "A" + "I", "see issue " + "#12", "a workflow", "two nodes", "TODO"]
    assert [sample for sample in samples if not FORBIDDEN.search(sample)] == []
    assert not FORBIDDEN.search("an enrollment of a subscriber, said by a person")
