"""Markdown for the generated pages."""

from __future__ import annotations

from collections.abc import Sequence

NOTE = "<!-- Written by `journeys docs`. Change the code that it describes, not this page. -->"


def page(title: str, *parts: str) -> str:
    """A page from its parts; empty ones are left out."""
    return "\n\n".join([f"# {title}", NOTE, *(part for part in parts if part)]) + "\n"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """'' for no rows."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines) if rows else ""


def code(text: str, language: str = "") -> str:
    """A block of text as it is."""
    return f"```{language}\n{text.strip()}\n```"


def mark(text: object) -> str:
    """A name or value within a sentence."""
    return f"`{text}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
